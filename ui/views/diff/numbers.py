"""The margin of a diff pane: line numbers of the file, none beside a filler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from kerashift.ui.theme import Theme

if TYPE_CHECKING:
    from kerashift.ui.views.diff.pane import Pane

PADDING = 8


class LineNumbers(QWidget):
    """Painted by hand: a row is one text block of the pane, a number is a line of the file."""

    def __init__(self, pane: Pane, theme: Theme) -> None:
        super().__init__(pane)
        self._pane = pane
        self._theme = theme

    def width_for(self, lines: int) -> int:
        digits = max(len(str(lines)), 3)
        return self._pane.fontMetrics().horizontalAdvance("9" * digits) + 2 * PADDING

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self._pane.font())
        painter.fillRect(event.rect(), QColor(self._theme.colors.raised))
        current = self._pane.current_row()
        for row, rect in self._pane.visible_rows():
            area = QRectF(0, rect.top(), self.width(), rect.height())
            color = self._pane.row_color(row)
            if color is not None:
                painter.fillRect(area, color)
            colors = self._theme.colors
            painter.setPen(QColor(colors.text if row == current else colors.muted))
            text = area.adjusted(0, 0, -PADDING, 0)
            painter.drawText(text, int(Qt.AlignmentFlag.AlignRight), self._pane.number_text(row))
        painter.end()
