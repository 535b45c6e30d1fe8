"""A kept run as one HTML page that needs nothing else: verdicts, checks, numbers, curves, log."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from kerashift.engine.report.html_page import render
from kerashift.engine.run.comparison import PARITY, words
from kerashift.engine.run.history import Record
from kerashift.engine.run.plan import CHECKS

WIDTH, HEIGHT, MARGIN = 640, 220, 34
COLORS = {"tensorflow": "#b45309", "jax": "#6d28d9", "torch": "#be123c"}
LOG_CHARACTERS = 200_000


def run_report(record: Record) -> str:
    """The page of a run. All that comes from the project is escaped."""
    curves = {str(run["backend"]): run.get("losses") or [] for run in record.runs}
    return render(
        "run.html",
        record=record,
        started=time.strftime("%Y-%m-%d %H:%M", time.localtime(record.started)),
        checks=CHECKS,
        parity=PARITY,
        runs=record.runs,
        by_name={str(run["backend"]): _checks(run) for run in record.runs},
        words=words,
        curve=loss_curve(curves),
        colors=COLORS,
        log=record.log()[-LOG_CHARACTERS:],
    )


def _checks(run: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {str(check["name"]): check for check in run.get("checks") or ()}


def loss_curve(curves: Mapping[str, Sequence[float | None]]) -> str:
    """An SVG of losses by step, one line a backend; empty where there is nothing to draw."""
    points = {
        name: [(n, v) for n, v in enumerate(values) if isinstance(v, int | float) and v == v]
        for name, values in curves.items()
    }
    values = [v for line in points.values() for _, v in line if abs(v) != float("inf")]
    steps = max((len(line) for line in points.values()), default=0)
    if not values or steps < 2:
        return ""
    low, high = min(values), max(values)
    span = (high - low) or 1.0

    def place(step: int, value: float) -> str:
        x = MARGIN + step * (WIDTH - 2 * MARGIN) / (steps - 1)
        y = HEIGHT - MARGIN - (value - low) * (HEIGHT - 2 * MARGIN) / span
        return f"{x:.1f},{y:.1f}"

    lines = "".join(
        f'<polyline fill="none" stroke="{COLORS.get(name, "#475569")}" stroke-width="1.6" '
        f'points="{" ".join(place(n, v) for n, v in line if abs(v) != float("inf"))}"/>'
        for name, line in points.items()
    )
    ticks = (
        f'<text x="2" y="{MARGIN}" font-size="11">{high:.4g}</text>'
        f'<text x="2" y="{HEIGHT - MARGIN}" font-size="11">{low:.4g}</text>'
        f'<text x="{WIDTH - MARGIN}" y="{HEIGHT - 10}" font-size="11">{steps} steps</text>'
    )
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="Loss by step" '
        f'width="{WIDTH}" height="{HEIGHT}">{lines}<g fill="currentColor">{ticks}</g></svg>'
    )
