"""A copy of a project to run in, with changed files laid over it.

A run may write where it likes: what it can reach are copies. Only past `COPY_BYTES` are further
data files linked, and never those of a kind that training writes.
"""
from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from kerashift.engine.project import SKIPPED_FOLDERS

COPY_BYTES = 2_000_000_000
SMALL_BYTES = 1_000_000
WRITTEN_SUFFIXES = (
    *(".h5", ".hdf5", ".keras", ".ckpt", ".index", ".data-00000-of-00001", ".pb", ".tflite"),
    *(".onnx", ".npz", ".npy", ".pkl", ".joblib", ".csv", ".log", ".db", ".sqlite"),
)
# A folder of one of these names may hold somebody's code; virtual environments are known by
# their `pyvenv.cfg`.
SKIPPED = (SKIPPED_FOLDERS - {"build", "dist", "env", "venv"}) | {".git", ".hg", ".svn", ".tox"}


def make_shadow(root: Path, destination: Path, outputs: Mapping[str, bytes]) -> Path:
    """Copy the project to `destination`, which must not exist, and give its path.

    `outputs` are new contents by path relative to the project. Raises `OSError` when the copy
    cannot be written, `ValueError` for a path that leads out of it.
    """
    _Copier().copy_folder(root.resolve(), destination, frozenset())
    for path, data in outputs.items():
        target = (destination / path).resolve()
        if not target.is_relative_to(destination.resolve()):
            raise ValueError(f"{path} leads out of the project")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return destination


class _Copier:
    """Copies until there is too much of it."""

    def __init__(self) -> None:
        self._left = COPY_BYTES

    def copy_folder(
        self, source: Path, destination: Path, above: frozenset[tuple[int, int]]
    ) -> None:
        status = source.stat()
        identity = (status.st_dev, status.st_ino)
        if identity in above:  # a link that leads back
            return
        destination.mkdir(parents=True)
        for entry in _entries(source):
            target = destination / entry.name
            if entry.is_file():
                self._copy_file(entry, target)
            elif entry.is_dir() and not _is_skipped(entry):
                self.copy_folder(Path(entry.path), target, above | {identity})

    def _copy_file(self, entry: os.DirEntry[str], target: Path) -> None:
        size = entry.stat().st_size
        may_link = size > SMALL_BYTES and not entry.name.endswith(WRITTEN_SUFFIXES)
        if may_link and size > self._left and os.name != "nt":
            target.symlink_to(Path(entry.path).resolve())
            return
        self._left -= size
        try:
            shutil.copyfile(entry.path, target)
        except PermissionError:
            # The run tells if it needs this one.
            return


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What is in a folder; nothing where it may not be read."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except PermissionError:
        return []


def _is_skipped(entry: os.DirEntry[str]) -> bool:
    return entry.name in SKIPPED or (Path(entry.path) / "pyvenv.cfg").exists()
