"""Rows of `reserved.toml`: attributes that a class of a user may not set in Keras 3."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from kerashift.engine.tables import api


@cache
def _section(name: str) -> dict[str, frozenset[str]]:
    table = api.load("reserved.toml")[name]
    assert isinstance(table, dict)
    return {str(key): frozenset(str(names).split()) for key, names in table.items()}


def read_only(kind: str, ancestors: Iterable[str]) -> frozenset[str]:
    """Properties without a setter that are new in Keras 3, for a class of that kind."""
    found = _section("kinds").get(kind, frozenset())
    return found.union(*(_section("ancestors").get(name, frozenset()) for name in ancestors))


def weights(ancestors: Iterable[str]) -> frozenset[str]:
    """Weights of Keras layers that are properties without a setter now."""
    return frozenset().union(*(_section("weights").get(name, frozenset()) for name in ancestors))


def private(kind: str) -> frozenset[str]:
    """Attributes without a property that Keras 3 uses itself."""
    return _section("private").get(kind, frozenset())
