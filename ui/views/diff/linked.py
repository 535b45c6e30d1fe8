"""Two panes that scroll as one."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QPlainTextEdit, QScrollBar


class LinkedScrolling(QObject):
    """Ties both scroll bars of two editors; a bar with less range does not hold the other back."""

    def __init__(self, left: QPlainTextEdit, right: QPlainTextEdit) -> None:
        super().__init__(left)
        self._moving = False
        self._tie(left.verticalScrollBar(), right.verticalScrollBar())
        self._tie(left.horizontalScrollBar(), right.horizontalScrollBar())

    def _tie(self, first: QScrollBar, second: QScrollBar) -> None:
        first.valueChanged.connect(lambda value: self._move(second, value))
        second.valueChanged.connect(lambda value: self._move(first, value))

    def _move(self, bar: QScrollBar, value: int) -> None:
        if not self._moving:
            self._moving = True
            bar.setValue(value)
            self._moving = False
