"""What the engine makes of a piece of source when every fix is accepted."""

from __future__ import annotations

from dataclasses import dataclass

from kerashift.engine.assemble import assemble
from kerashift.engine.model import Issue
from kerashift.engine.scan import analyse_units, read_unit

PASSES = 5
"""A fix may uncover another; after so many passes nothing may change any more."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The final text, the issues of each pass, and whether the last pass changed nothing."""

    text: str
    issues: tuple[Issue, ...]
    conflicts: tuple[str, ...]
    is_stable: bool

    def of(self, code: str) -> tuple[Issue, ...]:
        return tuple(issue for issue in self.issues if issue.code == code)


def rewritten(source: str, path: str = "example.py") -> Rewritten:
    """Analyse, apply all fixes, and again until nothing changes."""
    issues: list[Issue] = []
    conflicts: list[str] = []
    for _ in range(PASSES):
        unit = read_unit(path, source.encode())
        analysis = analyse_units({path: unit})
        assert not analysis.errors, analysis.errors
        issues += analysis.issues
        result = assemble(unit, [issue for issue in analysis.issues if issue.fixable])
        conflicts += result.conflicts
        if result.text == source:
            return Rewritten(source, tuple(issues), tuple(conflicts), True)
        source = result.text
    return Rewritten(source, tuple(issues), tuple(conflicts), False)
