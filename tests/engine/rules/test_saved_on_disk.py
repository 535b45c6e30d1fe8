"""Saved models that lie in the project are known by name and first bytes, and told where loaded."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from kerashift.engine.model import Issue
from kerashift.engine.report import json as json_report
from kerashift.engine.report import text
from kerashift.engine.saved import Saved, inspect
from kerashift.engine.scan import scan_project

HDF5 = b"\x89HDF\r\n\x1a\n" + bytes(800)
MODEL = HDF5 + b"keras_version\0backend\0model_config\0" + b"GCOL\x01\0\0\x002.10.0\0\0tensorflow"
NEWER = MODEL.replace(b"2.10.0", b"3.15.1")
WEIGHTS = HDF5 + b"layer_names\0backend\0keras_version\0GCOL\x01\x002.10.0\0\0"


def issues(root: Path, code: str) -> list[Issue]:
    (root / "run.py").write_text(f"import os\nimport keras\n\n{code}\n")
    return [issue for issue in scan_project(root).issues if issue.code == "KS504"]


def keras_file(path: Path, version: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("metadata.json", json.dumps({"keras_version": version}))


def test_a_file_is_told_by_its_first_bytes(tmp_path: Path) -> None:
    files = {"a.h5": MODEL, "b.h5": NEWER, "c.h5": WEIGHTS, "d.weights.h5": HDF5, "e.h5": b"text"}
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    keras_file(tmp_path / "f.keras", "2.15.0")
    (tmp_path / "g.index").write_bytes(b"")
    (tmp_path / "h.index").write_bytes(b"")
    (tmp_path / "h.data-00000-of-00001").write_bytes(b"")
    found = {name: inspect(tmp_path, name) for name in [*files, "f.keras", "g.index", "h.index"]}
    told = {name: (file.kind, file.version) for name, file in found.items() if file is not None}
    assert told == {
        "a.h5": (Saved.MODEL, "2.10.0"),
        "b.h5": (Saved.MODEL, "3.15.1"),
        "c.h5": (Saved.OLD_WEIGHTS, "2.10.0"),
        "d.weights.h5": (Saved.WEIGHTS, ""),
        "f.keras": (Saved.KERAS, "2.15.0"),
        "h.index": (Saved.CHECKPOINT, ""),
    }


@pytest.mark.parametrize(
    "path",
    [
        *('"models/net.h5"', '"./models/net.h5"', 'os.path.join(root, "net.h5")'),
        *('f"{root}/net.h5"', 'Path("models") / "net.h5"', '"../project/models/net.h5"'),
    ],
)
def test_a_model_of_keras_2_is_told_where_it_is_loaded(tmp_path: Path, path: str) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "net.h5").write_bytes(MODEL)
    found = issues(tmp_path, f"model = keras.models.load_model({path})")
    assert len(found) == (0 if ".." in path else 1)
    for issue in found:
        assert "Keras 2.10.0" in issue.message
        assert "kerashift convert models/net.h5 -o models/net.keras" in issue.message


def test_a_folder_and_a_checkpoint_are_told(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "saved_model.pb").write_bytes(b"")
    (tmp_path / "ck.index").write_bytes(b"")
    (tmp_path / "ck.data-00000-of-00001").write_bytes(b"")
    code = 'model = keras.models.load_model("net")\nmodel.load_weights("ck")'
    assert [issue.line for issue in issues(tmp_path, code)] == [4, 5]


def test_files_that_keras_3_loads_are_not(tmp_path: Path) -> None:
    (tmp_path / "new.h5").write_bytes(NEWER)
    (tmp_path / "old.h5").write_bytes(MODEL)
    (tmp_path / "w.h5").write_bytes(WEIGHTS)
    keras_file(tmp_path / "net.keras", "3.1.0")
    code = (
        'model = keras.models.load_model("new.h5")\nmodel.load_weights("w.h5")\n'
        'model.load_weights("old.h5")\nmodel = keras.models.load_model("net.keras")'
    )
    assert issues(tmp_path, code) == []


def test_a_name_that_two_files_have_says_nothing(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "net.h5").write_bytes(MODEL)
    assert issues(tmp_path, 'm = keras.models.load_model(f"{root}/net.h5")') == []


def test_a_file_that_git_ignores_is_known_all_the_same(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.h5\n")
    (tmp_path / "net.h5").write_bytes(MODEL)
    assert len(issues(tmp_path, 'm = keras.models.load_model("net.h5")')) == 1


def test_what_no_code_names_is_in_the_reports(tmp_path: Path) -> None:
    (tmp_path / "net" / "variables").mkdir(parents=True)
    (tmp_path / "net" / "saved_model.pb").write_bytes(b"")
    names = {"net/variables/variables": b"", "old": b"a/layer_with_weights-0", "new": b"_kernel/."}
    for name, data in names.items():
        (tmp_path / f"{name}.index").write_bytes(data)
        (tmp_path / f"{name}.data-00000-of-00001").write_bytes(b"")
    (tmp_path / "net.h5").write_bytes(MODEL)
    keras_file(tmp_path / "a.keras", "2.15.0")
    keras_file(tmp_path / "b.keras", "3.0.0")
    scan = scan_project(tmp_path)
    assert text.check_report(".", scan, []).splitlines()[:4] == [
        "Saved models that Keras 3 does not load:",
        "  a.keras: `.keras` file of Keras 2.15.0",
        "  net: SavedModel folder",
        "  old: checkpoint of TensorFlow of Keras 2",
    ]
    values = json.loads(json_report.check_report(tmp_path, scan, []))
    assert values["saved"][2] == {"path": "old", "kind": "checkpoint", "version": "2"}
