"""The check report for people: issues by file, then what was found in all and what can be done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from kerashift.engine.model import Issue, Safety
from kerashift.engine.scan import Scan

_LETTERS = {Safety.SAFE: "S", Safety.REVIEW: "R", Safety.MANUAL: "M"}


def check_report(project: str, scan: Scan, issues: Sequence[Issue]) -> str:
    """The text for the `issues` that were asked for; `project` is the path as it was given."""
    lines = [*_files(issues), *_errors(scan), *_saved(scan)]
    lines += [summary(scan, issues), *_hints(project, issues)]
    return "\n".join(lines) + "\n"


def _files(issues: Sequence[Issue]) -> Iterator[str]:
    for path, group in groupby(issues, key=lambda issue: issue.path):
        yield path
        yield from issue_lines(list(group))
        yield ""


def issue_lines(issues: Sequence[Issue]) -> Iterator[str]:
    """One line an issue: place, code, safety as a letter, message; aligned."""
    places = [_place(issue) for issue in issues]
    width = max(map(len, places), default=0)
    for place, issue in zip(places, issues, strict=True):
        message = " ".join(issue.message.split())
        yield f"  {place:>{width}}  {issue.code} {_LETTERS[issue.safety]}  {message}"


def _place(issue: Issue) -> str:
    cell = "" if issue.cell is None else f"cell {issue.cell} "
    return f"{cell}{issue.line}:{issue.column}"


def _errors(scan: Scan) -> Iterator[str]:
    if scan.errors:
        yield "Not analysed:"
        yield from (f"  {error.path}: {error.message}" for error in scan.errors)
        yield ""


def _saved(scan: Scan) -> Iterator[str]:
    stranded = scan.saved.stranded() if scan.saved is not None else []
    if stranded:
        yield "Saved models that Keras 3 does not load:"
        for file in stranded:
            by = f" of Keras {file.version}" if file.version else ""
            yield f"  {file.path}: {file.kind}{by}"
        yield ""


def summary(scan: Scan, issues: Sequence[Issue]) -> str:
    """What was read and found, in a sentence or two."""
    size = f"{counted(len(scan.units), 'file')}, {counted(scan.lines, 'line')}"
    time = f"{scan.seconds:.2f} s"
    if not issues:
        return f"Nothing found in {size}, {time}."
    files = counted(len({issue.path for issue in issues}), "file")
    return f"{counted(len(issues), 'issue')} in {files} ({safeties(issues)}). Read {size}, {time}."


def safeties(issues: Iterable[Issue]) -> str:
    """How many of each safety: `12 safe, 3 review, 1 manual`."""
    counts = Counter(issue.safety for issue in issues)
    return ", ".join(f"{counts[safety]} {safety.value}" for safety in Safety if counts[safety])


def _hints(project: str, issues: Sequence[Issue]) -> Iterator[str]:
    counts = Counter(issue.safety for issue in issues if issue.fixable)
    if counts[Safety.SAFE]:
        yield f"{counts[Safety.SAFE]} can be fixed: kerashift fix {project} --write"
    if counts[Safety.REVIEW]:
        more = " more" if counts[Safety.SAFE] else ""
        yield f"{counts[Safety.REVIEW]}{more} with --safety review, to be read through"


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 file`, `1,200 files`."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
