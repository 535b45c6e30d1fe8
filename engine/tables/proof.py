"""The recorded proof of the op tables: what `packaging/prove.py` found when it ran every row.

The record holds facts about one run: versions, and for each row with a fix which modes it passed
on every backend and how far the numbers were apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from kerashift.engine.tables import api


@dataclass(frozen=True, slots=True)
class RowProof:
    """What was proven of a row. `source` and `result` are fingerprints of what was run."""

    source: str
    """Of the row and its cases, as the tables have them."""
    result: str
    """Of every spelling of the cases before and after the rewrite."""
    spellings: int
    """Ways of writing the call that were executed."""
    modes: tuple[str, ...]
    """Passed on all backends: values, compiled, symbolic, gradient."""
    tolerance: float
    """The relative difference that the values were allowed."""
    apart: Mapping[str, float] = field(default_factory=dict)
    """The largest difference of any number, by backend: of values, compiled ones and gradients."""


@dataclass(frozen=True, slots=True)
class Record:
    """The whole proof: day (ISO 8601), versions by package, rows by name."""

    date: str
    versions: Mapping[str, str]
    rows: Mapping[str, RowProof]


@cache
def record() -> Record:
    """The proof as it was recorded last."""
    raw = api.load("proof.toml")
    head, rows = raw["proof"], raw["row"]
    assert isinstance(head, dict)
    assert isinstance(rows, dict)
    return Record(
        date=str(head["date"]),
        versions={str(k): str(v) for k, v in head["versions"].items()},
        rows={str(name): _row(values) for name, values in rows.items()},
    )


def _row(raw: Mapping[str, object]) -> RowProof:
    apart = raw["apart"]
    assert isinstance(apart, dict)
    return RowProof(
        source=str(raw["source"]),
        result=str(raw["result"]),
        spellings=int(str(raw["spellings"])),
        modes=tuple(str(raw["modes"]).split()),
        tolerance=float(str(raw["tolerance"])),
        apart={str(backend): float(value) for backend, value in apart.items()},
    )
