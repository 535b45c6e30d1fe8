"""How the rows of a pane are coloured: syntax, changed characters, backgrounds."""

from __future__ import annotations

from PySide6.QtGui import QColor, QTextCharFormat, QTextLayout

from kerashift.engine.diff import inline_spans
from kerashift.ui.theme import Colors
from kerashift.ui.views.diff.rows import Alignment, RowKind, Side, kind_of
from kerashift.ui.views.diff.syntax import Piece
from kerashift.ui.views.diff.utf16 import to_units


def row_formats(
    alignment: Alignment, side: Side, row: int, pieces: list[list[Piece]], colors: Colors
) -> list[QTextLayout.FormatRange]:
    """Formats of one row, in UTF-16 units; `pieces` are those of the side's lines, if known."""
    line = alignment.rows[row].line(side)
    if line is None:
        return []
    text = alignment.lines(side)[line]
    ranges = []
    for piece in pieces[line] if line < len(pieces) else ():
        style = QTextCharFormat()
        style.setForeground(QColor(getattr(colors, piece.kind.value)))
        ranges.append(_range(text, piece.start, piece.end, style))
    mark = QTextCharFormat()
    mark.setBackground(QColor(colors.left_mark if side is Side.LEFT else colors.right_mark))
    for start, end in _marks(alignment, side, row):
        ranges.append(_range(text, start, end, mark))
    return ranges


def _marks(alignment: Alignment, side: Side, row: int) -> list[tuple[int, int]]:
    """Changed characters of a row that has both sides."""
    block, pair = alignment.block(row), alignment.rows[row]
    if block is None or not block.changed or pair.left is None or pair.right is None:
        return []
    spans = inline_spans(alignment.left_lines[pair.left], alignment.right_lines[pair.right])
    return [(span.start, span.end) for span in spans[side]]


def _range(text: str, start: int, end: int, style: QTextCharFormat) -> QTextLayout.FormatRange:
    result = QTextLayout.FormatRange()
    result.start = to_units(text, start)
    result.length = to_units(text, end) - result.start
    result.format = style
    return result


def background(alignment: Alignment, side: Side, row: int, colors: Colors) -> QColor | None:
    """The background of a row, or nothing for a plain one."""
    if alignment.rows[row].line(side) is None:
        return QColor(colors.filler)
    match kind_of(alignment.block(row)):
        case RowKind.CHANGED:
            return QColor(colors.left_row if side is Side.LEFT else colors.right_row)
        case RowKind.PENDING:
            return QColor(colors.pending_row)
        case RowKind.SKIPPED:
            return QColor(colors.skipped_row)
        case _:
            return None
