"""The question before anything is written: which files, and how much of each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from kerashift.engine.session import Session


@dataclass(frozen=True)
class Change:
    """What would be written of one file."""

    path: str
    fixes: int
    left_out: int
    """Accepted fixes that overlap another one and are not applied."""
    is_new: bool = False
    """The file does not exist yet: the fixes of other files use it."""


def changes_of(session: Session) -> list[Change]:
    """The files that the accepted fixes change or add."""
    result = [Change(path, 0, 0, is_new=True) for path in sorted(session.new_files())]
    for path in session.changed_paths():
        left_out = len(session.assembly(path).conflicts)
        result.append(Change(path, len(session.accepted(path)) - left_out, left_out))
    return result


class ApplyDialog(QDialog):
    """Accepted when the person says Apply."""

    def __init__(self, root: Path, changes: list[Change], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("applyDialog")
        self.setWindowTitle("Apply the accepted fixes")
        self.resize(560, 400)
        column = QVBoxLayout(self)
        column.addWidget(_label(_summary(root, changes)))
        column.addWidget(_list(changes), 1)
        column.addWidget(_label("A journal is kept first, so that the apply can be taken back."))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        apply = buttons.addButton("Apply", QDialogButtonBox.ButtonRole.AcceptRole)
        apply.setObjectName("confirmApply")
        apply.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label


def _summary(root: Path, changes: list[Change]) -> str:
    fixes, left_out = sum(c.fixes for c in changes), sum(c.left_out for c in changes)
    text = f"{fixes} fixes will be written to {len(changes)} files in {root}."
    if left_out:
        text += f" {left_out} accepted fixes overlap others and are left out: rescan after this."
    return text


def _list(changes: list[Change]) -> QTreeWidget:
    view = QTreeWidget()
    view.setObjectName("applyFiles")
    view.setAccessibleName("Files that will be written")
    view.setHeaderLabels(["File", "Fixes", "Left out"])
    view.setRootIsDecorated(False)
    for change in changes:
        fixes = "new file" if change.is_new else str(change.fixes)
        item = QTreeWidgetItem([change.path, fixes, str(change.left_out or "")])
        item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight)
        item.setTextAlignment(2, Qt.AlignmentFlag.AlignRight)
        view.addTopLevelItem(item)
    view.header().setStretchLastSection(False)
    view.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    return view
