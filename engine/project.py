"""Discover the files of a project: Python, notebooks, requirement files, in a stable order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pathspec

from kerashift.engine.model import FileError
from kerashift.engine.requirements import is_requirements
from kerashift.engine.saved import is_saved_name

SUFFIXES = (".py", ".ipynb")
SKIPPED_FOLDERS = frozenset(
    {
        "__pycache__",
        "node_modules",
        "site-packages",
        "build",
        "dist",
        "wandb",
        "mlruns",
    }
)
"""Folders that hold nobody's own code. Hidden folders are skipped too."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """Files by path relative to `root`, with `/` on every system."""

    root: Path
    files: tuple[str, ...]
    errors: tuple[FileError, ...]
    saved: tuple[str, ...] = ()
    """Files that look like saved models, also those that `.gitignore` names."""


def discover(root: Path) -> Discovery:
    """Files of the folder (or the one file) at `root`; raises `FileNotFoundError`."""
    root = root.resolve(strict=True)
    if root.is_file():
        return Discovery(root.parent, (root.name,), ())
    errors: list[FileError] = []
    saved: list[str] = []
    files = tuple(sorted(_walk(root, errors, saved)))
    return Discovery(root, files, tuple(errors), tuple(sorted(saved)))


def _walk(root: Path, errors: list[FileError], saved: list[str]) -> Iterator[str]:
    ignored = _ignore_rules(root)
    seen: set[tuple[int, int]] = set()

    def on_error(error: OSError) -> None:
        errors.append(
            FileError(_relative(root, Path(error.filename)), error.strerror or "unreadable")
        )

    for folder, folders, names in os.walk(root, onerror=on_error, followlinks=True):
        base = Path(folder)
        status = base.stat()
        if (status.st_dev, status.st_ino) in seen:  # a link that leads back
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders[:] = sorted(f for f in folders if _enters(root, base / f, ignored))
        for name in names:
            path = _relative(root, base / name)
            if is_saved_name(name):
                saved.append(path)
            if (name.endswith(SUFFIXES) or is_requirements(path)) and not ignored.match_file(path):
                if (base / name).is_file():
                    yield path
                else:
                    errors.append(
                        FileError(path, "not a regular file, or a link that leads nowhere")
                    )


def _enters(root: Path, folder: Path, ignored: pathspec.GitIgnoreSpec) -> bool:
    name = folder.name
    if name.startswith(".") or name in SKIPPED_FOLDERS or name.endswith(".egg-info"):
        return False
    # Environments by what they hold: a folder `env` may well be the project's own code.
    if (folder / "pyvenv.cfg").exists() or (folder / "conda-meta").exists():
        return False
    return not ignored.match_file(_relative(root, folder) + "/")


def _ignore_rules(root: Path) -> pathspec.GitIgnoreSpec:
    """The project's own `.gitignore`: what it leaves out is not its code."""
    try:
        lines = (root / ".gitignore").read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except OSError:
        lines = []
    return pathspec.GitIgnoreSpec.from_lines(line for line in lines if _is_pattern(line))


def _is_pattern(line: str) -> bool:
    """Git passes over lines that it cannot understand."""
    try:
        pathspec.GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True


def _relative(root: Path, path: Path) -> str:
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return str(path)
