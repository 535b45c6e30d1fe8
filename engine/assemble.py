"""Put the accepted fixes of one file together: edits merged, imports added and dropped."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kerashift.engine.model import Issue
from kerashift.engine.unit import Unit


@dataclass(frozen=True)
class Assembly:
    """The file with the fixes applied. `conflicts` are issues left out: their edits overlap."""

    text: str
    conflicts: tuple[str, ...] = ()


def assemble(unit: Unit, accepted: Sequence[Issue]) -> Assembly:
    """Apply the fixes of `accepted`; each is applied whole or not at all."""
    raise NotImplementedError
