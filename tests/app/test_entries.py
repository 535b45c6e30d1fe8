"""`kerashift entries` and `environments`: what could be run, and where."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.app.conftest import Command

SCRIPT = "import keras\nmodel = keras.Sequential()\nmodel.compile()\nmodel.fit([1], [1])\n"
MAKER = "import keras\n\ndef build():\n    return keras.Sequential()\n"


def test_entries_have_the_fields_of_the_contract_best_first(
    kerashift: Command, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "train.py").write_text(SCRIPT, encoding="utf-8")
    (project / "model.py").write_text(MAKER, encoding="utf-8")
    finished = kerashift("entries", project, "--format", "json")
    assert finished.returncode == 0
    report = json.loads(finished.stdout)
    assert report["version"] == 1
    assert {set(entry) == {"entry", "kind", "reason"} for entry in report["entries"]} == {True}
    kinds = {entry["entry"]: entry["kind"] for entry in report["entries"]}
    assert kinds == {"train.py": "script", "model.py::build": "callable"}
    text = kerashift("entries", project).stdout
    assert [line.split()[0] for line in text.splitlines()] == [
        e["entry"] for e in report["entries"]
    ]


def test_a_project_without_entries_says_so(kerashift: Command, tmp_path: Path) -> None:
    finished = kerashift("entries", tmp_path)
    assert (finished.returncode, finished.stdout) == (
        0,
        "Nothing here looks as if it could be run.\n",
    )


def test_our_own_interpreter_is_an_environment(kerashift: Command) -> None:
    finished = kerashift("environments", "--no-devices", "--format", "json")
    assert finished.returncode == 0
    report = json.loads(finished.stdout)
    own = report["environments"][0]
    assert (own["python"], own["label"]) == (sys.executable, "Kerashift's own")
    assert own["version"] == sys.version.split()[0]
    assert sys.executable in kerashift("environments", "--no-devices").stdout
