"""Runs the sides once for all tests that were selected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import pytest

from kerashift.engine.model import Safety
from tests.backends.opcases import AS_WRITTEN, Spelling, all_rows, case_file, spellings
from tests.backends.sides import KERAS2, Outcome, Task, run_side

PROVING = ("compiled", "symbolic", "static", "gradient")
"""What a safe fix must stand besides giving the same values."""
SLOW = "jax"
"""Compiles every call: runs each case as written and with variables only. How arguments are
spelled is the business of `keras.ops`, which is the same code on every backend."""


class Sides(Protocol):
    """The outcome of a side; the child runs when it is first asked for."""

    def __call__(self, side: str) -> Outcome: ...


@pytest.fixture(scope="session")
def op_sides(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sides:
    """All spellings of the rows that the selected tests are about."""
    chosen = {
        item.callspec.params["row"]
        for item in request.session.items
        if hasattr(item, "callspec") and "row" in item.callspec.params
    }
    cases = [s for name in sorted(chosen) for s in spellings(name) if s.is_fixed]
    paths = [path for name, row in all_rows().items() for path in (name, row.to) if path]

    def outcome(side: str) -> Outcome:
        tasks = [task for case in cases if (task := _task(side, case)) is not None]
        return run_side(side, tasks, tmp_path_factory.mktemp(f"ops-{side}"), paths)

    return once(outcome)


def once(outcome: Callable[[str], Outcome]) -> Sides:
    """Run each side one time, also if it fails."""
    known: dict[str, Outcome | Exception] = {}

    def remembered(side: str) -> Outcome:
        if side not in known:
            try:
                known[side] = outcome(side)
            except Exception as error:
                known[side] = error
        found = known[side]
        if isinstance(found, Exception):
            raise found
        return found

    return remembered


def _task(side: str, case: Spelling) -> Task | None:
    modes = ["eager"]
    if case.kind == AS_WRITTEN and case.safety is Safety.SAFE:
        spared = case_file()[case.name].without
        modes += [m for m in (["gradient"] if side == KERAS2 else PROVING) if m not in spared]
        if side == SLOW and "compiled" in modes:
            modes.remove("eager")
    elif side == SLOW and case.kind not in (AS_WRITTEN, "variables"):
        return None
    source = case.old if side == KERAS2 else case.new
    return Task(case.id, source, tuple(modes), function="case", inputs=case.inputs)
