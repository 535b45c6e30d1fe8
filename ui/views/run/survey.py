"""What a project could run, and with which interpreters; found without running any of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kerashift.engine.run.entries import find_entries
from kerashift.engine.run.environments import (
    BACKENDS,
    Environment,
    NoEnvironmentError,
    choose,
    find_environments,
)


@dataclass(frozen=True)
class Readiness:
    """Whether a backend can be run, and with what, or what is missing."""

    backend: str
    ready: bool
    words: str


@dataclass(frozen=True)
class Survey:
    """Entries with their reasons, best first; the readiness of each backend."""

    entries: tuple[tuple[str, str], ...] = ()
    readiness: tuple[Readiness, ...] = ()


def take_survey(root: Path) -> Survey:
    """Look at a project; slow, for a worker thread."""
    environments = find_environments(root)
    entries = tuple((entry.entry, entry.reason) for entry in find_entries(root))
    return Survey(entries, tuple(_readiness(environments, name) for name in BACKENDS))


def _readiness(environments: Sequence[Environment], backend: str) -> Readiness:
    try:
        chosen = choose(environments, backend)
    except NoEnvironmentError as error:
        return Readiness(backend, False, str(error))
    versions = " · ".join(f"{name} {chosen.packages[name]}" for name in ("keras", backend))
    return Readiness(backend, True, f"{versions} ({chosen.label})")
