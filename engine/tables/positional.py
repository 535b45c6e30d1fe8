"""Rows of `positional.toml`: old parameters in order, and the first that has another place now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from kerashift.engine.tables import api

_NAMED = {
    "callables": "{}",
    "bases": "{}.__init__",
    "objects": "{}.__call__",
    "methods": "keras.Model.{}",
}
"""What the rows of a section are called."""


@dataclass(frozen=True, slots=True)
class Order:
    """Old positional parameters. The first `kept` have the same places in Keras 3."""

    parameters: tuple[str, ...]
    kept: int
    row: str = ""
    """The row's name: what is called."""


@cache
def orders(section: str) -> Mapping[str, Order]:
    """Rows of a section: `callables`, `bases`, `objects` or `methods`."""
    table = api.load("positional.toml")[section]
    assert isinstance(table, dict)
    named = _NAMED[section]
    return {name: _order(str(text), named.format(name)) for name, text in table.items()}


def _order(text: str, row: str) -> Order:
    kept, moved = text.split("|")[:2]
    return Order((*kept.split(), *moved.split()), len(kept.split()), row)
