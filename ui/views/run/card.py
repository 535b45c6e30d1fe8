"""One backend of a run: its state, its checks as chips, its speed, and its error as a link."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from kerashift.engine.run.plan import CHECKS, LIBRARY_NAMES
from kerashift.ui import icons
from kerashift.ui.theme import Theme
from kerashift.ui.views.elided import ElidedLabel
from kerashift.ui.views.run.state import BackendState, Status

LINKS = (
    Qt.TextInteractionFlag.LinksAccessibleByKeyboard | Qt.TextInteractionFlag.LinksAccessibleByMouse
)
MARKS = {
    **{"passed": "✓", "unproven": "?", "failed": "✗", "skipped": "–"},
    **{"running": "▶", "waiting": "·"},
}
TITLES = {"baseline": "Keras 2 original", **LIBRARY_NAMES}


class BackendCard(QFrame):
    """A picture of one `BackendState`."""

    place_wanted = Signal(str, int)
    rule_wanted = Signal(str)
    run_wanted = Signal(tuple)

    def __init__(self, backend: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state = BackendState(backend)
        self.setObjectName(f"card-{backend}")
        self.setProperty("card", True)
        self._icon = QLabel()
        self._name = QLabel(f"<b>{TITLES.get(backend, escape(backend))}</b>")
        self._speed = ElidedLabel()
        self._speed.setProperty("muted", True)
        self._speed.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._chips = QLabel()
        self._chips.setTextFormat(Qt.TextFormat.RichText)
        self._chips.setWordWrap(True)
        self._detail = ElidedLabel()
        self._detail.setProperty("muted", True)
        self.error_link = QLabel()
        self.error_link.setObjectName(f"error-{backend}")
        self.error_link.setTextInteractionFlags(LINKS)
        self.error_link.linkActivated.connect(self._on_link)
        self.run = QToolButton()
        self.run.setObjectName(f"run-{backend}")
        self.run.setAccessibleName(f"Test on {TITLES.get(backend, backend)}")
        self.run.setToolTip(self.run.accessibleName())
        self.run.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.run.clicked.connect(lambda: self.run_wanted.emit((backend,)))
        head = QHBoxLayout()
        head.addWidget(self._icon)
        head.addWidget(self._name)
        head.addWidget(self._speed, 1)
        head.addWidget(self.run)
        column = QVBoxLayout(self)
        column.setContentsMargins(9, 4, 6, 5)
        column.setSpacing(1)
        column.addLayout(head)
        for widget in (self._chips, self._detail, self.error_link):
            column.addWidget(widget)
        theme.follow(self._render)

    def show_state(self, state: BackendState) -> None:
        self._state = state
        self._render()

    def _render(self) -> None:
        state, colors = self._state, self._theme.colors
        color = {
            Status.PASSED: colors.passed,
            Status.UNPROVEN: colors.review,
            Status.FAILED: colors.failed,
            Status.RUNNING: colors.accent,
        }.get(state.status, colors.muted)
        ratio = self.devicePixelRatioF()
        self._icon.setPixmap(icons.pixmap(state.status.value, color, 16, ratio))
        self.run.setIcon(icons.icon("run", colors.accent))
        self._icon.setToolTip(state.status.value)
        self._speed.set_full_text(state.speed())
        self._chips.setText("&thinsp; ".join(self._chip(name) for name in CHECKS))
        self._detail.set_full_text(state.summary())
        self._detail.setVisible(bool(state.summary()))
        self.error_link.setText(self._link_html())
        self.error_link.setVisible(state.error is not None)
        title = TITLES.get(state.backend, state.backend)
        self.setAccessibleName(f"{title}: {state.status.value}. {state.summary()}")
        if self.property("state") != state.status.value:
            self.setProperty("state", state.status.value)
            self.style().unpolish(self)
            self.style().polish(self)

    def _chip(self, name: str) -> str:
        check = self._state.checks.get(name)
        status = check.status if check else "waiting"
        colors = self._theme.colors
        color = {"passed": colors.passed, "failed": colors.failed}.get(status, colors.muted)
        text = f"{MARKS.get(status, '·')}&nbsp;{name}"
        return f'<span style="color:{color}; font-size:small">{text}</span>'

    def _link_html(self) -> str:
        error, colors = self._state.error, self._theme.colors
        if error is None:
            return ""
        parts = []
        if error.path and error.line:
            place = escape(f"{error.path}:{error.line}")
            parts.append(f'<a href="place" style="color:{colors.accent}">{place}</a>')
        if error.code:
            code = escape(error.code)
            parts.append(f'<a href="rule" style="color:{colors.accent}">{code}</a>')
        return " · ".join(parts)

    def _on_link(self, target: str) -> None:
        error = self._state.error
        if error is not None and target == "place":
            self.place_wanted.emit(error.path, error.migrated_line or 1)
        elif error is not None and target == "rule":
            self.rule_wanted.emit(error.code)
