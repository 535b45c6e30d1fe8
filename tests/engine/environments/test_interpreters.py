"""Interpreters are found where the tools of the field keep them."""
from __future__ import annotations

import base64
import hashlib
import sys
from pathlib import Path

import pytest

from kerashift.engine.environments.interpreters import candidates
from kerashift.engine.environments.store import (
    add_interpreter,
    choose_interpreter,
    chosen_interpreters,
    forget_interpreter,
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CACHE_HOME", "WORKON_HOME", "POETRY_CACHE_DIR", "PYENV_ROOT"):
        monkeypatch.delenv(name, raising=False)
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    return root


def labels(root: Path | None = None) -> dict[str, Path]:
    return {label: path for path, label in candidates(root)}


def test_the_projects_folders_come_first(home: Path, root: Path) -> None:
    (root / ".venv").mkdir()
    (root / ".venv" / "pyvenv.cfg").touch()
    (root / "env" / "conda-meta").mkdir(parents=True)
    found = [label for _, label in candidates(root)]
    assert found[:2] == ["the project's .venv", "the project's env"]


def test_poetry_keeps_them_by_the_hash_of_the_projects_path(home: Path, root: Path) -> None:
    (root / "poetry.lock").touch()
    digest = hashlib.sha256(str(root.resolve()).encode()).digest()
    key = base64.urlsafe_b64encode(digest).decode()[:8]
    folder = home / ".cache" / "pypoetry" / "virtualenvs" / f"net-{key}-py3.11"
    (folder / "bin").mkdir(parents=True)
    assert labels(root)["the project's Poetry environment"] == folder / "bin" / "python"


def test_pipenv_notes_the_project_in_the_environment(home: Path, root: Path) -> None:
    folder = home / ".local" / "share" / "virtualenvs" / "project-x1"
    folder.mkdir(parents=True)
    (folder / ".project").write_text(str(root.resolve()))
    assert labels(root)["the project's Pipenv environment"].parent.parent == folder


def test_conda_environments_are_listed_and_the_projects_is_known_by_name(
    home: Path, root: Path
) -> None:
    folder = home / "miniconda3" / "envs" / "vision"
    folder.mkdir(parents=True)
    (root / "environment.yml").write_text("name: vision\ndependencies: [python]\n")
    found = labels(root)
    assert found["the project's conda environment vision"] == folder / "bin" / "python"
    assert "conda environment vision" in labels()


def test_added_interpreters_come_before_the_systems_and_can_be_forgotten(home: Path) -> None:
    python = Path(sys.executable)
    add_interpreter(python)
    assert next(candidates()) == (python, "added")
    forget_interpreter(python)
    assert "added" not in labels()


def test_a_choice_is_kept_for_each_project_and_backend_and_can_be_left_open(root: Path) -> None:
    choose_interpreter(root, "jax", "/opt/jax/bin/python")
    choose_interpreter(root, "torch", "/opt/torch/bin/python")
    assert chosen_interpreters(root)["jax"] == "/opt/jax/bin/python"
    assert not chosen_interpreters(root.parent)
    choose_interpreter(root, "jax", "")
    assert chosen_interpreters(root) == {"torch": "/opt/torch/bin/python"}
