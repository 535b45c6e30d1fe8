"""All rows, by the rule that reads their table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from kerashift.engine.catalog import arguments, classes, names, objects, operations, places
from kerashift.engine.catalog.row import Row

_Source = Callable[[str], Iterator[Row]]
_FAMILIES = ("KS217", "KS218", "KS219", "KS220", "KS223", "KS224", "KS225")
SOURCES: dict[str, tuple[str, _Source]] = {
    "KS102": ("moves.toml", names.moved),
    "KS103": ("removed.toml", names.gone),
    "KS105": ("moves.toml", names.private),
    "KS106": ("addons.toml", lambda code: names.advised("addons.toml", code)),
    "KS201": ("ops.toml", lambda code: operations.operations("ops.toml", code)),
    "KS203": ("backend.toml", lambda code: operations.operations("backend.toml", code)),
    "KS205": ("unsupported.toml", lambda code: names.advised("unsupported.toml", code)),
    "KS309": ("reserved.toml", classes.reserved),
    "KS311": ("sizes.toml", classes.sizes),
    "KS407": ("identifiers.toml", classes.old_identifiers),
    "KS215": ("pipelines.toml", lambda code: names.advised("pipelines.toml", code)),
    "KS216": ("pipelines.toml", objects.in_pipelines),
    **dict.fromkeys(_FAMILIES, ("families.toml", names.family)),
    "KS404": ("arguments.toml", arguments.keywords),
    "KS405": ("positional.toml", places.places),
    "KS420": ("members.toml", objects.lost),
    "KS421": ("numbers.toml", arguments.other_numbers),
    "KS602": ("packages.toml", names.blocking),
}
"""The table of each rule that reads one, and what makes rows of it."""


@cache
def rows_of(code: str) -> tuple[Row, ...]:
    """The rows of a rule, in the table's order; empty for a rule without a table."""
    if code not in SOURCES:
        return ()
    _, source = SOURCES[code]
    return tuple(source(code))


@cache
def _by_name(code: str) -> dict[str, Row]:
    return {name: row for row in reversed(rows_of(code)) for name in (*row.aliases, row.name)}


def row(code: str, name: str) -> Row | None:
    """The row that `Issue.row` names."""
    return _by_name(code).get(name)


def search(words: str) -> tuple[Row, ...]:
    """Rows whose title or a name of which is `words`; else those that have all of the words.

    `KS201/tf.gather` and `tf.gather` name one row each, `gather` all whose last part is that.
    """
    everything = [row for code in SOURCES for row in rows_of(code)]
    wanted = words.lower()
    exact = [row for row in everything if wanted in _called(row)]
    if exact:
        return tuple(exact)
    parts = wanted.split()
    return tuple(row for row in everything if all(part in _text(row) for part in parts))


def _called(row: Row) -> set[str]:
    full = {name.lower() for name in row.names}
    return {*full, *(name.rpartition(".")[2] for name in full), row.title.lower()}


def _text(row: Row) -> str:
    return " ".join((*row.names, row.new)).lower()
