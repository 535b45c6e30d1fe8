"""Previews made ready on a worker thread: rows and syntax colours of one file."""

from __future__ import annotations

from dataclasses import dataclass, replace

from kerashift.engine.diff import Block
from kerashift.engine.model import Decision
from kerashift.engine.session import Session
from kerashift.ui.views.diff.rows import Alignment, align
from kerashift.ui.views.diff.syntax import Piece, colour_text

SMALL = 2000
"""Files of at most this many lines are coloured before they are shown, larger ones after."""

Pieces = tuple[list[list[Piece]], list[list[Piece]]]


@dataclass(frozen=True)
class Loaded:
    """A file ready to be shown; large files come without colours first."""

    alignment: Alignment
    pieces: Pieces | None


def load(session: Session, path: str) -> Loaded:
    preview = session.preview(path)
    blocks = tuple(replace(b, decision=_decision(session, b)) for b in preview.blocks)
    alignment = align(replace(preview, blocks=blocks))
    small = max(len(alignment.left_lines), len(alignment.right_lines)) <= SMALL
    return Loaded(alignment, colour(alignment) if small else None)


def _decision(session: Session, block: Block) -> Decision:
    """What was said of all issues of a block; open while they differ."""
    said = {session.decision(issue) for issue in block.issues}
    if not said:
        return block.decision
    return said.pop() if len(said) == 1 else Decision.OPEN


def colour(alignment: Alignment) -> Pieces:
    return colour_text(alignment.preview.original), colour_text(alignment.preview.migrated)
