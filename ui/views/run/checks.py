"""What was proven: checks down, backends across."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from kerashift.engine.run.plan import CHECKS
from kerashift.ui.theme import Theme
from kerashift.ui.views.run.card import MARKS, TITLES
from kerashift.ui.views.run.state import BackendState

FACTS = ("keras", "data", "device", "python")
QUESTIONS = {
    "imports": "Imports",
    "builds": "Builds the model",
    "trains": "Trains",
    "saves": "Saves and loads",
    "baseline": "Agrees with Keras 2",
    "backends": "Agrees across backends",
}


class ChecksTable(QTableWidget):
    """A picture of some `BackendState`s; a double click on a failed cell goes to the error."""

    place_wanted = Signal(str, int)

    def __init__(
        self, backends: tuple[str, ...], theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(len(CHECKS) + len(FACTS), len(backends), parent)
        self._backends = backends
        self._theme = theme
        self._states = {name: BackendState(name) for name in backends}
        self.setObjectName("checksTable")
        self.setAccessibleName("Checks of each backend")
        self.setHorizontalHeaderLabels([TITLES.get(name, name) for name in backends])
        self.setVerticalHeaderLabels([*(QUESTIONS[name] for name in CHECKS), *FACTS])
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 6)
        self.cellActivated.connect(self._on_activated)
        theme.follow(self._render)

    def show_states(self, states: dict[str, BackendState]) -> None:
        self._states = {name: states.get(name, BackendState(name)) for name in self._backends}
        self._render()

    def _render(self) -> None:
        for column, backend in enumerate(self._backends):
            state = self._states[backend]
            for row, name in enumerate(CHECKS):
                check = state.checks.get(name)
                status, detail = (check.status, check.detail) if check else ("waiting", "")
                frames = state.error.frames if state.error and status == "failed" else ()
                self.setItem(row, column, self._item(status, detail, frames))
            for row, name in enumerate(FACTS, len(CHECKS)):
                self.setItem(row, column, QTableWidgetItem(state.facts.get(name, "")))

    def _item(self, status: str, detail: str, frames: tuple[str, ...]) -> QTableWidgetItem:
        colors = self._theme.colors
        item = QTableWidgetItem(f"{MARKS.get(status, '·')} {detail or status}".strip())
        color = {"passed": colors.passed, "failed": colors.failed}.get(status, colors.muted)
        item.setForeground(QColor(color))
        item.setToolTip("\n".join([detail, *frames]))
        item.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return item

    def _on_activated(self, _: int, column: int) -> None:
        error = self._states[self._backends[column]].error
        if error is not None and error.path:
            self.place_wanted.emit(error.path, error.migrated_line or 1)


class ChecksPage(QWidget):
    """The table, and the whole text of its current cell."""

    place_wanted = Signal(str, int)

    def __init__(
        self, backends: tuple[str, ...], theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.table = ChecksTable(backends, theme)
        self.table.place_wanted.connect(self.place_wanted)
        self.table.currentCellChanged.connect(self._on_cell)
        self._detail = QLabel()
        self._detail.setObjectName("checkDetail")
        self._detail.setTextFormat(Qt.TextFormat.PlainText)
        self._detail.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._detail.setWordWrap(True)
        self._detail.setContentsMargins(8, 4, 8, 4)
        self._detail.setVisible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.table, 1)
        column.addWidget(self._detail)

    def show_states(self, states: dict[str, BackendState]) -> None:
        self.table.show_states(states)
        self._show_detail()

    def _on_cell(self, row: int, column: int, old_row: int, old_column: int) -> None:
        self._show_detail()

    def _show_detail(self) -> None:
        item = self.table.currentItem()
        self._detail.setText(item.toolTip() if item is not None else "")
        self._detail.setVisible(bool(self._detail.text()))
