"""The find bar: looks for text in the pane that was used last, wrapping around."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextCursor, QTextDocument
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)


class FindBar(QFrame):
    """Hidden until `open_for`; Enter and Shift+Enter step, Escape closes."""

    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pane: QPlainTextEdit | None = None
        self.setObjectName("findBar")
        self.setProperty("strip", True)
        self.field = QLineEdit()
        self.field.setObjectName("findField")
        self.field.setAccessibleName("Find in this file")
        self.field.setPlaceholderText("Find in this file")
        self.field.setClearButtonEnabled(True)
        self._result = QLabel()
        self._result.setProperty("muted", True)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        row.addWidget(self.field, 1)
        row.addWidget(self._result)
        for text, name, slot in (
            ("Previous", "findPrevious", self.find_previous),
            ("Next", "findNext", self.find_next),
            ("Close", "findClose", self.close_bar),
        ):
            button = QPushButton(text)
            button.setObjectName(name)
            button.clicked.connect(slot)
            row.addWidget(button)
        self.field.textChanged.connect(self._on_text_changed)
        self.hide()

    def open_for(self, pane: QPlainTextEdit) -> None:
        self._pane = pane
        selected = pane.textCursor().selectedText()
        if selected and "\u2029" not in selected:
            self.field.setText(selected)
        self.show()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def find_next(self) -> None:
        self._find(QTextDocument.FindFlag(0))

    def find_previous(self) -> None:
        self._find(QTextDocument.FindFlag.FindBackward)

    def close_bar(self) -> None:
        self.hide()
        self.closed.emit()

    def _on_text_changed(self) -> None:
        if self._pane is not None:
            cursor = self._pane.textCursor()
            cursor.setPosition(cursor.selectionStart())
            self._pane.setTextCursor(cursor)
        self.find_next()

    def _find(self, flags: QTextDocument.FindFlag) -> None:
        text = self.field.text()
        if self._pane is None or not text:
            self._result.setText("")
            return
        found = self._pane.find(text, flags) or self._wrap(text, flags)
        self._result.setText("" if found else "Not found")

    def _wrap(self, text: str, flags: QTextDocument.FindFlag) -> bool:
        assert self._pane is not None
        kept = self._pane.textCursor()
        backward = bool(flags & QTextDocument.FindFlag.FindBackward)
        edge = QTextCursor.MoveOperation.End if backward else QTextCursor.MoveOperation.Start
        self._pane.moveCursor(edge)
        if self._pane.find(text, flags):
            return True
        self._pane.setTextCursor(kept)
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            back = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self.find_previous() if back else self.find_next()
        else:
            super().keyPressEvent(event)
