"""What the runs of a suite say of each other: the checks that no run can answer alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kerashift.engine.run.plan import (
    LIBRARY_NAMES,
    NOT_ASKED,
    Check,
    RunResult,
    Status,
    Verdict,
)

DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two backends on the same weights and batch; `gap` is `None` where it is not finite."""

    backend: str
    other: str
    gap: float | None
    rank: str


def no_original(reason: str) -> Check:
    """The answer when there is nothing to compare with."""
    first = reason.splitlines()[0] if reason else ""
    return Check(
        "baseline", Status.SKIPPED, f"the original could not be run under Keras 2: {first}"
    )


def with_check(run: RunResult, check: Check) -> RunResult:
    """The run with that check in its place, and the verdict that follows."""
    checks = [check if old.name == check.name else old for old in run.checks]
    if check not in checks:
        checks.append(check)
    failed = check.status is Status.FAILED and run.verdict in (Verdict.PASSED, Verdict.UNPROVEN)
    return replace(run, checks=tuple(checks), verdict=Verdict.FAILED if failed else run.verdict)


def with_proof_asked(run: RunResult) -> RunResult:
    """The run whose comparison with the original was asked for: without it nothing is proven."""
    baseline = next((check for check in run.checks if check.name == "baseline"), None)
    if run.verdict is not Verdict.PASSED or baseline is None:
        return run
    if baseline.status is not Status.SKIPPED:
        return run
    if baseline.detail == NOT_ASKED:
        run = with_check(run, replace(baseline, detail="there was no model to compare"))
    return replace(run, verdict=Verdict.UNPROVEN)


def with_backends_check(
    runs: Sequence[RunResult], agreements: Sequence[Agreement]
) -> list[RunResult]:
    """Each run with its answer to: do the backends agree?"""
    return [with_check(run, _backends_check(run, runs, agreements)) for run in runs]


def _backends_check(
    run: RunResult, runs: Sequence[RunResult], agreements: Sequence[Agreement]
) -> Check:
    if any(check.name == "backends" for check in run.checks):
        # It has answered by itself: its weights do not fit those of the others.
        return next(check for check in run.checks if check.name == "backends")
    if len(runs) < 2:
        return Check("backends", Status.SKIPPED, "only one backend was asked for")
    # Two that came to it at the same time have both compared.
    found = {_other(a, run.backend): a for a in agreements if run.backend in (a.backend, a.other)}
    own = [(each.backend, found[each.backend]) for each in runs if each.backend in found]
    if not own:
        return Check("backends", Status.SKIPPED, "no other backend came as far as this")
    differing = [a for _, a in own if a.rank == DIFFERENT]
    parts = [f"{LIBRARY_NAMES.get(name, name)} {a.rank} ({_number(a.gap)})" for name, a in own]
    status = Status.FAILED if differing else Status.PASSED
    return Check("backends", status, "forward: " + ", ".join(parts))


def _other(agreement: Agreement, backend: str) -> str:
    return agreement.other if agreement.backend == backend else agreement.backend


def _number(gap: float | None) -> str:
    return "not a number" if gap is None else f"{gap:.1e}"
