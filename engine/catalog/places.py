"""Rows of arguments by position whose place changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kerashift.engine.catalog.row import Row
from kerashift.engine.model import Safety
from kerashift.engine.tables import changes, positional
from kerashift.engine.tables.positional import Order

_ELSEWHERE = frozenset({"add_weight"})
"""Methods that another rule reads."""


def places(code: str) -> Iterator[Row]:
    """Constructors and functions, then methods; those with the same change are one row."""
    yield from _grouped(code, {path: _callable(path) for path in _callables()})
    yield from _grouped(code, {name: _method(name) for name in _methods()})


def _callables() -> list[str]:
    return list(dict.fromkeys([*positional.written("callables"), *changes.callables()]))


def _callable(path: str) -> Order | None:
    return positional.of_callable(path)


def _methods() -> list[str]:
    """Methods with their class."""
    made = [f"{path}.{name}" for name, found in changes.methods().items() for path in found]
    listed = dict.fromkeys([*positional.written("methods"), *made])
    return [name for name in listed if name.rpartition(".")[2] not in _ELSEWHERE]


def _method(name: str) -> Order | None:
    path, _, method = name.rpartition(".")
    return positional.of_method(path, method)


def _grouped(code: str, orders: Mapping[str, Order | None]) -> Iterator[Row]:
    groups: dict[tuple[str, tuple[str, ...], int], list[str]] = {}
    found: dict[str, Order] = {
        n: o for n, o in orders.items() if o is not None and o.kept < len(o.parameters)
    }
    for name, order in found.items():
        groups.setdefault((name.rpartition(".")[2], order.parameters, order.kept), []).append(name)
    for names in groups.values():
        yield _row(code, names, found[names[0]])


def _row(code: str, names: list[str], order: Order) -> Row:
    first = names[0]
    named = order.parameters[order.kept]
    given = [*order.parameters[: order.kept], named]
    old, new = ", ".join(given), ", ".join([*given[:-1], f"{named}={named}"])
    return Row(
        code=code,
        name=first,
        old=f"`{first}({old})`",
        new=f"`{first}({new})`",
        aliases=tuple(names[1:]),
        notes=(_told(order.kept),),
        safety=Safety.REVIEW if order.caution else Safety.SAFE,
        caution=order.caution,
        source=_source(first, old),
    )


def _told(kept: int) -> str:
    if kept == 0:
        return "All arguments are named."
    places = "the first" if kept == 1 else f"the first {kept}"
    return f"Arguments after {places} are named."


def _source(name: str, given: str) -> str:
    owner, _, method = name.rpartition(".")
    if method == "__call__":
        return f"layer = {owner}(size)\ny = layer({given})"
    if owner.rpartition(".")[2][:1].isupper():
        made = owner.rpartition(".")[2].lower()
        return f"{made} = {owner}()\n{made}.{method}({given})"
    return f"{name}({given})"
