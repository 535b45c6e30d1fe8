"""Fix a project in memory, pass after pass, until its rules find nothing more that they may fix.

A fix can bring another one to light (an argument of a renamed function), or wait because it
overlaps one: the changed files are analysed again, as part of the whole project.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kerashift.engine.analyse import wanted
from kerashift.engine.model import FileError, Issue, Safety, Target
from kerashift.engine.saved import SavedPaths
from kerashift.engine.scan import Scan, analyse_units, read_unit
from kerashift.engine.sound import assemble_soundly, fixed_unit
from kerashift.engine.source import SourceError
from kerashift.engine.tables.versions import KerasVersion
from kerashift.engine.unit import Unit

MAX_PASSES = 5
_ALLOWED = {
    Safety.SAFE: frozenset({Safety.SAFE}),
    Safety.REVIEW: frozenset({Safety.SAFE, Safety.REVIEW}),
    Safety.MANUAL: frozenset(Safety),
}


@dataclass(frozen=True)
class FixResult:
    """The fixed project. `outputs` are the new bytes of the files that changed or are new."""

    outputs: dict[str, bytes]
    passes: int
    applied: tuple[Issue, ...]
    conflicts: tuple[Issue, ...]
    """Fixes that were wanted and could not be made: they overlap, or the file would not parse."""
    remaining: tuple[Issue, ...]
    """Issues of the fixed project, those in conflict among them."""
    errors: tuple[FileError, ...] = ()
    """Files that hold fixes and cannot be written in their encoding."""


@dataclass
class _Work:
    """What the passes change."""

    units: dict[str, Unit]
    issues: tuple[Issue, ...]
    exports: Mapping[str, frozenset[str]]
    keras: KerasVersion
    saved: SavedPaths | None = None
    keras2: frozenset[str] = frozenset()
    applied: list[Issue] = field(default_factory=list)
    errors: dict[str, FileError] = field(default_factory=dict)


def fix_project(
    scan: Scan, safety: Safety = Safety.SAFE, target: Target = Target.MULTI_BACKEND
) -> FixResult:
    """Make every fix up to `safety` that the target needs. Writes nothing."""
    work = _Work(dict(scan.units), scan.issues, scan.exports, scan.keras, scan.saved, scan.keras2)
    passes = 0
    while passes < MAX_PASSES and _run_pass(work, safety, target):
        passes += 1
    remaining = tuple(issue for issue in work.issues if wanted(issue, target))
    return FixResult(
        outputs={
            path: unit.data
            for path, unit in work.units.items()
            if path not in scan.units or unit.data != scan.units[path].data
        },
        passes=passes,
        applied=tuple(work.applied),
        conflicts=tuple(issue for issue in remaining if _may_fix(issue, safety)),
        remaining=remaining,
        errors=tuple(work.errors.values()),
    )


def _may_fix(issue: Issue, safety: Safety) -> bool:
    return issue.fixable and issue.safety in _ALLOWED[safety]


def _run_pass(work: _Work, safety: Safety, target: Target) -> bool:
    """Fix each file once and analyse anew; gives whether anything changed."""
    accepted: dict[str, list[Issue]] = {}
    for issue in work.issues:
        if wanted(issue, target) and _may_fix(issue, safety) and issue.path not in work.errors:
            accepted.setdefault(issue.path, []).append(issue)
    changed = False
    for path, issues in accepted.items():
        keep = work.exports.get(path, frozenset())
        try:
            assembly = assemble_soundly(work.units[path], issues, keep)
            unit = fixed_unit(work.units[path], assembly)
        except SourceError as error:
            work.errors[path] = FileError(path, str(error))
            continue
        if unit.data == work.units[path].data:
            continue
        changed = True
        work.units[path] = unit
        for new in assembly.creates:
            work.units[new.path] = read_unit(new.path, new.text.encode())
        made = set(assembly.applied)
        work.applied += [issue for issue in issues if issue.id in made]
    if changed:
        analysis = analyse_units(work.units, keras=work.keras, saved=work.saved, keras2=work.keras2)
        work.issues, work.exports = analysis.issues, analysis.exports
    return changed
