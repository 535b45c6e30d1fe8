"""What the engine makes of a piece of source when every fix is accepted."""

from __future__ import annotations

from dataclasses import dataclass, field

from kerashift.engine.assemble import assemble
from kerashift.engine.model import Issue, NewFile
from kerashift.engine.saved import SavedFile, SavedPaths
from kerashift.engine.scan import analyse_units, read_unit
from kerashift.engine.tables import versions

PASSES = 5
"""A fix may uncover another; after so many passes nothing may change any more."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The final text, the issues of each pass, and whether the last pass changed nothing."""

    text: str
    issues: tuple[Issue, ...]
    conflicts: tuple[str, ...]
    is_stable: bool
    creates: dict[str, str] = field(default_factory=dict)
    """The text of each file that fixes put into the project, by path."""

    def of(self, code: str) -> tuple[Issue, ...]:
        return tuple(issue for issue in self.issues if issue.code == code)


def rewritten(
    source: str,
    path: str = "example.py",
    keras: str = "",
    saved: tuple[SavedFile, ...] = (),
    others: tuple[NewFile, ...] = (),
) -> Rewritten:
    """Analyse, apply all fixes, and again until nothing changes."""
    version = versions.parse(keras) if keras else versions.newest()
    issues: list[Issue] = []
    conflicts: list[str] = []
    creates: dict[str, str] = {}
    keras2: frozenset[str] = frozenset()
    for _ in range(PASSES):
        unit = read_unit(path, source.encode())
        beside = {name: read_unit(name, text.encode()) for name, text in creates.items()}
        beside |= {file.path: read_unit(file.path, file.text.encode()) for file in others}
        units, known = {path: unit, **beside}, SavedPaths.of(saved)
        analysis = analyse_units(units, keras=version, saved=known, keras2=keras2)
        keras2 = analysis.keras2
        assert not analysis.errors, analysis.errors
        issues += analysis.issues
        fixable = [issue for issue in analysis.issues if issue.fixable and issue.path == path]
        result = assemble(unit, fixable)
        conflicts += result.conflicts
        creates |= {new.path: new.text for new in result.creates}
        if result.text == source:
            return Rewritten(source, tuple(issues), tuple(conflicts), True, creates)
        source = result.text
    return Rewritten(source, tuple(issues), tuple(conflicts), False, creates)
