"""Put the accepted fixes of one file together: edits merged, imports added and dropped."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from kerashift.engine.edits import EditSet, Hunk, apply_edits
from kerashift.engine.imports import import_edits
from kerashift.engine.model import Edit, Issue, NewFile
from kerashift.engine.unit import Unit


@dataclass(frozen=True)
class Assembly:
    """The file with the fixes applied. `conflicts` are issues left out: their edits overlap."""

    text: str
    hunks: tuple[Hunk, ...] = ()
    applied: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    creates: tuple[NewFile, ...] = ()
    """Files that the applied fixes put into the project."""
    issues_of: dict[Edit, tuple[str, ...]] = field(default_factory=dict)
    """Which issues each edit comes from; imports that follow from several fixes have none."""


def assemble(unit: Unit, accepted: Sequence[Issue], keep: Collection[str] = ()) -> Assembly:
    """Apply the fixes of `accepted`; each is applied whole or not at all.

    Earlier issues win where two overlap. `keep` are names that other modules import from here:
    their imports stay even when nothing in the file uses them any more.
    """
    chosen = EditSet()
    origins: dict[Edit, tuple[str, ...]] = {}
    applied: list[Issue] = []
    conflicts: list[str] = []
    for issue in accepted:
        if issue.fix is None:
            continue
        if not chosen.fits(issue.fix.edits):
            conflicts.append(issue.id)
            continue
        applied.append(issue)
        chosen.add(issue.fix.edits)
        for edit in issue.fix.edits:
            origins[edit] = (*origins.get(edit, ()), issue.id)
    needs = {need for issue in applied if issue.fix for need in issue.fix.needs}
    edits = import_edits(unit, chosen, needs, keep, origins)
    text, hunks = apply_edits(unit.text, edits)
    creates = sorted({new for issue in applied if issue.fix for new in issue.fix.creates})
    return Assembly(
        text, hunks, tuple(i.id for i in applied), tuple(conflicts), tuple(creates), origins
    )
