"""Where interpreters are: the project's environments, managed and added ones, and the system's.

Only files are looked at; nothing is started. Tools keep their environments here:
Poetry in `<cache>/virtualenvs/<name>-<hash of the project's path>-py3.N`, Pipenv in
`<data>/virtualenvs` with the project's path in a file `.project`, conda in `~/.conda`,
pyenv in `~/.pyenv/versions`; uv and PDM use the project's `.venv`.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from kerashift.engine.environments.store import added_interpreters, managed_folder

FOLDERS = (".venv", "venv", "env", ".env")
MINORS = range(14, 8, -1)
"""Minor versions of Python 3 that are looked for by name on the path."""
Candidate = tuple[Path, str]


def candidates(root: Path | None = None) -> Iterator[Candidate]:
    """Interpreters that may exist, with where they are from; the nearest to the project first."""
    yield from near_candidates(root)
    yield from far_candidates()


def near_candidates(root: Path | None = None) -> Iterator[Candidate]:
    """Those of the project and those that somebody has chosen or made for Kerashift."""
    if root is not None:
        yield from _of_project(root if root.is_dir() else root.parent)
    yield from ((path, "added") for path in added_interpreters())
    yield from _managed()
    if not getattr(sys, "frozen", False):
        yield Path(sys.executable), "Kerashift's own"


def far_candidates() -> Iterator[Candidate]:
    """Whatever else is on this machine."""
    active = os.environ.get("VIRTUAL_ENV") or os.environ.get("CONDA_PREFIX")
    if active:
        yield interpreter_of(Path(active)), "the active environment"
    yield from _of_system()


def interpreter_of(folder: Path) -> Path:
    """The interpreter of a virtual or conda environment."""
    if os.name == "nt":
        conda = folder / "python.exe"
        return conda if conda.exists() else folder / "Scripts" / "python.exe"
    return folder / "bin" / "python"


def _of_project(root: Path) -> Iterator[Candidate]:
    for name in FOLDERS:
        folder = root / name
        if (folder / "pyvenv.cfg").exists() or (folder / "conda-meta").is_dir():
            yield interpreter_of(folder), f"the project's {name}"
    yield from _poetry(root)
    yield from _pipenv(root)
    yield from _conda_of_project(root)


def _poetry(root: Path) -> Iterator[Candidate]:
    if not (root / "poetry.lock").exists() and not _mentions_poetry(root / "pyproject.toml"):
        return
    path = os.path.normcase(os.path.realpath(root)).encode()
    key = base64.urlsafe_b64encode(hashlib.sha256(path).digest()).decode()[:8]
    for cache in _poetry_caches():
        for folder in sorted(cache.glob(f"virtualenvs/*-{key}-py*"), reverse=True):
            yield interpreter_of(folder), "the project's Poetry environment"


def _mentions_poetry(file: Path) -> bool:
    try:
        return b"[tool.poetry" in file.read_bytes()
    except OSError:
        return False


def _poetry_caches() -> Iterator[Path]:
    chosen = os.environ.get("POETRY_CACHE_DIR")
    if chosen:
        yield Path(chosen)
    yield _cache_folder() / "pypoetry"


def _pipenv(root: Path) -> Iterator[Candidate]:
    chosen = os.environ.get("WORKON_HOME")
    home = Path(chosen) if chosen else Path.home() / ".local" / "share" / "virtualenvs"
    for note in _glob(home, "*/.project"):
        if _first_line(note) == str(root.resolve()):
            yield interpreter_of(note.parent), "the project's Pipenv environment"


def _conda_of_project(root: Path) -> Iterator[Candidate]:
    """The conda environment that `environment.yml` names."""
    for file in (root / "environment.yml", root / "environment.yaml"):
        try:
            found = re.search(r"^name:\s*[\"']?([\w.-]+)", file.read_text(encoding="utf-8"), re.M)
        except (OSError, UnicodeDecodeError):
            continue
        if found:
            for folder in _conda_environments():
                if folder.name == found[1]:
                    yield interpreter_of(folder), f"the project's conda environment {found[1]}"


def _managed() -> Iterator[Candidate]:
    for folder in _glob(managed_folder(), "*"):
        if (folder / "complete").exists():
            yield interpreter_of(folder), f"made by Kerashift for {folder.name}"


def _of_system() -> Iterator[Candidate]:
    for name in ("python3", "python", *(f"python3.{minor}" for minor in MINORS)):
        found = shutil.which(name)
        if found:
            yield Path(found), "on the path"
    for folder in _conda_environments():
        yield interpreter_of(folder), f"conda environment {folder.name}"
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for folder in _glob(pyenv / "versions", "*"):
        yield interpreter_of(folder), f"pyenv {folder.name}"


def _conda_environments() -> Iterable[Path]:
    """Folders that conda knows of, and those under the usual roots."""
    listed = Path.home() / ".conda" / "environments.txt"
    try:
        lines = listed.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        lines = []
    folders = [Path(line) for line in lines if line.strip()]
    for name in ("miniconda3", "anaconda3", "miniforge3", "mambaforge"):
        folders += _glob(Path.home() / name / "envs", "*")
    return dict.fromkeys(folders)


def _cache_folder() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _glob(folder: Path, pattern: str) -> list[Path]:
    try:
        return sorted(folder.glob(pattern))
    except OSError:
        return []


def _first_line(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
