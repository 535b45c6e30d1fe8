"""The tables of names lead to what Keras 3 has, and leave alone what it has already."""

from __future__ import annotations

import pytest

from kerashift.engine.rules.local_files import local_text
from kerashift.engine.tables import api, arguments, positional, removed
from kerashift.engine.tables.moves import new_path
from kerashift.engine.tables.private import public_path


def _section(table: str, name: str) -> dict[str, str]:
    section = api.load(table)[name]
    assert isinstance(section, dict)
    return section


@pytest.mark.parametrize("old", _section("moves.toml", "moves"))
def test_a_moved_name_leads_to_a_public_name_of_keras_3(old: str) -> None:
    new = _section("moves.toml", "moves")[old]
    assert not api.exists(old) or old.startswith("keras.optimizers.legacy.")
    assert new == "" or api.exists(new)


@pytest.mark.parametrize("old", _section("moves.toml", "modules"))
def test_a_moved_module_leads_to_a_public_module_of_keras_3(old: str) -> None:
    new = _section("moves.toml", "modules")[old]
    assert api.is_module(new)
    assert not api.is_module(old) or old == "keras.optimizers.legacy"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("keras.layers.core.Dense", "keras.layers.Dense"),
        ("keras.layers.core.dense.Dense", "keras.layers.Dense"),
        ("keras.layers.convolutional.Conv2D", "keras.layers.Conv2D"),
        ("keras.layers.merge.concatenate", "keras.layers.concatenate"),
        ("keras.layers.normalization.BatchNormalization", "keras.layers.BatchNormalization"),
        ("keras.layers.wrappers.TimeDistributed", "keras.layers.TimeDistributed"),
        ("keras.utils.np_utils.to_categorical", "keras.utils.to_categorical"),
        ("keras.utils.generic_utils.get_custom_objects", "keras.utils.get_custom_objects"),
        ("keras.utils.vis_utils.plot_model", "keras.utils.plot_model"),
        ("keras.optimizers.legacy.Adam", "keras.optimizers.Adam"),
        ("keras.optimizers.legacy.adam.Adam", "keras.optimizers.Adam"),
        ("keras.optimizers.legacy.Adam.get_config", "keras.optimizers.Adam.get_config"),
        ("keras.optimizer_v2.adam.Adam", "keras.optimizers.Adam"),
        ("keras.objectives.mean_squared_error", "keras.losses.mean_squared_error"),
        ("keras.engine.topology.Layer", "keras.layers.Layer"),
        ("keras.engine.training.Model", "keras.Model"),
        ("keras.backend.tensorflow_backend", "keras.backend"),
        ("keras.layers.Dense", "keras.layers.Dense"),
        ("keras.layers.core.nothing", None),
        ("keras.layers.LocallyConnected1D", None),
        ("keras.preprocessing.image.ImageDataGenerator", None),
        ("keras.optimizers.legacy.Optimizer", None),
    ],
)
def test_a_path_of_keras_2_leads_where_its_name_is_now(old: str, new: str | None) -> None:
    assert new_path(old) == new


@pytest.mark.parametrize(
    ("private", "public"),
    [
        ("keras.src.layers.core.dense.Dense", "keras.layers.Dense"),
        ("keras.src.engine.base_layer.Layer", "keras.layers.Layer"),
        ("keras.src.utils.tf_utils.shape_type_conversion", None),
        ("keras.engine.base_layer_utils.make_variable", None),
    ],
)
def test_a_private_path_leads_to_the_public_one_if_there_is_one(
    private: str, public: str | None
) -> None:
    assert public_path(private) == public


@pytest.mark.parametrize("name", api.load("removed.toml"))
def test_a_removed_name_is_gone_and_what_replaces_it_is_there(name: str) -> None:
    row = removed.find(name)
    assert row is not None
    assert not api.exists(name) or name.startswith("keras.optimizers.legacy.")
    if row.file:
        assert f"class {row.to}(" in local_text(row.file)
    else:
        assert api.exists(row.to) if row.to else row.message.endswith(".")


def test_names_that_only_tf_keras_has_are_told_from_those_that_are_gone() -> None:
    assert removed.tf_keras_name("keras.preprocessing.text.Tokenizer") is not None
    assert removed.tf_keras_name("keras.layers.LocallyConnected1D") is None
    assert removed.gone_name("keras.layers.LocallyConnected1D") is not None
    assert removed.gone_name("keras.preprocessing.text.Tokenizer") is None
    assert removed.gone_name("keras.layers.Dense") is None


def test_rows_of_arguments_and_places_are_about_names_that_keras_3_has() -> None:
    raw = api.load("arguments.toml")["argument"]
    assert isinstance(raw, list)
    paths = [p.removesuffix(".*") for row in raw for p in str(row.get("of", "")).split()]
    paths += positional.written("callables")
    assert [p for p in paths if new_path(p) is None] == []


def test_a_row_for_one_class_comes_before_that_of_its_module() -> None:
    assert arguments.of_callable("keras.layers.Dense")["weights"].message
    assert not arguments.of_callable("keras.layers.Embedding")["weights"].message
