"""The saved models that can be converted, as `engine/saved.py` tells what is what."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from kerashift.engine.project import SKIPPED_FOLDERS
from kerashift.engine.saved import (
    SAVED_MODEL_FILES,
    Saved,
    SavedFile,
    SavedPaths,
    inspect,
    is_saved_name,
)

_INDEX = ".index"


class SavedKind(StrEnum):
    """The format of a saved model."""

    HDF5 = "hdf5"
    """One file with the whole model, or with weights alone."""
    KERAS = "keras"
    """The `.keras` archive of Keras 2.12 and later."""
    SAVED_MODEL = "savedmodel"
    CHECKPOINT = "checkpoint"
    """Weights in TensorFlow's own format: `PREFIX.index` and `PREFIX.data-…`."""


KINDS = {
    Saved.SAVED_MODEL: SavedKind.SAVED_MODEL,
    Saved.CHECKPOINT: SavedKind.CHECKPOINT,
    Saved.KERAS: SavedKind.KERAS,
    Saved.MODEL: SavedKind.HDF5,
    Saved.OLD_WEIGHTS: SavedKind.HDF5,
    Saved.WEIGHTS: SavedKind.HDF5,
}


@dataclass(frozen=True, slots=True)
class SavedModel:
    """A saved model. `path` is the file, the folder, or a checkpoint's prefix.

    `version` is that of the Keras that wrote it; empty where it is not told.
    """

    path: Path
    kind: SavedKind
    version: str = ""

    @property
    def needs_code(self) -> bool:
        """Whether it can hold no architecture."""
        return self.kind is SavedKind.CHECKPOINT

    @property
    def is_keras3(self) -> bool:
        """Whether it is what a conversion would make."""
        return self.kind is SavedKind.KERAS and self.version.startswith("3")


def saved_model(path: Path) -> SavedModel | None:
    """What is saved at a path, or None. A checkpoint may be named by its prefix or its index."""
    if path.is_dir():
        name = next((name for name in SAVED_MODEL_FILES if (path / name).is_file()), None)
        return _model(path, inspect(path, name)) if name else None
    name = path.name if path.is_file() else f"{path.name}{_INDEX}"
    return _model(path.parent, inspect(path.parent, name))


def find_saved_models(root: Path) -> list[SavedModel]:
    """The saved models in a folder and below, by path, whether or not any code reads them.

    Also those that `.gitignore` names: what is saved often lies in a folder that is not kept.
    """
    files = SavedPaths(root, tuple(_walk(root))).all()
    return [model for model in (_model(root, file) for file in files) if model is not None]


def _walk(root: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(root):
        base = Path(folder)
        folders[:] = [
            name
            for name in folders
            if name not in SKIPPED_FOLDERS and not (base / name / "pyvenv.cfg").exists()
        ]
        yield from ((base / n).relative_to(root).as_posix() for n in names if is_saved_name(n))


def _model(folder: Path, file: SavedFile | None) -> SavedModel | None:
    if file is None:
        return None
    return SavedModel(folder / file.path, KINDS[file.kind], file.version)
