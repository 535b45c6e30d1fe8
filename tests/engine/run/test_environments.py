"""Interpreters are asked what they have; the first that fits is taken."""
from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kerashift.engine.run import environments as module
from kerashift.engine.run.environments import (
    Environment,
    NoEnvironmentError,
    choose,
    choose_legacy,
    find_environments,
    probe,
    read_answer,
)

BARE = Environment("/a/python", "3.9.1", "bare")
OLD = Environment("/b/python", "3.9.1", "old", {"keras": "2.15.0", "tensorflow": "2.15.0"})
OLDER = Environment("/e/python", "3.8.19", "older", {"keras": "2.8.0", "tensorflow": "2.8.4"})
RECORDED = """{"version": "3.11.7", "packages": {"keras": "2.15.0", "numpy": "1.26.4",
"tensorflow-cpu": "2.15.1"}}
"""
"""What the probe says in an environment that `pip install tensorflow-cpu==2.15.1` has made."""
NEW = Environment("/c/python", "3.11.1", "new", {"keras": "3.5.0", "torch": "2.0"})
BOTH = Environment(
    "/d/python", "3.11.1", "both", {"keras": "3.5.0", "tensorflow": "2.18", "tf-keras": "2.18"}
)


def test_the_first_interpreter_with_keras_3_and_the_backend_is_chosen() -> None:
    environments = (BARE, OLD, NEW, BOTH)
    assert choose(environments, "torch") is NEW
    assert choose(environments, "tensorflow") is BOTH
    assert choose_legacy((BARE, NEW, BOTH)) is BOTH


def test_the_environment_that_a_project_was_written_for_runs_its_original() -> None:
    assert choose_legacy((OLD, BOTH)) is OLD, "the project's own comes first"
    assert choose_legacy((OLDER, BOTH)) is BOTH, "the harness needs Python 3.9"
    assert (OLD.has_keras2, OLD.has_tf_keras) == (True, False)


def test_tensorflow_counts_under_each_of_its_names() -> None:
    environment = read_answer(Path("/p/python"), "the project's .venv", RECORDED)
    assert environment is not None
    assert environment.packages["tensorflow"] == "2.15.1"
    assert environment.has_legacy
    assert not environment.can_run("tensorflow"), "that takes Keras 3"
    assert read_answer(Path("/p/python"), "broken", "[]") is None


def test_nothing_that_fits_says_what_to_install_and_where_it_looked() -> None:
    with pytest.raises(NoEnvironmentError, match=r"JAX: pip install keras jax .*/a/python"):
        choose((BARE, OLD), "jax")
    with pytest.raises(NoEnvironmentError, match="pip install tensorflow tf-keras"):
        choose_legacy(())


def test_the_own_interpreter_is_found_and_knows_its_packages() -> None:
    own = [e for e in find_environments() if e.label == "Kerashift's own"]
    assert len(own) == 1
    assert own[0].python == sys.executable
    assert "numpy" in own[0].packages


def test_interpreters_are_asked_only_as_far_as_somebody_looks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = []

    def answer(python: Path, label: str) -> Environment | None:
        asked.append(label)
        packages = {"near": {}, "far": {"keras": "3.1", "jax": "0.4"}}[label]
        return Environment(str(python), "3.11.1", label, packages)

    for name in ("near", "far"):
        (tmp_path / name).touch()
        found = [(tmp_path / name, name), (tmp_path / name, name), (tmp_path / "none", name)]
        take = lambda *_, found=found: iter(found)  # noqa: E731
        monkeypatch.setattr(module, f"{name}_candidates", take)
    monkeypatch.setattr(module, "probe", answer)
    environments = module.Environments(tmp_path)
    assert next(iter(environments)).label == "near"
    assert asked == ["near"]
    assert choose(environments, "jax").label == "far"
    assert [each.label for each in environments] == ["near", "far"]
    assert asked == ["near", "far"]


def test_the_environment_of_a_project_comes_first(tmp_path: Path) -> None:
    folder = tmp_path / ".venv" / "bin"
    folder.mkdir(parents=True)
    (tmp_path / ".venv" / "pyvenv.cfg").write_text(f"home = {Path(sys.executable).parent}\n")
    (folder / "python").symlink_to(Path(sys.executable).resolve())
    first = find_environments(tmp_path)[0]
    assert first.label == "the project's .venv"
    assert first.python == str(folder / "python")
    assert "tensorflow" not in first.packages


def test_what_is_no_interpreter_is_passed_over(tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    assert probe(broken, "broken") is None
    assert probe(tmp_path / "nothing", "absent") is None
