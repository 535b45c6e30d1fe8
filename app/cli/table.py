"""The results of a suite as text: checks by backend in a table, then what explains them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kerashift.engine.run.plan import CHECKS, RunResult
from kerashift.engine.run.suite import SuiteResult


def results_text(result: SuiteResult) -> str:
    """The checks table, a block for each backend, and the verdict in one line."""
    lines = [*_table(result.runs), ""]
    for run in result.runs:
        lines += [*_details(run), ""]
    return "\n".join([*lines, _verdict(result)]) + "\n"


def _table(runs: Sequence[RunResult]) -> Iterator[str]:
    rows = [["check", *(run.backend for run in runs)]]
    for name in CHECKS:
        status = [_status(run, name) for run in runs]
        if any(status):
            rows.append([name, *(text or "-" for text in status)])
    rows.append(["verdict", *(run.verdict.value for run in runs)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()


def _status(run: RunResult, name: str) -> str:
    return next((check.status.value for check in run.checks if check.name == name), "")


def _details(run: RunResult) -> Iterator[str]:
    versions = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    yield f"{run.backend} on {run.device or 'no device'}, {run.data} data"
    if versions:
        yield f"  {versions}"
    if run.python:
        yield f"  {run.python}"
    if run.losses:
        yield f"  loss {_number(run.losses[0])} to {_number(run.losses[-1])}{_costs(run)}"
    for check in run.checks:
        if check.detail:
            yield f"  {check.name}: {check.detail}"
    if run.error is not None:
        yield f"  {_place(run)}{run.error.type}: {run.error.message}"
        yield from (f"    {frame}" for frame in run.error.own_frames())
        if run.error.code:
            yield f"  {run.error.code} explains this: kerashift rules {run.error.code}"
    yield from (f"  {note}" for note in run.notes)


def _costs(run: RunResult) -> str:
    costs = ""
    if run.seconds_per_step is not None:
        costs += f", {run.seconds_per_step:.3g} s a step"
    if run.peak_memory_mib is not None:
        costs += f", {run.peak_memory_mib:,.0f} MiB at most"
    return costs


def _number(loss: float | None) -> str:
    return "not finite" if loss is None else f"{loss:.4g}"


def _place(run: RunResult) -> str:
    error = run.error
    if error is None or error.path is None:
        return ""
    cell = "" if error.cell is None else f"cell {error.cell}, "
    return f"{error.path}, {cell}line {error.line}: "


def _verdict(result: SuiteResult) -> str:
    if result.cancelled:
        return "Stopped."
    passed = sum(run.passed for run in result.runs)
    said = f"{result.entry}: {passed} of {len(result.runs)} backends passed every check."
    reasons = dict.fromkeys(run.unproven for run in result.runs if run.unproven)
    if not reasons:
        return said
    return f"{said}\nNOT PROVEN that the results are those of Keras 2: {'; '.join(reasons)}"
