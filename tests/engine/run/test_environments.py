"""Interpreters are asked what they have; the first that fits is taken."""
from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kerashift.engine.run.environments import (
    Environment,
    NoEnvironmentError,
    choose,
    choose_legacy,
    find_environments,
    probe,
)

BARE = Environment("/a/python", "3.9.1", "bare")
OLD = Environment("/b/python", "3.9.1", "old", {"keras": "2.15.0", "tensorflow": "2.15.0"})
NEW = Environment("/c/python", "3.11.1", "new", {"keras": "3.5.0", "torch": "2.0"})
BOTH = Environment(
    "/d/python", "3.11.1", "both", {"keras": "3.5.0", "tensorflow": "2.18", "tf-keras": "2.18"}
)


def test_the_first_interpreter_with_keras_3_and_the_backend_is_chosen() -> None:
    environments = (BARE, OLD, NEW, BOTH)
    assert choose(environments, "torch") is NEW
    assert choose(environments, "tensorflow") is BOTH
    assert choose_legacy(environments) is BOTH


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
