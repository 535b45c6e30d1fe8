"""The strip between the panes: connects the two sides of a block and has its two buttons."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from kerashift.engine.diff import Block
from kerashift.engine.model import Decision, Safety
from kerashift.ui import icons
from kerashift.ui.theme import Theme, qcolor
from kerashift.ui.views.diff.pane import Pane
from kerashift.ui.views.diff.rows import Alignment


class Button(Enum):
    ACCEPT = "accept"
    SKIP = "skip"


class Gutter(QWidget):
    """Follows the left pane's scrolling; the panes' rows stand at the same height."""

    pressed = Signal(int, Button)
    """A block's index, and which of its buttons."""
    block_clicked = Signal(int)

    def __init__(self, pane: Pane, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pane = pane
        self._theme = theme
        self._alignment: Alignment | None = None
        self._current = -1
        self._hover: tuple[int, Button] | None = None
        self.setMouseTracking(True)
        self.setObjectName("diffGutter")
        self.setAccessibleName("Accept or skip each change")
        pane.updateRequest.connect(lambda *_: self.update())
        theme.changed.connect(self.update)

    def show_alignment(self, alignment: Alignment | None) -> None:
        self._alignment = alignment
        self._hover = None
        self.update()

    def set_current(self, index: int) -> None:
        self._current = index
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(2 * self._side() + 26, 0)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    # Geometry

    def _side(self) -> int:
        """The width of a button: as high as a row, but never too small to hit."""
        return max(self._pane.fontMetrics().height(), 18)

    def block_area(self, index: int) -> QRect | None:
        """Where a block's band is now, clipped to what is on screen."""
        if self._alignment is None:
            return None
        first, last = self._alignment.block_rows[index]
        rects = [
            rect for row, rect in self._pane.visible_rows() if first <= row < max(last, first + 1)
        ]
        if not rects:
            return None
        top = max(rects[0].top(), 0)
        return QRectF(0, top, self.width(), rects[-1].bottom() - top).toRect()

    def button_area(self, index: int, button: Button) -> QRect | None:
        """Where to click; nothing while the block is off screen or has no such button."""
        area = self.block_area(index)
        block = self._alignment.preview.blocks[index] if self._alignment else None
        if area is None or block is None or not has_button(block, button):
            return None
        side = self._side()
        left = self.width() - 2 * side - 4 if button is Button.ACCEPT else self.width() - side - 3
        return QRect(left, area.top(), side, side)

    def _block_at(self, point: QPoint) -> int | None:
        if self._alignment is None:
            return None
        for row, rect in self._pane.visible_rows():
            if rect.top() <= point.y() < rect.bottom() and row < len(self._alignment.rows):
                index = self._alignment.rows[row].block
                return index if index >= 0 else None
        return None

    def _button_at(self, point: QPoint) -> tuple[int, Button] | None:
        index = self._block_at(point)
        if index is None:
            return None
        for button in Button:
            area = self.button_area(index, button)
            if area is not None and area.contains(point):
                return index, button
        return None

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        hit = self._button_at(event.position().toPoint())
        index = self._block_at(event.position().toPoint())
        if index is not None:
            self.block_clicked.emit(index)
        if hit is not None:
            self.pressed.emit(*hit)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        hover = self._button_at(event.position().toPoint())
        if hover != self._hover:
            self._hover = hover
            shape = Qt.CursorShape.PointingHandCursor if hover else Qt.CursorShape.ArrowCursor
            self.setCursor(shape)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hover = None
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and self._alignment is not None:
            index = self._block_at(event.pos())
            if index is not None:
                block = self._alignment.preview.blocks[index]
                QToolTip.showText(event.globalPos(), tool_tip(block, self._button_at(event.pos())))
                return True
        return super().event(event)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(self._theme.colors.raised))
        if self._alignment is not None:
            rows = [row for row, _ in self._pane.visible_rows() if row < len(self._alignment.rows)]
            shown = {self._alignment.rows[row].block for row in rows} - {-1}
            for index in sorted(shown):
                self._paint_block(painter, index)
        painter.end()

    def _paint_block(self, painter: QPainter, index: int) -> None:
        area = self.block_area(index)
        if area is None or self._alignment is None:
            return
        block, colors = self._alignment.preview.blocks[index], self._theme.colors
        color = icons.safety_color(block.safety, colors)
        painter.fillRect(area, qcolor(color, 46 if block.changed else 22))
        painter.fillRect(QRect(0, area.top(), 3, area.height()), QColor(color))
        if index == self._current:
            painter.setPen(QColor(colors.accent))
            painter.drawRect(area.adjusted(0, 0, -1, -1))
        size = min(self._side() - 4, 16)
        mark = icons.pixmap(block.safety.value, color, size, self.devicePixelRatioF())
        painter.drawPixmap(QPoint(6, area.top() + (self._side() - size) // 2), mark)
        for button in Button:
            self._paint_button(painter, index, button, block)

    def _paint_button(self, painter: QPainter, index: int, button: Button, block: Block) -> None:
        area = self.button_area(index, button)
        if area is None:
            return
        colors = self._theme.colors
        state = Decision.ACCEPTED if button is Button.ACCEPT else Decision.SKIPPED
        box, on = area.adjusted(1, 1, -1, -1), block.decision is state
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(
            QColor(colors.accent if on or self._hover == (index, button) else colors.border)
        )
        painter.setBrush(QColor(colors.accent if on else colors.base))
        painter.drawRoundedRect(QRectF(box), 3, 3)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        size = box.height() - 4
        color = colors.on_accent if on else colors.text
        painter.drawPixmap(
            box.topLeft() + QPoint(2, 2),
            icons.pixmap(button.value, color, size, self.devicePixelRatioF()),
        )


def has_button(block: Block, button: Button) -> bool:
    """Import lines follow from other blocks, and work by hand cannot be accepted."""
    if not block.issues:
        return False
    return button is Button.SKIP or block.safety is not Safety.MANUAL


def tool_tip(block: Block, hit: tuple[int, Button] | None) -> str:
    if hit is not None:
        return "Accept this change (A)" if hit[1] is Button.ACCEPT else "Skip this change (S)"
    if not block.issues:
        return "Imports that the accepted fixes use, or no longer use"
    text = f"{len(block.issues)} issue{'s' * (len(block.issues) != 1)} · {block.safety.value}"
    state = f"{text} · {block.decision.value}"
    return f"{state}\nNot applied: overlaps another fix" if block.conflicts else state
