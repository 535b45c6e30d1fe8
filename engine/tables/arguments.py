"""Rows of `arguments.toml`: what became of arguments that Keras 3 does not take any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from kerashift.engine.tables import api, changes


@dataclass(frozen=True, slots=True)
class ArgumentRow:
    """One keyword of some callables or methods; the keys are explained in the table."""

    name: str
    to: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    harmless: frozenset[str] = frozenset()
    caution: str = ""
    message: str = ""
    handler: str = ""
    distinct: bool = False
    works: str = ""
    of: tuple[str, ...] = ()
    """The callables, or the methods of models and optimizers."""
    on: frozenset[str] = frozenset()
    """The classes whose methods are meant; empty for those of models and optimizers."""

    @property
    def key(self) -> str:
        """The row's name: the first callable and the argument."""
        owner = f"{min(self.on)}." if self.on else ""
        return f"{owner}{self.of[0]}.{self.name}" if self.of else ""


@dataclass(frozen=True, slots=True)
class DefaultRow:
    """A default that changed; the keys are explained in the table."""

    name: str
    place: int
    value: str = ""
    message: str = ""
    new: bool = False
    needs: str = ""
    of: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The row's name: the first callable and the argument."""
        return f"{self.of[0]}.{self.name}"


@dataclass(frozen=True)
class _Table:
    callables: Mapping[str, Mapping[str, ArgumentRow]]
    modules: Mapping[str, Mapping[str, ArgumentRow]]
    """Rows for everything that a module holds, by the module with a dot."""
    methods: Mapping[str, tuple[ArgumentRow, ...]]


def _row(raw: Mapping[str, object]) -> ArgumentRow:
    values = raw.get("values", {})
    assert isinstance(values, dict)
    return ArgumentRow(
        name=str(raw["name"]),
        to=str(raw.get("to", "")),
        values={str(k): str(v) for k, v in values.items()},
        harmless=frozenset(str(raw.get("harmless", "")).split()),
        caution=str(raw.get("caution", "")),
        message=str(raw.get("message", "")),
        handler=str(raw.get("handler", "")),
        distinct=bool(raw.get("distinct", False)),
        works=str(raw.get("works", "")),
        of=tuple(str(raw.get("of", raw.get("methods", ""))).split()),
        on=frozenset(str(raw.get("on", "")).split()),
    )


def _default(raw: Mapping[str, object]) -> DefaultRow:
    return DefaultRow(
        name=str(raw["name"]),
        place=int(str(raw["place"])),
        value=str(raw.get("value", "")),
        message=str(raw.get("message", "")),
        new=bool(raw.get("new", False)),
        needs=str(raw.get("needs", "")),
        of=tuple(str(raw["of"]).split()),
    )


@cache
def _table() -> _Table:
    callables: dict[str, dict[str, ArgumentRow]] = {}
    modules: dict[str, dict[str, ArgumentRow]] = {}
    methods: dict[str, tuple[ArgumentRow, ...]] = {}
    rows = api.load("arguments.toml")["argument"]
    assert isinstance(rows, list)
    for raw in rows:
        row = _row(raw)
        for path in str(raw.get("of", "")).split():
            if path.endswith("*"):
                modules.setdefault(path[:-1], {})[row.name] = row
            else:
                callables.setdefault(path, {})[row.name] = row
        for path in str(raw.get("except", "")).split():
            callables.setdefault(path, {}).setdefault(row.name, ArgumentRow(row.name))
        for method in str(raw.get("methods", "")).split():
            methods[method] = (*methods.get(method, ()), row)
    return _Table(callables, modules, methods)


@cache
def rows() -> tuple[ArgumentRow, ...]:
    """All rows of arguments, in the table's order."""
    raw = api.load("arguments.toml")["argument"]
    assert isinstance(raw, list)
    return tuple(_row(values) for values in raw)


@cache
def defaults() -> tuple[DefaultRow, ...]:
    """All rows of defaults, in the table's order."""
    raw = api.load("arguments.toml")["default"]
    assert isinstance(raw, list)
    return tuple(_default(values) for values in raw)


@cache
def of_callable(path: str) -> Mapping[str, ArgumentRow]:
    """Rows for the keywords of a Keras class or function, by its Keras 3 path."""
    table = _table()
    module, _, name = path.rpartition(".")
    rows = dict(table.modules.get(module + ".", {})) if name else {}
    return {**rows, **table.callables.get(path, {})}


@cache
def of_method(name: str, owner: str = "") -> Mapping[str, ArgumentRow]:
    """Rows for the keywords of a method of a Keras 2 class; `__call__` is calling a layer.

    Without a class, those of models and optimizers that are told by the method's name.
    """
    bases = set(changes.lineage(owner)) if owner else set()
    rows = _table().methods.get(name, ())
    return {row.name: row for row in rows if not row.on or row.on & bases}


@cache
def names_for_classes(method: str) -> frozenset[str]:
    """Keywords of a method that have rows for some classes only."""
    return frozenset(row.name for row in _table().methods.get(method, ()) if row.on)


@cache
def _defaults() -> Mapping[str, tuple[DefaultRow, ...]]:
    result: dict[str, tuple[DefaultRow, ...]] = {}
    for row in defaults():
        for path in row.of:
            result[path] = (*result.get(path, ()), row)
    return result


def defaults_of(path: str) -> tuple[DefaultRow, ...]:
    """The defaults of a Keras class or function that changed, by its Keras 3 path."""
    return _defaults().get(path, ())


@cache
def _same() -> frozenset[tuple[str, str, str]]:
    rows = api.load("arguments.toml")["same"]
    assert isinstance(rows, list)
    return frozenset((str(row["name"]), str(row["old"]), str(row["new"])) for row in rows)


def means_the_same(name: str, old: str, new: str) -> bool:
    """Whether a row says that two defaults of a parameter are the same."""
    return not _same().isdisjoint({(name, old, new), (name, "*", new), (name, old, "*")})
