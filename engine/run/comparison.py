"""Two kept runs side by side: what is equal is left out."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kerashift.engine.run.history import Record

NUMBERS = ("seconds_per_step", "peak_memory_mib")
PARITY = ("forward_max_abs", "loss_abs", "gradient_max_abs", "step_max_abs")
SETTINGS = ("entry", "device", "steps", "epochs", "data")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the two runs do not share; `backend` is empty for settings."""

    backend: str
    what: str
    left: str
    right: str


def compare(left: Record, right: Record) -> tuple[Difference, ...]:
    """What differs between two runs: settings, verdicts, checks, numbers, versions."""
    pairs = [("", n, left.plan.get(n), right.plan.get(n)) for n in SETTINGS]
    pairs.append(("", "files with fixes", left.changed_files, right.changed_files))
    mine = {str(run["backend"]): run for run in left.runs}
    theirs = {str(run["backend"]): run for run in right.runs}
    for backend in dict.fromkeys([*mine, *theirs]):
        ours, others = dict(_facts(mine.get(backend))), dict(_facts(theirs.get(backend)))
        names = dict.fromkeys([*ours, *others])
        pairs += [(backend, name, ours.get(name), others.get(name)) for name in names]
    return tuple(Difference(b, n, words(x), words(y)) for b, n, x, y in pairs if x != y)


def _facts(run: Mapping[str, Any] | None) -> Iterator[tuple[str, Any]]:
    """What can be compared of one backend's run."""
    if run is None:
        return
    yield "verdict", run.get("verdict")
    for check in run.get("checks") or ():
        yield str(check["name"]), check["status"]
    parity = run.get("parity") or {}
    yield from ((name, parity.get(name)) for name in PARITY)
    losses = run.get("losses") or [None]
    yield "last loss", losses[-1]
    yield from ((name, run.get(name)) for name in NUMBERS)
    yield "device", run.get("device")
    yield from (run.get("versions") or {}).items()


def words(value: Any) -> str:
    """A value for a person; a dash where there is none."""
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)
