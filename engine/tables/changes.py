"""Rows of the generated `api_changes.toml`: what callables, methods and classes have changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from kerashift.engine.tables import api


@dataclass(frozen=True, slots=True)
class Change:
    """How a callable or method differs. All names are parameters of Keras 2."""

    kept: tuple[str, ...] = ()
    """Positional parameters that have their places still; empty where none has moved."""
    moved: tuple[str, ...] = ()
    """Positional parameters from the first on whose place is another one."""
    gone: tuple[str, ...] = ()
    """Parameters that Keras 3 does not have by that name."""
    defaults: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Old and new defaults, as source text; no new one means that it must be given."""
    loses_kwargs: bool = False
    """Whether Keras 2 took more keywords than it named, and Keras 3 does not."""


def _change(raw: Mapping[str, object]) -> Change:
    defaults = raw.get("defaults", {})
    assert isinstance(defaults, dict)
    return Change(
        kept=tuple(str(raw.get("kept", "")).split()),
        moved=tuple(str(raw.get("moved", "")).split()),
        gone=tuple(str(raw.get("gone", "")).split()),
        defaults={str(name): (str(old), str(new)) for name, (old, new) in defaults.items()},
        loses_kwargs=bool(raw.get("loses_kwargs", False)),
    )


def _rows(section: str) -> list[Mapping[str, object]]:
    rows = api.load("api_changes.toml")[section]
    assert isinstance(rows, list)
    return rows


def _texts(section: str) -> dict[str, str]:
    rows = api.load("api_changes.toml")[section]
    assert isinstance(rows, dict)
    return rows


@cache
def callables() -> Mapping[str, Change]:
    """Changes of classes' constructors and of functions, by their Keras 2 paths."""
    found = {}
    for raw in _rows("callable"):
        for path in str(raw["of"]).split():
            found[path] = _change(raw)
    return found


@cache
def methods() -> Mapping[str, Mapping[str, Change]]:
    """Changes of methods, by the method and the topmost classes; `__call__` is a layer's call."""
    found: dict[str, dict[str, Change]] = {}
    for raw in _rows("method"):
        for path in str(raw["of"]).split():
            found.setdefault(str(raw["name"]), {})[path] = _change(raw)
    return found


@cache
def gone_members() -> Mapping[str, frozenset[str]]:
    """Members that Keras 3 does not have, by the topmost classes."""
    return {path: frozenset(names.split()) for path, names in _texts("members").items()}


@cache
def regained_members() -> Mapping[str, frozenset[str]]:
    """Members that classes have although their bases lost them, by the topmost such classes."""
    return {path: frozenset(names.split()) for path, names in _texts("regained").items()}


@cache
def _unchanged() -> Mapping[str, frozenset[str]]:
    return {path: frozenset(names.split()) for path, names in _texts("unchanged").items()}


@cache
def _bases() -> Mapping[str, tuple[str, ...]]:
    return {
        path: tuple(bases.split())
        for bases, paths in _texts("bases").items()
        for path in paths.split()
    }


def lineage(path: str) -> tuple[str, ...]:
    """A Keras 2 class and the public ones that it derives from, nearest first."""
    return (path, *_bases().get(path, ()))


def of_method(path: str, method: str) -> Change | None:
    """The change of a method of a class."""
    found = methods().get(method, {})
    for base in lineage(path):
        if method in _unchanged().get(base, ()):
            return None
        if base in found:
            return found[base]
    return None
