"""The bar beside the diff: every block of the file at a glance, click to go there."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from kerashift.ui import icons
from kerashift.ui.theme import Theme, qcolor
from kerashift.ui.views.diff.pane import Pane
from kerashift.ui.views.diff.rows import Alignment

LEAST_MARK = 3.0


class OverviewBar(QWidget):
    """Filled marks are accepted blocks, outlined ones are not; the frame is what is on screen."""

    row_wanted = Signal(int)

    def __init__(self, pane: Pane, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pane = pane
        self._theme = theme
        self._alignment: Alignment | None = None
        self.setObjectName("diffOverview")
        self.setAccessibleName("Overview of the changes in this file")
        self.setToolTip("All changes of this file: click to go there")
        pane.verticalScrollBar().valueChanged.connect(self.update)
        theme.changed.connect(self.update)

    def show_alignment(self, alignment: Alignment | None) -> None:
        self._alignment = alignment
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(16, 0)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _scale(self) -> float:
        """Pixels to a row; a short file is not stretched."""
        rows = len(self._alignment.rows) if self._alignment else 1
        return min(self.height() / max(rows, 1), self._pane.row_height())

    def mark_area(self, index: int) -> QRectF:
        """Where a block's mark is."""
        assert self._alignment is not None
        first, last = self._alignment.block_rows[index]
        height = max((last - first) * self._scale(), LEAST_MARK)
        return QRectF(3, first * self._scale(), self.width() - 6, height)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._go(event.position().y())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event.position().y())

    def _go(self, y: float) -> None:
        if self._alignment is not None:
            last = len(self._alignment.rows) - 1
            self.row_wanted.emit(min(max(int(y / self._scale()), 0), last))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colors = self._theme.colors
        painter.fillRect(event.rect(), QColor(colors.window))
        if self._alignment is not None:
            rows = [row for row, _ in self._pane.visible_rows()]
            seen = QRectF(0, rows[0] * self._scale(), self.width(), len(rows) * self._scale())
            painter.fillRect(seen, qcolor(colors.muted, 45))
            for index, block in enumerate(self._alignment.preview.blocks):
                color = QColor(icons.safety_color(block.safety, colors))
                area = self.mark_area(index)
                if block.changed or area.height() <= LEAST_MARK:
                    painter.fillRect(area, color)
                else:
                    painter.setPen(color)
                    painter.drawRect(area)
        painter.end()
