"""What runs have found, as issues: one that is known already is marked, another one is made."""
from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from kerashift.engine.model import Context, Issue, Safety, Span, Target
from kerashift.engine.rules.registry import rule
from kerashift.engine.run.plan import RunError, RunResult
from kerashift.engine.scan import Scan
from kerashift.engine.unit import Unit

MAX_MESSAGE = 200
NAMES = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}


@dataclass(frozen=True, slots=True)
class Found:
    """`issues` are new; `marks` say of issues, new or known, what a run met there."""

    issues: tuple[Issue, ...] = ()
    marks: dict[str, str] = field(default_factory=dict)


def found_by(
    runs: Iterable[RunResult],
    scan: Scan,
    issues: Sequence[Issue],
    is_open: Callable[[Issue], bool],
) -> Found:
    """The issues that explain the errors of the runs.

    `issues` are those known; `is_open` says whether one's fix was left out of what ran.
    """
    new: dict[str, Issue] = {}
    marks: dict[str, str] = {}
    for run in runs:
        error = run.error
        if error is None or error.code is None:
            continue
        issue = _known(error, [i for i in issues if is_open(i)]) or _new(error, scan)
        if issue is None:
            continue
        if issue not in issues:
            new.setdefault(issue.id, issue)
        backend = NAMES.get(run.backend, run.backend)
        words = f"found by the run on {backend}: {_short(error)}"
        marks[issue.id] = f"{marks[issue.id]}\n{words}" if issue.id in marks else words
    return Found(tuple(new.values()), marks)


def _known(error: RunError, issues: Sequence[Issue]) -> Issue | None:
    """The open issue of that rule on a line that the error passed, innermost first.

    Some errors come late, as that of `compile` in `fit`: then it is the only one of its rule.
    """
    of_rule = [issue for issue in issues if issue.code == error.code]
    places = [(frame.path, frame.cell, frame.line) for frame in reversed(error.traceback)]
    for place in ((error.path, error.cell, error.line), *places):
        for issue in of_rule:
            last = issue.line + issue.end_line - issue.line
            is_there = (issue.path, issue.cell) == place[:2]
            if is_there and place[2] is not None and issue.line <= place[2] <= last:
                return issue
    return of_rule[0] if len(of_rule) == 1 else None


def _new(error: RunError, scan: Scan) -> Issue | None:
    """An issue at the innermost line of the project."""
    unit = scan.units.get(error.path or "")
    if unit is None or error.line is None or error.code is None:
        return None
    try:
        explaining = rule(error.code)
    except KeyError:
        return None
    span = _line_span(unit, error.cell, error.line)
    start, end = unit.locate(span.start), unit.locate(span.end)
    return Issue(
        id=f"run:{unit.path}:{error.code}:{start.text_line}-0",
        code=error.code,
        rule=explaining.name,
        path=unit.path,
        span=span,
        line=start.line,
        column=start.column,
        end_line=end.line,
        end_column=end.column,
        text_line=start.text_line,
        message=_short(error),
        safety=Safety.MANUAL,
        target=Target.KERAS3,
        context=Context.HOST,
        cell=start.cell,
    )


def _line_span(unit: Unit, cell: int | None, line: int) -> Span:
    """The line without its indent."""
    first = next((start for start, number in unit.cells if number == cell), 0)
    index = bisect_right(unit.line_starts, first) - 1 + line - 1
    start = unit.line_starts[min(index, len(unit.line_starts) - 1)]
    text = unit.text[start:].partition("\n")[0]
    indent = len(text) - len(text.lstrip())
    return Span(start + indent, start + max(len(text.rstrip()), indent))


def _short(error: RunError) -> str:
    lines = [line.strip() for line in error.message.splitlines() if line.strip()]
    text = f"{error.type}: {lines[0]}" if lines else error.type
    return text if len(text) <= MAX_MESSAGE else text[:MAX_MESSAGE] + " …"
