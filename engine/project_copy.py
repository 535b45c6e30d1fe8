"""Write a copy of a project with changed files laid over it; the project itself is left alone."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from kerashift.engine.files import replace_file

SKIPPED = frozenset({".git", "__pycache__"})


class CopyError(Exception):
    """The copy cannot be made; the message says why. Nothing was left behind."""


def copy_project(source: Path, target: Path, outputs: Mapping[str, bytes]) -> None:
    """Copy the folder (or the one file) `source` to `target`, a new or empty folder.

    Left out are virtual environments, caches and the version history. Raises `CopyError`.
    """
    source, target = source.resolve(), target.resolve()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise CopyError(f"{target} exists and is not an empty folder")
    if target.is_relative_to(source) and source.is_dir():
        raise CopyError(f"{target} lies inside the project")
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".kerashift-", dir=target.parent))
    try:
        copy = staging / "copy"
        _copy(source, copy)
        for path, data in outputs.items():
            _make_real(source, copy, path)
            replace_file((copy / path).resolve(), data)
        if target.is_dir():
            target.rmdir()
        copy.replace(target)
    except (OSError, shutil.Error) as error:
        raise CopyError(f"the copy failed: {error}") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _copy(source: Path, copy: Path) -> None:
    if source.is_file():
        copy.mkdir()
        shutil.copy2(source, copy / source.name)
    else:
        shutil.copytree(source, copy, symlinks=True, ignore=_ignored)


def _ignored(folder: str, names: list[str]) -> set[str]:
    base = Path(folder)
    return {name for name in names if name in SKIPPED or _is_left_out(base / name)}


def _is_left_out(path: Path) -> bool:
    if path.is_symlink():
        return False
    if path.is_dir():
        return (path / "pyvenv.cfg").exists()
    return not path.is_file()  # sockets, pipes, devices


def _make_real(source: Path, copy: Path, path: str) -> None:
    """Where links lead out of the copy, put what they lead to in their place: it gets written."""
    place, original = copy, source
    for part in Path(path).parts:
        place, original = place / part, original / part
        if place.is_symlink() and not place.resolve().is_relative_to(copy):
            place.unlink()
            if original.is_dir():
                shutil.copytree(original, place, symlinks=True, ignore=_ignored)
            else:
                shutil.copy2(original, place)
