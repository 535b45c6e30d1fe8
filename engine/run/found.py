"""What runs have found, as issues: one that is known already is marked, another one is made."""
from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from kerashift.engine.model import Context, Issue, Safety, Span, Target
from kerashift.engine.rules.registry import rule
from kerashift.engine.run.plan import LIBRARY_NAMES, RunError, RunResult
from kerashift.engine.scan import Scan
from kerashift.engine.unit import Unit

MAX_MESSAGE = 200


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
        if run.error is None:
            continue
        left_out = [issue for issue in issues if is_open(issue)]
        explaining = _known(run.error, left_out)
        if not explaining:
            explaining = [issue for issue in (_new(run.error, scan),) if issue is not None]
            new |= {issue.id: issue for issue in explaining if issue.id not in new}
        backend = LIBRARY_NAMES.get(run.backend, run.backend)
        words = f"found by the run on {backend}: {_short(run.error)}"
        for issue in explaining:
            marks[issue.id] = f"{marks[issue.id]}\n{words}" if issue.id in marks else words
    return Found(tuple(new.values()), marks)


def _known(error: RunError, issues: Sequence[Issue]) -> list[Issue]:
    """The open issues that explain it: of its rule, on a line that it passed, innermost first.

    Some errors come late, as that of `compile` in `fit`: then those of its rule in that file, or
    the only one anywhere. Last, whatever can be fixed on the very line that failed.
    """
    of_rule = [issue for issue in issues if issue.code == error.code]
    here = (error.path, error.cell, error.line)
    passed = [(frame.path, frame.cell, frame.line) for frame in reversed(error.traceback)]
    nearest: list[list[Issue]] = [_at(place, of_rule) for place in (here, *passed)]
    nearest.append([i for i in of_rule if i.fixable and i.path == error.path])
    nearest.append(of_rule if len(of_rule) == 1 else [])
    nearest.append([issue for issue in _at(here, issues) if issue.fixable])
    return next((found for found in nearest if found), [])


def _at(place: tuple[str | None, int | None, int | None], issues: Iterable[Issue]) -> list[Issue]:
    path, cell, line = place
    return [
        issue
        for issue in issues
        if (issue.path, issue.cell) == (path, cell)
        and line is not None
        and issue.line <= line <= issue.end_line
    ]


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
