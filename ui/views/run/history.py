"""The runs of the project that were kept: look at them again, compare two, run again, export."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from kerashift.engine.report.json import dumps
from kerashift.engine.report.run_html import run_report
from kerashift.engine.run.comparison import compare
from kerashift.engine.run.history import Record, forget, records
from kerashift.engine.run.plan import BACKENDS
from kerashift.ui.tasks import Tasks
from kerashift.ui.theme import Theme
from kerashift.ui.views.run.card import MARKS, TITLES

CHANNEL = "history"
TWO = 2
COLUMNS = ("When", "Entry", "Device", "Steps", *(TITLES[name] for name in BACKENDS))


class HistoryPage(QWidget):
    """A list of `Record`s; below it, what differs between the two that are selected."""

    again_wanted = Signal(object)
    """Run the plan of this record again."""
    said = Signal(str)

    def __init__(self, tasks: Tasks, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._theme = theme
        self._records: tuple[Record, ...] = ()
        self.list = _tree("historyList", "Kept runs", COLUMNS)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.itemSelectionChanged.connect(self._on_selected)
        labels = ("Backend", "What", "Newer", "Older")
        self.differences = _tree("historyDifferences", "What differs between two runs", labels)
        self.differences.setVisible(False)
        self.again = self._button("runAgain", "Run a&gain", self._on_again)
        self.page = self._button("exportRun", "&Export…", self._on_export)
        self.delete = self._button("deleteRun", "&Delete", self._on_delete)
        self._arrange()
        self._on_selected()
        theme.follow(self._render)

    def _button(self, name: str, text: str, act: Callable[[], None]) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setAccessibleName(text.replace("&", "").rstrip("…"))
        button.clicked.connect(lambda _=False: act())
        return button

    def _arrange(self) -> None:
        split = QSplitter(Qt.Orientation.Vertical)
        split.addWidget(self.list)
        split.addWidget(self.differences)
        split.setChildrenCollapsible(False)
        row = QHBoxLayout()
        row.setContentsMargins(6, 3, 6, 3)
        for button in (self.again, self.page, self.delete):
            row.addWidget(button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(split, 1)
        column.addLayout(row)

    # What is shown

    def load(self, root: Path) -> None:
        """Read the kept runs of a project in the background."""
        self._tasks.start(
            CHANNEL,
            lambda _: records(root),
            success=self.show_records,
            failure=lambda error: self.said.emit(f"The history cannot be read: {error}"),
        )

    def show_records(self, found: Sequence[Record]) -> None:
        self._records = tuple(found)
        self._render()

    def _render(self) -> None:
        self.list.clear()
        self.list.addTopLevelItems([self._item(record) for record in self._records])
        self._on_selected()

    def _item(self, record: Record) -> QTreeWidgetItem:
        plan, colors = record.plan, self._theme.colors
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(record.started))
        cells = [when, plan.get("entry", ""), plan.get("device", ""), plan.get("steps", "")]
        item = QTreeWidgetItem([*map(str, cells), *[""] * len(BACKENDS)])
        item.setData(0, Qt.ItemDataRole.UserRole, record.id)
        for run in record.runs:
            if run["backend"] not in BACKENDS:
                continue
            column = len(cells) + BACKENDS.index(run["backend"])
            verdict = str(run["verdict"])
            mark = MARKS.get(verdict, MARKS["failed"])
            item.setText(column, f"{mark} {verdict}")
            known = {"passed": colors.passed, "unproven": colors.review}
            item.setForeground(column, QColor(known.get(verdict, colors.failed)))
        return item

    def selected(self) -> list[Record]:
        """The records that are selected, the newest first."""
        chosen = {i.data(0, Qt.ItemDataRole.UserRole) for i in self.list.selectedItems()}
        return [record for record in self._records if record.id in chosen]

    def _on_selected(self) -> None:
        chosen = self.selected()
        self.again.setEnabled(len(chosen) == 1)
        self.page.setEnabled(len(chosen) == 1)
        self.delete.setEnabled(bool(chosen))
        self.differences.clear()
        self.differences.setVisible(len(chosen) == TWO)
        if len(chosen) == TWO:
            for row in compare(*chosen):
                title = TITLES.get(row.backend, row.backend) or "Settings"
                cells = [title, row.what, row.left, row.right]
                self.differences.addTopLevelItem(QTreeWidgetItem(cells))

    # What can be done

    def _on_again(self) -> None:
        self.again_wanted.emit(self.selected()[0])

    def _on_export(self) -> None:
        file, _ = QFileDialog.getSaveFileName(
            self, "Export the run", "run.html", "Report (*.html);;Data (*.json)"
        )
        if file:
            self.export(Path(file))

    def export(self, file: Path) -> None:
        """Write the selected run as a page, or as data for a name that ends in `.json`."""
        record = self.selected()[0]
        is_data = file.suffix == ".json"
        try:
            text = dumps(dict(record.result)) if is_data else run_report(record)
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            self.said.emit(f"{file} cannot be written: {error.strerror}")
            return
        self.said.emit(f"{file} written.")

    def _on_delete(self) -> None:
        chosen = self.selected()
        for record in chosen:
            try:
                forget(record)
            except OSError as error:
                self.said.emit(f"A run cannot be deleted: {error}")
                return
        self.show_records([record for record in self._records if record not in chosen])


def _tree(name: str, accessible: str, labels: Sequence[str]) -> QTreeWidget:
    tree = QTreeWidget()
    tree.setObjectName(name)
    tree.setAccessibleName(accessible)
    tree.setHeaderLabels(labels)
    tree.setRootIsDecorated(False)
    tree.setUniformRowHeights(True)
    tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    tree.header().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    return tree
