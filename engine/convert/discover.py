"""Which models and weights are saved in a folder: by layout and first bytes, not by name alone."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from kerashift.engine.project import SKIPPED_FOLDERS

_HDF5 = b"\x89HDF\r\n\x1a\n"
_HDF5_NAMES = (".h5", ".hdf5", ".keras")
_INDEX = ".index"


class SavedKind(StrEnum):
    """How a model was saved."""

    HDF5 = "hdf5"
    """One file with the whole model, or with weights alone."""
    KERAS = "keras"
    """The `.keras` archive of Keras 2.12 and later."""
    SAVED_MODEL = "savedmodel"
    CHECKPOINT = "checkpoint"
    """Weights in TensorFlow's own format: `PREFIX.index` and `PREFIX.data-…`."""


@dataclass(frozen=True, slots=True)
class SavedModel:
    """A saved model. `path` is the file, the folder, or a checkpoint's prefix."""

    path: Path
    kind: SavedKind

    @property
    def needs_code(self) -> bool:
        """Whether it can hold no architecture."""
        return self.kind is SavedKind.CHECKPOINT


def saved_model(path: Path) -> SavedModel | None:
    """What is saved at a path, or None. A checkpoint may be named by its prefix or its index."""
    if path.is_dir():
        names = ("saved_model.pb", "saved_model.pbtxt")
        is_model = any((path / name).is_file() for name in names)
        return SavedModel(path, SavedKind.SAVED_MODEL) if is_model else None
    if path.name.endswith(_INDEX) and _has_data(path.with_name(path.name[: -len(_INDEX)])):
        return SavedModel(path.with_name(path.name[: -len(_INDEX)]), SavedKind.CHECKPOINT)
    if not path.is_file():
        index = path.with_name(path.name + _INDEX)
        is_prefix = index.is_file() and _has_data(path)
        return SavedModel(path, SavedKind.CHECKPOINT) if is_prefix else None
    if _is_hdf5(path):
        return SavedModel(path, SavedKind.HDF5)
    return SavedModel(path, SavedKind.KERAS) if _is_archive(path) else None


def find_saved_models(root: Path) -> list[SavedModel]:
    """The saved models in a folder and below, in order; nothing is opened but their beginnings."""
    return sorted(_walk(root), key=lambda found: found.path)


def _walk(folder: Path) -> Iterator[SavedModel]:
    whole = saved_model(folder)
    if whole is not None:
        yield whole
        return
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        path = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in SKIPPED_FOLDERS and not (path / "pyvenv.cfg").exists():
                yield from _walk(path)
        elif entry.name.lower().endswith((*_HDF5_NAMES, _INDEX)):
            found = saved_model(path)
            if found is not None:
                yield found


def _has_data(prefix: Path) -> bool:
    return any(prefix.parent.glob(f"{_escaped(prefix.name)}.data-*-of-*"))


def _escaped(name: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


def _is_hdf5(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_HDF5)) == _HDF5
    except OSError:
        return False


def _is_archive(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return {"metadata.json", "config.json"} <= set(archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False
