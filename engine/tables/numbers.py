"""Rows of `numbers.toml`: calls that Keras 3 takes as they are and that compute something else."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from kerashift.engine.tables import api


@dataclass(frozen=True, slots=True)
class NumbersRow:
    """What is different about some callables; the keys are explained in the table."""

    of: tuple[str, ...]
    message: str
    argument: str = ""
    drop: str = ""

    @property
    def key(self) -> str:
        """The row's name."""
        return f"{self.of[0]}.{self.argument}" if self.argument else self.of[0]


@cache
def rows() -> tuple[NumbersRow, ...]:
    """All rows, in the table's order."""
    found = api.load("numbers.toml")["numbers"]
    assert isinstance(found, list)
    return tuple(NumbersRow(tuple(row.pop("of").split()), **row) for row in map(dict, found))


@cache
def of_callable(path: str) -> tuple[NumbersRow, ...]:
    """The rows about a callable of Keras 2."""
    return tuple(row for row in rows() if path in row.of)
