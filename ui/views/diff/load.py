"""Previews made ready on a worker thread: rows and syntax colours of one file."""

from __future__ import annotations

from dataclasses import dataclass

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
    alignment = align(session.preview(path))
    small = max(len(alignment.left_lines), len(alignment.right_lines)) <= SMALL
    return Loaded(alignment, colour(alignment) if small else None)


def colour(alignment: Alignment) -> Pieces:
    return colour_text(alignment.preview.original), colour_text(alignment.preview.migrated)
