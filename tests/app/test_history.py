"""`kerashift history`: the kept runs of a project."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kerashift.app.main import main
from kerashift.engine.run.history import run_and_keep
from tests.engine.run.children import Heard, quick_plan, write_project


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = write_project(tmp_path / "project", {"train.py": "print('here')\n"})
    for steps in (3, 4):
        plan = quick_plan(tmp_path, "train.py", steps=steps)
        run_and_keep(root, {}, plan, ["torch"], False, Heard())
    return root


def test_runs_are_listed_shown_compared_and_exported(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["history", str(root)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert "train.py  torch" in lines[0]
    assert main(["history", str(root), "last"]) == 0
    assert "here" in capsys.readouterr().out
    names = [line.split()[0] for line in lines]
    assert main(["history", str(root), names[0], "--with", names[1]]) == 0
    assert "steps" in capsys.readouterr().out
    page = tmp_path / "run.html"
    assert main(["history", str(root), "last", "--format", "html", "-o", str(page)]) == 0
    assert page.read_text().startswith("<!doctype html>")
    assert main(["history", str(root), "--format", "json"]) == 0
    assert [item["version"] for item in json.loads(capsys.readouterr().out)] == [1, 1]


def test_a_run_that_is_not_there_is_a_clear_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["history", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "No runs were kept.\n"
    assert main(["history", str(tmp_path), "nothing"]) == 2
    assert "no kept run is called nothing" in capsys.readouterr().err
