"""What a project could run, and with which interpreters; found without running any of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Survey:
    """Entries with their reasons, best first; for each backend, words on what would run it."""

    entries: tuple[tuple[str, str], ...]
    readiness: tuple[tuple[str, str], ...]


def take_survey(root: Path) -> Survey:
    from kerashift.engine.run.entries import find_entries

    return Survey(tuple((e.entry, e.reason) for e in find_entries(root)), ())
