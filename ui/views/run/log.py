"""The live log of all backends: bounded, selectable, each line marked with its backend."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFontDatabase, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from kerashift.ui.theme import Theme

MAX_LINES = 5000
MAX_LINE = 2000
"""Characters of a line that are shown: progress bars without line ends can be very long."""


class LogView(QPlainTextEdit):
    """Appends; follows the end unless the person has scrolled up."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._partial: dict[str, str] = {}
        self.setObjectName("runLog")
        self.setAccessibleName("Log of the run")
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setMaximumBlockCount(MAX_LINES)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setPlaceholderText("What the project prints while it runs.")

    def start(self) -> None:
        self._partial.clear()
        self.clear()

    def add(self, backend: str, text: str) -> None:
        """Append output as it comes; a line is shown when it is whole."""
        whole = self._partial.pop(backend, "") + text
        lines = whole.replace("\r\n", "\n").split("\n")
        if lines[-1]:
            self._partial[backend] = lines[-1][-MAX_LINE:]
        if len(lines) > 1:
            self._append(backend, [_last_state(line) for line in lines[:-1]])

    def finish(self) -> None:
        """Show the lines that never ended."""
        for backend in list(self._partial):
            self.add(backend, "\n")

    def _append(self, backend: str, lines: list[str]) -> None:
        bar = self.verticalScrollBar()
        follow = bar.value() >= bar.maximum() - 2
        kept = bar.value()
        mark = QTextCharFormat()
        mark.setForeground(QColor(getattr(self._theme.colors, backend, self._theme.colors.muted)))
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.beginEditBlock()
        for line in lines[-MAX_LINES:]:
            cursor.insertText(f"{backend[:10]:>10} │ ", mark)
            cursor.insertText(f"{line}\n", QTextCharFormat())
        cursor.endEditBlock()
        bar.setValue(bar.maximum() if follow else kept)


def _last_state(line: str) -> str:
    """What a terminal would show of a line that a progress bar wrote over and over."""
    shown = next((part for part in reversed(line.split("\r")) if part), "")
    text = "".join(char if char >= " " or char == "\t" else "�" for char in shown)
    return text if len(text) <= MAX_LINE else text[:MAX_LINE] + " …"
