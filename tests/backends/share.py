"""Fingerprints of rows, and which rows a test run proves again.

A run repeats one share of the rows, another one each day, and all rows that are not as they were
proven. `KERASHIFT_ROWS` chooses otherwise: `all`, or a share by its number.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from kerashift.engine.tables import api
from kerashift.engine.tables.proof import record
from tests.backends.opcases import TABLES, case_file, spellings

SHARES = 4
VARIABLE = "KERASHIFT_ROWS"


@dataclass(frozen=True, slots=True)
class Share:
    """The rows to prove again, and in words why these."""

    rows: frozenset[str]
    said: str


def todays_share(names: Iterable[str]) -> Share:
    """The share of the day among the rows, and the rows that differ from their proof."""
    found = set(names)
    number = share_of_the_day(SHARES)
    if number is None:
        return Share(frozenset(found), f"op rows: all {len(found)}")
    proven = record().rows
    changed = {n for n in found if n not in proven or proven[n].source != source_print(n)}
    drawn = {name for name in found if zlib.crc32(name.encode()) % SHARES == number}
    said = (
        f"op rows: share {number} of 0 to {SHARES - 1} with {len(drawn)} of {len(found)} rows, "
        f"and {len(changed - drawn)} changed ones ({VARIABLE}=all runs all)"
    )
    return Share(frozenset(drawn | changed), said)


def share_of_the_day(shares: int) -> int | None:
    """The number of the share to run, from 0; None where all are asked for."""
    chosen = os.environ.get(VARIABLE, "")
    if chosen == "all":
        return None
    return (int(chosen) if chosen else datetime.date.today().toordinal()) % shares


def source_print(name: str) -> str:
    """Of a row and its cases as they stand in the tables; quick."""
    return _hashed([_raw_row(name), _raw_cases(name)])


def result_print(name: str) -> str:
    """Of all that is executed: each spelling before and after, and what it must pass."""
    cases = [(s.id, s.old_body, s.new_body, s.safety.value, s.is_fixed) for s in spellings(name)]
    return _hashed([cases, case_file()[name].relative, case_file()[name].without])


def _hashed(value: object) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _raw_row(name: str) -> object:
    for table in TABLES:
        for first, values in api.load(table).items():
            assert isinstance(values, dict)
            if name in (first, *str(values.get("aliases", "")).split()):
                return values
    raise KeyError(name)


def _raw_cases(name: str) -> object:
    found = (raw for names, raw in api.load("op_cases.toml").items() if name in names.split())
    return next(found, None)
