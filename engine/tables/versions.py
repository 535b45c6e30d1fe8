"""Since when Keras 3 has its names and arguments: the generated `keras3_versions.toml`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from kerashift.engine.model import Fix
from kerashift.engine.tables import api


@dataclass(frozen=True, slots=True, order=True)
class KerasVersion:
    """A minor version of Keras 3, as in `3.7`."""

    minor: int

    def __str__(self) -> str:
        return f"3.{self.minor}"


def parse(text: str) -> KerasVersion:
    """The version that `3.7` or `3.7.0` names; raises `ValueError` for one that is not known."""
    found = re.fullmatch(r"3\.(\d+)(?:\.\d+)?", text.strip())
    version = KerasVersion(int(found.group(1))) if found else None
    if version is None or version > newest():
        raise ValueError(f"{text!r} is not a version from {known()[0]} to {newest()}")
    return version


@cache
def known() -> tuple[KerasVersion, ...]:
    """The versions that the tables know, oldest first."""
    releases = str(api.load("keras3_versions.toml")["releases"]).split()
    return tuple(KerasVersion(int(release.split(".")[1])) for release in releases)


def newest() -> KerasVersion:
    """The newest version that the tables know: what a project is taken to if nothing is said."""
    return known()[-1]


@cache
def _since(section: str) -> dict[str, KerasVersion]:
    table = api.load("keras3_versions.toml")[section]
    assert isinstance(table, dict)
    return {name: parse(minor) for minor, names in table.items() for name in names.split()}


@cache
def name_since(path: str) -> KerasVersion | None:
    """The version from which on a public path, or what it is in, is there; None if always."""
    parts = path.split(".")
    heads = (".".join(parts[:length]) for length in range(len(parts), 1, -1))
    return max((_since("names")[h] for h in heads if h in _since("names")), default=None)


def argument_since(path: str, name: str) -> KerasVersion | None:
    """The version from which on a public callable takes an argument; None if always."""
    return _since("arguments").get(f"{path}({name})")


_NAME = re.compile(r"(?<![\w.])(?:keras3?|ops)(?:\.\w+)+")
_IMPORT = re.compile(r"from (keras(?:\.\w+)*) import ([^\n]+)")


def needed_by(fix: Fix) -> tuple[str, KerasVersion] | None:
    """The newest of the public names that a fix writes, and the version that it needs."""
    texts = [part for edit in fix.edits for part in edit.parts if isinstance(part, str)]
    needs = ((path, name_since(path)) for text in texts for path in _written(text))
    found = [(version, path) for path, version in needs if version is not None]
    if not found:
        return None
    version, path = max(found)
    return path, version


def _written(text: str) -> list[str]:
    """The public paths of Keras 3 in a text that a fix writes."""
    paths = [found.group(0) for found in _NAME.finditer(text)]
    for module, names in _IMPORT.findall(text):
        paths += [f"{module}.{name.split()[0]}" for name in names.split(",") if name.strip()]
    return [re.sub("^keras3", "keras", f"keras.{p}" if p.startswith("ops.") else p) for p in paths]
