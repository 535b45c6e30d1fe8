"""Rows of `reserved.toml`: attributes that a class of a user may not set in Keras 3."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

from kerashift.engine.tables import api

_BASES = {
    "layer": "keras.layers.Layer",
    "model": "keras.Model",
    "callback": "keras.callbacks.Callback",
    "sequence": "keras.utils.Sequence",
    "loss": "keras.losses.Loss",
}


@cache
def section(name: str) -> Mapping[str, tuple[str, ...]]:
    """The names of a section by the class that they are about."""
    table = api.load("reserved.toml")[name]
    assert isinstance(table, dict)
    keys = [str(key) for key in table]
    return {_BASES.get(key, key): tuple(str(table[key]).split()) for key in keys}


def _rows(name: str, bases: Iterable[str]) -> dict[str, str]:
    """Attributes with the row that they come from."""
    found = section(name)
    return {attr: f"{base}.{attr}" for base in bases for attr in found.get(base, ())}


def read_only(kind: str, ancestors: Iterable[str]) -> dict[str, str]:
    """Properties without a setter that are new in Keras 3 for a class of that kind, with rows."""
    return {**_rows("kinds", [_BASES.get(kind, "")]), **_rows("ancestors", ancestors)}


def weights(ancestors: Iterable[str]) -> dict[str, str]:
    """Weights of Keras layers that are properties without a setter now, with rows."""
    return _rows("weights", ancestors)


def private(kind: str) -> dict[str, str]:
    """Attributes without a property that Keras 3 uses itself, with rows."""
    return _rows("private", [_BASES.get(kind, "")])
