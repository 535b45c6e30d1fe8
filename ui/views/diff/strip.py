"""The line above the panes: what the current block is, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from kerashift.engine.diff import Block
from kerashift.engine.model import Issue
from kerashift.ui import icons
from kerashift.ui.theme import Theme
from kerashift.ui.views.elided import ElidedLabel

STATES = {"accepted": "accepted", "skipped": "skipped", "open": "not decided"}


class BlockStrip(QFrame):
    """Shows one block; the buttons only ask, the diff view does."""

    accept_wanted = Signal()
    skip_wanted = Signal()
    next_wanted = Signal()
    previous_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._block: Block | None = None
        self.setProperty("strip", True)
        self._mark = QLabel()
        self._title = QLabel()
        self._message = ElidedLabel()
        self._count = QLabel()
        self._count.setProperty("muted", True)
        self.accept = _button("Accept", "acceptBlock", "Accept this change (A)")
        self.skip = _button("Skip", "skipBlock", "Skip this change (S)")
        self.previous = _arrow("previousBlock", "Previous change (Shift+F7)")
        self.next = _arrow("nextBlock", "Next change (F7)")
        self._arrange()
        self.accept.clicked.connect(self.accept_wanted)
        self.skip.clicked.connect(self.skip_wanted)
        self.previous.clicked.connect(self.previous_wanted)
        self.next.clicked.connect(self.next_wanted)
        theme.follow(self._on_theme_changed)
        self.show_nothing("")

    def _arrange(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 4, 8, 4)
        row.setSpacing(6)
        self._title.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        row.addWidget(self._mark)
        row.addWidget(self._title)
        row.addWidget(self._message, 1)
        for widget in (self._count, self.previous, self.next, self.accept, self.skip):
            row.addWidget(widget)

    def show_nothing(self, message: str) -> None:
        """No block is current; `message` says what there is instead."""
        self._block = None
        self._mark.clear()
        self._title.clear()
        self._message.set_full_text(message)
        self.accept.setEnabled(False)
        self.skip.setEnabled(False)

    def show_block(self, block: Block, issues: list[Issue]) -> None:
        self._block = block
        self.accept.setEnabled(any(issue.fixable for issue in issues))
        self.skip.setEnabled(bool(issues))
        self._on_theme_changed()
        if not issues:
            self._title.setText("<b>Imports</b>")
            self._message.set_full_text("Names that the accepted fixes use, or no longer use.")
            return
        first = issues[0]
        more = f" +{len(issues) - 1}" if len(issues) > 1 else ""
        state = "overlaps another fix" if block.conflicts else STATES[block.decision.value]
        self._title.setText(f"<b>{first.code}</b>{more} · {block.safety.value} · {state}")
        self._message.set_full_text(first.message.replace("`", ""))

    def show_count(self, text: str) -> None:
        self._count.setText(text)

    def _on_theme_changed(self) -> None:
        colors = self._theme.colors
        self.accept.setIcon(icons.icon("accept", colors.text))
        self.skip.setIcon(icons.icon("skip", colors.text))
        self.previous.setIcon(icons.icon("previous", colors.text))
        self.next.setIcon(icons.icon("next", colors.text))
        if self._block is not None:
            color = icons.safety_color(self._block.safety, colors)
            ratio = self.devicePixelRatioF()
            self._mark.setPixmap(icons.pixmap(self._block.safety.value, color, 16, ratio))


def _button(text: str, name: str, tip: str) -> QPushButton:
    button = QPushButton(QIcon(), text)
    button.setObjectName(name)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    return button


def _arrow(name: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName(name)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setIconSize(QSize(16, 16))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
