"""Which positional arguments of Keras 2 have another place in Keras 3.

The orders come from the generated table of changes; `positional.toml` adds what the last release
of Keras 2 cannot tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from kerashift.engine.tables import api, changes


@dataclass(frozen=True, slots=True)
class Order:
    """Old positional parameters. The first `kept` have the same places in Keras 3."""

    parameters: tuple[str, ...]
    kept: int
    caution: str = ""
    """Why it is not sure what the places meant: releases of Keras 2 do not agree."""
    row: str = ""
    """The row's name: what is called."""


def _from_change(change: changes.Change | None, row: str) -> Order | None:
    if change is None or not change.moved:
        return None
    return Order((*change.kept, *change.moved), len(change.kept), row=row)


@cache
def written(section: str) -> Mapping[str, Order]:
    """The hand-written rows: `callables` by path, `methods` by class and method."""
    table = api.load("positional.toml")[section]
    assert isinstance(table, dict)
    return {name: _order(name, row) for name, row in table.items()}


def _order(name: str, row: object) -> Order:
    assert isinstance(row, dict)
    kept, moved = str(row["places"]).split("|")
    caution = str(row.get("caution", ""))
    return Order((*kept.split(), *moved.split()), len(kept.split()), caution, name)


def of_callable(path: str) -> Order | None:
    """The order of a class's constructor or of a function, by its Keras 2 path."""
    return written("callables").get(path) or _from_change(changes.callables().get(path), path)


def of_method(path: str, method: str) -> Order | None:
    """The order of a method of a Keras 2 class; `__call__` is calling the object."""
    for base in changes.lineage(path):
        if f"{base}.{method}" in written("methods"):
            return written("methods")[f"{base}.{method}"]
    return _from_change(changes.of_method(path, method), f"{path}.{method}")


@cache
def method_names() -> frozenset[str]:
    """Methods that some class has rows for."""
    by_hand = {name.rpartition(".")[2] for name in written("methods")}
    return frozenset(by_hand | {n for n, of in changes.methods().items() if _moves(of)})


def _moves(of: Mapping[str, changes.Change]) -> bool:
    return any(change.moved for change in of.values())
