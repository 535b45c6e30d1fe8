"""Every difference that was generated from the libraries is answered by a row or a rule."""

from __future__ import annotations

import pytest

from kerashift.engine.analysis.symbols import Origin, Symbol
from kerashift.engine.rules.registry import all_rules
from kerashift.engine.tables import api, arguments, changes, members, removed
from kerashift.engine.tables.moves import new_path
from kerashift.engine.tables.private import is_private, public_path

BY_RULE = {
    ("keras.metrics.Metric", "add_weight"): "KS302",
}
"""Methods whose arguments a rule knows by itself."""
WITHOUT_KWARGS = {
    "keras.Input": "takes `batch_shape` by name; `batch_input_shape` has a row",
    "keras.layers.Layer": "`add_variable` and `add_loss` are KS302 and KS305",
    "keras.initializers.Initializer": "`partition_shape` came from parameter servers alone",
    "keras.Model": "`compile` raised for what it did not know; what it knew has rows",
    "keras.optimizers.Optimizer": "`apply_gradients` knew what has rows",
    "keras.metrics.Metric": "was handed on to Layer, whose arguments metrics made no use of",
    "keras.applications": "modules were injected; no public argument",
    "keras.callbacks": "what was taken has rows: `period`, `write_grads`, `batch_size`",
    "keras.datasets": "`nb_words` was gone in Keras 2.0",
    "keras.layers": "the arguments of Layer have rows: `input_shape`, `trainable`",
    "keras.models": "`options` has a row",
    "keras.saving": "`options` has a row",
    "keras.preprocessing": "`smart_resize` has a row",
    "keras.utils": "`smart_resize` has a row; Sequence took nothing",
    "keras.optimizers.get": "`use_legacy_optimizer` has a row",
    "keras.optimizers.deserialize": "`use_legacy_optimizer` has a row",
    "keras.regularizers": "`l` has a row",
}
"""Why nothing more is to be said where `**kwargs` went, by path or module."""


def _answers(row: arguments.ArgumentRow | None) -> bool:
    if row is None:
        return False
    texts = row.to or row.values or row.harmless or row.caution or row.message
    return bool(texts or row.handler or row.works)


@pytest.mark.parametrize("path", sorted(changes.callables()))
def test_arguments_of_callables_that_are_gone_have_rows(path: str) -> None:
    rows = arguments.of_callable(new_path(path) or path)
    gone = changes.callables()[path].gone
    assert [name for name in gone if not _answers(rows.get(name))] == []


@pytest.mark.parametrize("path", sorted(changes.callables()))
def test_defaults_of_callables_that_changed_have_rows(path: str) -> None:
    rows = {row.name for row in arguments.defaults_of(new_path(path) or path)}
    silent = [
        (name, old, new)
        for name, (old, new) in changes.callables()[path].defaults.items()
        if name not in rows and not arguments.means_the_same(name, old, new)
    ]
    assert silent == []


METHODS = [(path, name) for name, of in changes.methods().items() for path in of]


@pytest.mark.parametrize(("path", "name"), METHODS)
def test_arguments_and_defaults_of_methods_have_rows(path: str, name: str) -> None:
    if (path, name) in BY_RULE:
        return
    change, rows = changes.methods()[name][path], arguments.of_method(name, path)
    assert [n for n in change.gone if not _answers(rows.get(n))] == []
    same = arguments.means_the_same
    assert [n for n, (old, new) in change.defaults.items() if not same(n, old, new)] == []


@pytest.mark.parametrize("owner", sorted(changes.gone_members()))
def test_members_that_are_gone_have_rows(owner: str) -> None:
    gone = changes.gone_members()[owner]
    assert [name for name in sorted(gone) if members.find(owner, name) is None] == []


def test_rows_of_members_are_about_members_that_are_gone_and_name_rules_that_are_there() -> None:
    codes = {rule.code for rule in all_rules()}
    for owner, rows in members.rows().items():
        for name, row in rows.items():
            assert row.rule in ("", *codes), row.key
            gone = {c for c, names in changes.gone_members().items() if name in names}
            derived = {c for c in gone if owner in changes.lineage(c)}
            assert derived or gone.intersection(changes.lineage(owner)), row.key


def test_names_that_are_gone_are_moved_replaced_or_explained() -> None:
    paths = []
    for surface in ("keras2", "keras2_v1"):
        section = api.load("keras3_names.toml")[surface]
        assert isinstance(section, dict)
        paths += [f"{module}.{name}" for module, names in section.items() for name in names.split()]
    silent = [path for path in paths if not api.exists(path) and not _is_answered(path)]
    assert silent == []


def _is_answered(path: str) -> bool:
    symbol = Symbol(path, Origin.KERAS)
    if is_private(symbol):
        return public_path(path) is not None
    if path.startswith("keras.backend."):
        return True  # the probe project tells whether their rules answer
    if new_path(path) is not None or removed.tf_keras_name(path) is not None:
        return True
    row = removed.find(path)
    return (row is not None and bool(row.to or row.message)) or _is_namespace(path)


def _is_namespace(path: str) -> bool:
    """A module that only held names that are elsewhere now."""
    section = api.load("keras3_names.toml")["keras2"]
    assert isinstance(section, dict)
    return path in section


@pytest.mark.parametrize("path", sorted(changes.callables()))
def test_what_went_through_keyword_arguments_is_told(path: str) -> None:
    if changes.callables()[path].loses_kwargs:
        heads = [".".join(path.split(".")[:n]) for n in range(2, path.count(".") + 2)]
        assert set(heads) & WITHOUT_KWARGS.keys(), path
