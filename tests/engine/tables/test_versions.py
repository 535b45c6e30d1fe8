"""What each version of Keras 3 has, and that nothing is written which the chosen one lacks."""

from __future__ import annotations

from pathlib import Path

import pytest

from kerashift.engine.fixing import fix_project
from kerashift.engine.model import Issue, Safety
from kerashift.engine.scan import Scan, scan_project
from kerashift.engine.tables import api, versions
from kerashift.engine.tables.versions import KerasVersion


def scan(folder: Path, source: str, keras: str) -> Scan:
    (folder / "model.py").write_text(source, encoding="utf-8")
    return scan_project(folder, keras=versions.parse(keras))


def issues(folder: Path, source: str, keras: str) -> list[Issue]:
    return list(scan(folder, source, keras).issues)


@pytest.mark.parametrize(
    ("path", "since"),
    [
        ("keras.ops.unique", "3.15"),
        ("keras.ops.logdet", "3.6"),
        ("keras.ops.image.extract_patches", None),
        ("keras.tree.map_structure", "3.1"),
        ("keras.losses.Dice", "3.2"),
        ("keras.layers.Dense", None),
        ("keras.layers.Dense.from_config", None),
    ],
)
def test_a_name_is_there_from_a_version_on(path: str, since: str | None) -> None:
    assert versions.name_since(path) == (None if since is None else versions.parse(since))


@pytest.mark.parametrize(
    ("path", "name", "since"),
    [
        ("keras.layers.BatchNormalization", "renorm", "3.14"),
        ("keras.Input", "ragged", "3.9"),
        ("keras.layers.Input", "ragged", "3.9"),
        ("keras.losses.SparseCategoricalCrossentropy", "axis", "3.10"),
        ("keras.layers.Dense", "units", None),
    ],
)
def test_an_argument_is_taken_from_a_version_on(path: str, name: str, since: str | None) -> None:
    found = versions.argument_since(path, name)
    assert found == (None if since is None else versions.parse(since))


def test_the_newest_known_version_is_that_of_the_table_of_names() -> None:
    names = api.load("keras3_names.toml")["versions"]
    assert isinstance(names, dict)
    assert versions.newest() == versions.parse(str(names["keras"]))
    assert versions.known() == tuple(KerasVersion(n) for n in range(versions.newest().minor + 1))


@pytest.mark.parametrize("text", ["2.15", "3", "3.999", "latest", ""])
def test_a_version_that_is_not_known_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a version from 3\.0"):
        versions.parse(text)


LOGDET = (
    "import tensorflow as tf\nfrom tensorflow import keras\n\n\n"
    "class L(keras.layers.Layer):\n"
    "    def call(self, x):\n        return tf.linalg.logdet(x)\n"
)


def test_a_fix_is_made_for_a_version_that_has_the_name_it_writes(tmp_path: Path) -> None:
    found = [i for i in issues(tmp_path, LOGDET, "3.6") if "logdet" in i.message]
    assert [issue.safety for issue in found] == [Safety.SAFE]


def test_a_fix_becomes_advice_for_a_version_that_lacks_the_name_it_writes(tmp_path: Path) -> None:
    (issue,) = (i for i in issues(tmp_path, LOGDET, "3.5") if "logdet" in i.message)
    assert issue.safety is Safety.MANUAL
    assert issue.fix is None
    assert "`keras.ops.logdet` is in Keras from 3.6 on, and 3.5 was chosen." in issue.message


def test_all_passes_of_a_fix_keep_to_the_version(tmp_path: Path) -> None:
    result = fix_project(scan(tmp_path, LOGDET, "3.5"), Safety.REVIEW)
    text = result.outputs["model.py"].decode()
    assert "import keras" in text
    assert "tf.linalg.logdet(x)" in text


@pytest.mark.parametrize(("keras", "reported"), [("3.13", True), ("3.14", False)])
def test_an_argument_that_came_back_is_reported_for_versions_without_it(
    keras: str, reported: bool, tmp_path: Path
) -> None:
    source = "import keras\nlayer = keras.layers.BatchNormalization(renorm=True)\n"
    found = [i for i in issues(tmp_path, source, keras) if i.code == "KS107"]
    assert bool(found) is reported


def test_an_import_of_a_name_that_the_version_lacks_is_not_written(tmp_path: Path) -> None:
    source = "from tensorflow.keras.utils import PyDataset\nprint(PyDataset)\n"
    assert all(issue.code != "KS107" for issue in issues(tmp_path, source, "3.15"))
    source = "from tensorflow.keras.losses import Dice\nprint(Dice)\n"
    found = issues(tmp_path, source, "3.1")
    assert {issue.code for issue in found} >= {"KS101", "KS107"}
    assert all(issue.fix is None for issue in found)
