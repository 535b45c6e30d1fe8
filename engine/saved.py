"""Saved models of a project: what kind each file or folder is, told without reading it whole."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from glob import escape
from pathlib import Path

SAVED_SUFFIXES = (".h5", ".hdf5", ".keras", ".index")
SAVED_MODEL_FILES = ("saved_model.pb", "saved_model.pbtxt")
_HEAD = 65_536
"""Bytes that are read of a file: the attributes of a Keras file in HDF5 stand at its beginning."""
_HDF5 = b"\x89HDF\r\n\x1a\n"
_ZIP = b"PK\x03\x04"
_ARCHIVED = {"metadata.json", "config.json"}
"""What a `.keras` file holds beside the weights."""
_VERSION = re.compile(rb"(?<![\d.])([1-9]\.\d{1,2}\.\d{1,2})(?:-tf)?(?![\d.])")


class Saved(StrEnum):
    """What Keras or TensorFlow wrote."""

    SAVED_MODEL = "SavedModel folder"
    CHECKPOINT = "checkpoint of TensorFlow"
    MODEL = "whole model in an HDF5 file"
    OLD_WEIGHTS = "weights in an HDF5 file of Keras 2"
    WEIGHTS = "weights in an HDF5 file"
    KERAS = "`.keras` file"


@dataclass(frozen=True, slots=True)
class SavedFile:
    """A saved model. `version` is that of the Keras that wrote it; empty where it is not told."""

    path: str
    kind: Saved
    version: str = ""

    @property
    def is_keras2(self) -> bool:
        return self.version[:1] in ("1", "2")

    @property
    def is_stranded(self) -> bool:
        """Whether Keras 3 neither loads it nor reads weights from it, as far as is known."""
        if self.kind is Saved.CHECKPOINT:
            return self.is_keras2
        return self.kind is Saved.SAVED_MODEL or (self.kind is Saved.KERAS and self.is_keras2)


@dataclass
class SavedPaths:
    """Paths of a project, relative to `root`, that look like saved models by their names."""

    root: Path
    paths: tuple[str, ...] = ()
    _known: dict[str, SavedFile | None] = field(default_factory=dict)

    @classmethod
    def of(cls, files: Iterable[SavedFile]) -> SavedPaths:
        """Saved models that are known without a folder."""
        known: dict[str, SavedFile | None] = {file.path: file for file in files}
        return cls(Path(), tuple(known), known)

    def at(self, path: str) -> SavedFile | None:
        """What is saved at a path, as code names it: a folder, a file, the head of a checkpoint."""
        place = self._names.get(path.removeprefix("./").rstrip("/"))
        if place is None:
            return None
        if place not in self._known:
            self._known[place] = inspect(self.root, place)
        return self._known[place]

    def ending(self, tail: str) -> SavedFile | None:
        """The only saved model whose path ends in these parts, as in `models/net.h5`."""
        tail = tail.removeprefix("./").strip("/")
        found = {name for name in self._names if name == tail or name.endswith(f"/{tail}")}
        return self.at(found.pop()) if tail and len(found) == 1 else None

    def under(self, folder: str) -> list[SavedFile]:
        """The saved models in a folder itself."""
        folder = folder.removeprefix("./").rstrip("/")
        names = (name for name in self._names if name.rpartition("/")[0] == folder)
        return [file for name in names if (file := self.at(name)) is not None]

    def stranded(self, most: int = 200) -> list[SavedFile]:
        """What Keras 3 neither loads nor reads weights from, by path.

        Looks into `most` files; the parts of a SavedModel folder are not told by themselves.
        """
        names = [name for name in self._whole() if not name.endswith((".h5", ".hdf5"))]
        found = (self.at(name) for name in names[:most])
        return [file for file in found if file is not None and file.is_stranded]

    def all(self) -> list[SavedFile]:
        """Every saved model, by path."""
        return [file for file in map(self.at, self._whole()) if file is not None]

    def _whole(self) -> list[str]:
        """The names of what is no part of a SavedModel folder."""
        folders = [n for n, path in self._names.items() if path.endswith(SAVED_MODEL_FILES)]
        inside = tuple(f"{folder}/" if folder else "" for folder in folders)
        return sorted(n for n in self._names if n in folders or not n.startswith(inside))

    @cached_property
    def _names(self) -> dict[str, str]:
        """The path that code would name, for each file that was found."""
        return {_name(path): path for path in self.paths}


def is_saved_name(name: str) -> bool:
    """Whether a file's name is one that a saved model has."""
    return name in SAVED_MODEL_FILES or name.lower().endswith(SAVED_SUFFIXES)


def _name(path: str) -> str:
    if path.endswith(SAVED_MODEL_FILES):
        return path.rpartition("/")[0]
    return path.removesuffix(".index")


def inspect(root: Path, path: str) -> SavedFile | None:
    """What a file is; None where it is something else, or cannot be read."""
    if path.endswith(SAVED_MODEL_FILES):
        return SavedFile(_name(path), Saved.SAVED_MODEL)
    try:
        if path.endswith(".index"):
            return _checkpoint(root, path)
        with (root / path).open("rb") as file:
            head = file.read(_HEAD)
        if head.startswith(_ZIP):
            return _archive(root, path)
    except (OSError, zipfile.BadZipFile):
        return None
    return _hdf5(path, head) if head.startswith(_HDF5) else None


def _checkpoint(root: Path, path: str) -> SavedFile | None:
    """The names of variables tell which Keras wrote it, as far as they do."""
    place = root / path
    if not any(place.parent.glob(f"{escape(place.stem)}.data-*-of-*")):
        return None
    with place.open("rb") as file:
        head = file.read(_HEAD)
    version = "2" if b"layer_with_weights-" in head else ""
    version = "3" if b"_operations/" in head or b"_kernel/." in head else version
    return SavedFile(_name(path), Saved.CHECKPOINT, version)


def _hdf5(path: str, head: bytes) -> SavedFile:
    if b"keras_version" not in head:
        return SavedFile(path, Saved.WEIGHTS)
    match = _VERSION.search(head)
    version = match.group(1).decode() if match is not None else ""
    return SavedFile(path, Saved.MODEL if b"model_config" in head else Saved.OLD_WEIGHTS, version)


def _archive(root: Path, path: str) -> SavedFile | None:
    """A `.keras` file; raises `OSError` and `BadZipFile`."""
    with zipfile.ZipFile(root / path) as archive:
        if not set(archive.namelist()) >= _ARCHIVED:
            return None
        try:
            metadata = json.loads(archive.read("metadata.json"))
        except ValueError:
            metadata = {}
    version = metadata.get("keras_version", "") if isinstance(metadata, dict) else ""
    return SavedFile(path, Saved.KERAS, str(version))
