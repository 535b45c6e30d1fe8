"""Rows of `identifiers.toml`: names of losses, metrics … as text that Keras 3 does not know."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from kerashift.engine.tables import api

_MODULES = {
    "loss": "losses",
    "metric": "metrics",
    "activation": "activations",
    "initializer": "initializers",
    "regularizer": "regularizers",
    "constraint": "constraints",
}


@dataclass(frozen=True, slots=True)
class Identifier:
    """A name, what it is a name of, and its replacement in source, or what to do."""

    sort: str
    name: str
    to: str = ""
    message: str = ""

    @property
    def module(self) -> str:
        """The module of Keras whose `get` takes such names."""
        return _MODULES[self.sort]

    @property
    def key(self) -> str:
        """The row's name in the catalog."""
        return f"keras.{self.module}.{self.name}"


@cache
def rows() -> tuple[Identifier, ...]:
    """All rows, in the table's order."""
    found = []
    for sort, names in api.load("identifiers.toml").items():
        assert isinstance(names, dict)
        for name, row in names.items():
            found.append(
                Identifier(sort, name, str(row.get("to", "")), str(row.get("message", "")))
            )
    return tuple(found)


@cache
def _by_name() -> dict[tuple[str, str], Identifier]:
    return {(row.sort, row.name): row for row in rows()}


def find(sort: str, name: str) -> Identifier | None:
    """The row of a name, if Keras 3 does not know it."""
    return _by_name().get((sort, name))
