"""One side of the diff: a read-only editor that is fed padded rows, numbers its lines itself, and
colours only what is on screen."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontDatabase,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextCursor,
)
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from kerashift.ui.theme import Theme
from kerashift.ui.views.diff.formats import background, row_formats
from kerashift.ui.views.diff.numbers import LineNumbers
from kerashift.ui.views.diff.rows import Alignment, Side
from kerashift.ui.views.diff.syntax import Piece


class Pane(QPlainTextEdit):
    """Shows one side of an `Alignment`; text blocks of the editor are its rows."""

    row_entered = Signal(int)
    """The cursor moved; the row that it stands on."""

    def __init__(self, side: Side, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.side = side
        self._theme = theme
        self._alignment: Alignment | None = None
        self._pieces: list[list[Piece]] = []
        self._coloured: set[int] = set()
        self._shown: list[str] = []
        self._current = (-1, -1)
        self._visible: list[tuple[int, QRectF]] | None = None
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._numbers = LineNumbers(self, theme)
        self.updateRequest.connect(self._forget_rows)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self.cursorPositionChanged.connect(lambda: self.row_entered.emit(self.current_row()))
        theme.follow(self._on_theme_changed)

    # Content

    def show_alignment(self, alignment: Alignment | None) -> None:
        """Show other rows; only rows that differ are replaced, so the place is kept."""
        self._alignment = alignment
        self._pieces = []
        new = alignment.padded(self.side) if alignment else [""]
        if self._shown:
            self._replace_changed(new)
        else:
            self.setPlainText("\n".join(new))
        self._shown = new
        self._forget_rows()
        self._set_margin()
        self.recolour()

    def set_pieces(self, pieces: list[list[Piece]]) -> None:
        """Syntax colours for the lines (not rows) of this side."""
        self._pieces = pieces
        self.recolour()

    def _replace_changed(self, new: list[str]) -> None:
        old = self._shown
        short = min(len(old), len(new))
        head = next((n for n in range(short) if old[n] != new[n]), short)
        tail = next((n for n in range(short - head) if old[-1 - n] != new[-1 - n]), short - head)
        if head == len(old) == len(new):
            return
        if head + tail == short:  # rows only come or only go: take one along to write on
            head, tail = (head - 1, tail) if head else (head, tail - 1)
        cursor = QTextCursor(self.document().findBlockByNumber(head))
        last = self.document().findBlockByNumber(len(old) - 1 - tail)
        cursor.setPosition(last.position() + last.length() - 1, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText("\n".join(new[head : len(new) - tail]))

    # Rows

    def current_row(self) -> int:
        return self.textCursor().blockNumber()

    def put_cursor(self, row: int) -> None:
        self.setTextCursor(QTextCursor(self.document().findBlockByNumber(row)))

    def scroll_to(self, row: int, offset: int | None) -> None:
        """Bring a row to `offset` rows from the top; without one, into sight if it is not."""
        bar = self.verticalScrollBar()
        page = bar.pageStep()
        if offset is None and bar.value() + 1 < row < bar.value() + page - 2:
            return
        bar.setValue(row - (page // 4 if offset is None else offset))

    def set_current_rows(self, rows: tuple[int, int]) -> None:
        """Frame these rows as the current block."""
        self._current = rows
        self.viewport().update()

    def visible_rows(self) -> list[tuple[int, QRectF]]:
        """Row numbers on screen with their place in the viewport.

        Kept until the next scroll or change: the margin, the gutter and the overview all ask for
        it whenever they are painted.
        """
        if self._visible is None:
            self._visible = self._measure_rows()
        return self._visible

    def _measure_rows(self) -> list[tuple[int, QRectF]]:
        result = []
        block, offset = self.firstVisibleBlock(), self.contentOffset()
        number, bottom = block.blockNumber(), self.viewport().height()
        while block.isValid():
            rect = self.blockBoundingGeometry(block).translated(offset)
            if rect.top() > bottom:
                break
            result.append((number, rect))
            number, block = number + 1, block.next()
        return result

    def _forget_rows(self) -> None:
        self._visible = None
        self._numbers.update()

    def row_height(self) -> float:
        return self.blockBoundingRect(self.document().firstBlock()).height()

    # Colours

    def recolour(self) -> None:
        self._coloured.clear()
        self._colour_visible()
        self.viewport().update()

    def _on_scrolled(self) -> None:
        self._forget_rows()
        self._colour_visible()
        self._numbers.update()

    def _colour_visible(self) -> None:
        if self._alignment is None:
            return
        for row, _ in self.visible_rows():
            if row not in self._coloured and row < len(self._alignment.rows):
                self._coloured.add(row)
                self._colour_row(self.document().findBlockByNumber(row), row)

    def _colour_row(self, block: QTextBlock, row: int) -> None:
        assert self._alignment is not None
        colors = self._theme.colors
        ranges = row_formats(self._alignment, self.side, row, self._pieces, colors)
        block.layout().setFormats(ranges)
        self.document().markContentsDirty(block.position(), block.length())

    def row_color(self, row: int) -> QColor | None:
        """The background of a row, or nothing for a plain one."""
        if self._alignment is None or row >= len(self._alignment.rows):
            return None
        return background(self._alignment, self.side, row, self._theme.colors)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        width = self.viewport().width()
        for row, rect in self.visible_rows():
            area = QRectF(0, rect.top(), width, rect.height())
            self._paint_row(painter, row, area)
        painter.end()
        super().paintEvent(event)

    def _paint_row(self, painter: QPainter, row: int, area: QRectF) -> None:
        if self._alignment is None or row >= len(self._alignment.rows):
            return
        color = self.row_color(row)
        if color is not None:
            painter.fillRect(area, color)
        if self._alignment.rows[row].line(self.side) is None:
            hatch = QBrush(QColor(self._theme.colors.border), Qt.BrushStyle.BDiagPattern)
            painter.fillRect(area, hatch)
        first, last = self._current
        painter.setPen(QColor(self._theme.colors.accent))
        if row == first:
            painter.drawLine(area.topLeft(), area.topRight())
        if row == last - 1:
            bottom = QPointF(0, 1)
            painter.drawLine(area.bottomLeft() - bottom, area.bottomRight() - bottom)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._forget_rows()
        area = self.contentsRect()
        self._numbers.setGeometry(area.left(), area.top(), self._numbers.width(), area.height())
        self._colour_visible()

    def set_font(self, font: QFont) -> None:
        self.setFont(font)
        self._forget_rows()
        self._set_margin()
        self._colour_visible()

    def _set_margin(self) -> None:
        metrics = self.fontMetrics()
        self.setTabStopDistance(4 * metrics.horizontalAdvance(" "))
        width = self._numbers.width_for(self.line_count())
        self.setViewportMargins(width, 0, 0, 0)
        self._numbers.resize(width, self._numbers.height())

    def _on_theme_changed(self) -> None:
        self.recolour()
        self._numbers.update()

    def number_text(self, row: int) -> str:
        """What the margin says of a row."""
        rows = self._alignment.rows if self._alignment else []
        line = rows[row].line(self.side) if row < len(rows) else None
        return "" if line is None else str(line + 1)

    def line_count(self) -> int:
        return len(self._alignment.lines(self.side)) if self._alignment else 1
