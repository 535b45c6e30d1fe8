"""A copy of a project to run in, with changed files laid over it.

A run may write where it likes: what it can reach are copies. They are clones where the file
system has them, which take no time and no room. Elsewhere code and the first `COPY_BYTES` are
copied and the data beyond are linked, where the run can be kept from writing through a link
(`kerashift_guard`): a file that it opens for writing becomes a copy first. Where neither can be,
everything is copied.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kerashift.engine.project import SKIPPED_FOLDERS
from kerashift.engine.run.cloning import can_guard, clone_file

COPY_BYTES = 256_000_000
COPY_FILES = 4_000
SMALL_BYTES = 65_536
"""Smaller files are not worth a clone."""
CODE_SUFFIXES = (
    *(".py", ".pyi", ".ipynb", ".json", ".toml", ".yaml", ".yml", ".cfg", ".ini", ".txt", ".md"),
    *(".sh", ".pth", ".so", ".pyd"),
)
"""Always copied, unless they are as large as data."""
# A folder of one of these names may hold somebody's code; virtual environments are known by
# their `pyvenv.cfg`.
SKIPPED = (SKIPPED_FOLDERS - {"build", "dist", "env", "venv"}) | {".git", ".hg", ".svn", ".tox"}


@dataclass(frozen=True, slots=True)
class Shadow:
    """The copy, and the person's own folders and files that a run in it must not write."""

    folder: Path
    guarded: tuple[str, ...] = ()
    has_links: bool = False


class ShadowCancelled(Exception):
    """The copy was given up half done, as `cancelled` asked."""


def make_shadow(
    root: Path,
    destination: Path,
    outputs: Mapping[str, bytes],
    cancelled: Callable[[], bool] = lambda: False,
) -> Shadow:
    """Copy the project to `destination`, which must not exist.

    `outputs` are new contents by path relative to the project. Raises `OSError` when the copy
    cannot be written, `ValueError` for a path that leads out of it, and `ShadowCancelled`.
    """
    root = root.resolve()
    can_be_guarded = can_guard() and not _is_too_wide(root)
    copier = _Copier(can_be_guarded, cancelled)
    copier.copy_folder(root, destination, frozenset())
    for path, data in outputs.items():
        target = (destination / path).resolve()
        if not target.is_relative_to(destination.resolve()):
            raise ValueError(f"{path} leads out of the project")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    guarded = [root, *_outside(copier.linked, root)] if can_be_guarded else []
    return Shadow(destination, tuple(str(path) for path in guarded), bool(copier.linked))


def _is_too_wide(folder: Path) -> bool:
    """Whether a run could not live without writing there."""
    needed = (Path.home(), Path(tempfile.gettempdir()))
    return any(path.resolve().is_relative_to(folder) for path in needed)


def _outside(files: Iterable[Path], root: Path) -> set[Path]:
    """The folders of linked files that are elsewhere, or the files where a folder is too much."""
    folders = {file: file.parent for file in files if not file.is_relative_to(root)}
    return {file if _is_too_wide(folder) else folder for file, folder in folders.items()}


class _Copier:
    """Clones what can be cloned, copies until there is too much of it, and links the rest."""

    def __init__(self, may_link: bool, cancelled: Callable[[], bool]) -> None:
        self._bytes_left = COPY_BYTES
        self._files_left = COPY_FILES
        self._may_clone = True
        self._may_link = may_link
        self._cancelled = cancelled
        self.linked: list[Path] = []

    def copy_folder(
        self, source: Path, destination: Path, above: frozenset[tuple[int, int]]
    ) -> None:
        status = source.stat()
        identity = (status.st_dev, status.st_ino)
        if identity in above:  # a link that leads back
            return
        destination.mkdir(parents=True)
        for entry in _entries(source):
            if self._cancelled():
                raise ShadowCancelled
            target = destination / entry.name
            if entry.is_file():
                self._take_file(entry, target)
            elif entry.is_dir() and not _is_skipped(entry):
                self.copy_folder(Path(entry.path), target, above | {identity})

    def _take_file(self, entry: os.DirEntry[str], target: Path) -> None:
        size = entry.stat().st_size
        try:
            if size > SMALL_BYTES and self._clone(Path(entry.path), target):
                return
            if self._may_link and self._is_too_much(entry.name, size):
                original = Path(entry.path).resolve()
                target.symlink_to(original)
                self.linked.append(original)
                return
            self._bytes_left -= size
            self._files_left -= 1
            shutil.copyfile(entry.path, target)
        except PermissionError:
            # The run tells if it needs this one.
            return

    def _clone(self, source: Path, target: Path) -> bool:
        # A file system that cannot do it for one file is not asked again for thousands.
        self._may_clone = self._may_clone and clone_file(source, target)
        return self._may_clone

    def _is_too_much(self, name: str, size: int) -> bool:
        if name.endswith(CODE_SUFFIXES) and size <= SMALL_BYTES:
            return False
        return size > self._bytes_left or self._files_left <= 0


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What is in a folder; nothing where it may not be read."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except PermissionError:
        return []


def _is_skipped(entry: os.DirEntry[str]) -> bool:
    return entry.name in SKIPPED or (Path(entry.path) / "pyvenv.cfg").exists()
