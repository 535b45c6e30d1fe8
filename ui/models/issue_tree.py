"""The issue tree: issues under their file or under their rule, with three-state ticks.

A thin adapter: ticks are the session's decisions, and ticking calls `Session.decide`, once for a
whole group so that it is one step to undo. Manual issues have nothing to accept and no tick.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QBrush, QColor, QFont

from kerashift.engine.model import Decision, Issue
from kerashift.engine.session import Session
from kerashift.ui import icons
from kerashift.ui.bridge import SessionBridge
from kerashift.ui.models.filter import IssueFilter
from kerashift.ui.models.words import check_state, describe, place
from kerashift.ui.theme import Theme

AnyIndex = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
FOUND = "▶ found by a run · "
"""Stands before the message of an issue that a run has failed at."""
ISSUE_ROLE = int(Role.UserRole) + 1
"""The `Issue` of a leaf; nothing for a group."""


class Grouping(StrEnum):
    FILE = "file"
    RULE = "rule"


class Column(IntEnum):
    TEXT = 0
    COUNT = 1


@dataclass(eq=False)
class _Group:
    row: int
    key: str
    label: str
    issues: list[Issue] = field(default_factory=list)


class IssueTreeModel(QAbstractItemModel):
    """Two levels: groups, and the issues that the filter lets through."""

    shown_changed = Signal()
    """Other issues are shown: the session, the grouping or the filter changed."""

    def __init__(self, bridge: SessionBridge, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._theme = theme
        self._grouping = Grouping.FILE
        self._filter = IssueFilter()
        self._groups: list[_Group] = []
        self._group_of: dict[str, tuple[_Group, int]] = {}
        bridge.session_changed.connect(self.rebuild)
        self._marks: Mapping[str, str] = {}
        bridge.changed.connect(self._on_changed)
        theme.changed.connect(self._refresh)
        self.rebuild()

    # What is shown

    @property
    def grouping(self) -> Grouping:
        return self._grouping

    def set_grouping(self, grouping: Grouping) -> None:
        self._grouping = grouping
        self.rebuild()

    def set_filter(self, issue_filter: IssueFilter) -> None:
        self._filter = issue_filter
        self.rebuild()

    def rebuild(self) -> None:
        """Read the session anew. Decisions alone change ticks, not which issues are shown."""
        self.beginResetModel()
        self._groups, self._group_of = [], {}
        session = self._bridge.session
        if session is not None:
            self._marks = session.marks
            self._fill(session)
        self.endResetModel()
        self.shown_changed.emit()

    def _fill(self, session: Session) -> None:
        groups: dict[str, _Group] = {}
        for issue in session.issues:
            if self._filter.accepts(issue, session.decision(issue.id)):
                key = issue.path if self._grouping is Grouping.FILE else issue.code
                label = key if self._grouping is Grouping.FILE else f"{issue.code} {issue.rule}"
                groups.setdefault(key, _Group(0, key, label)).issues.append(issue)
        self._groups = [groups[key] for key in sorted(groups)]
        for row, group in enumerate(self._groups):
            group.row = row
            self._group_of.update({i.id: (group, n) for n, i in enumerate(group.issues)})

    def _on_changed(self) -> None:
        session = self._bridge.session
        # Runs bring issues of their own.
        if session is not None and session.marks is not self._marks:
            self.rebuild()
        else:
            self._refresh()

    def _refresh(self) -> None:
        if not self._groups:
            return
        last = len(self._groups) - 1
        self.dataChanged.emit(self.index(0, 0), self.index(last, Column.COUNT))
        for group in self._groups:
            parent = self.index(group.row, 0)
            self.dataChanged.emit(
                self.index(0, 0, parent), self.index(len(group.issues) - 1, Column.COUNT, parent)
            )

    def shown(self) -> list[Issue]:
        """The issues shown, in the order of the tree."""
        return [issue for group in self._groups for issue in group.issues]

    def issue_at(self, index: AnyIndex) -> Issue | None:
        group = self._group_above(index)
        return group.issues[index.row()] if group is not None else None

    def issues_at(self, index: AnyIndex) -> list[Issue]:
        """The issue of a leaf, the issues of a group."""
        issue = self.issue_at(index)
        if issue is not None:
            return [issue]
        return list(self._groups[index.row()].issues) if index.isValid() else []

    def index_of(self, issue_id: str) -> QModelIndex:
        """Where an issue stands; an invalid index if the filter hides it."""
        found = self._group_of.get(issue_id)
        return self.createIndex(found[1], 0, found[0].row + 1) if found else QModelIndex()

    def _group_above(self, index: AnyIndex) -> _Group | None:
        """The group of a leaf. An index's id is 0 for a group, else its group's row and one."""
        number = index.internalId() if index.isValid() else 0
        return self._groups[number - 1] if number else None

    # QAbstractItemModel

    def index(self, row: int, column: int, parent: AnyIndex = QModelIndex()) -> QModelIndex:  # noqa: B008
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else 0)

    def parent(self, index: AnyIndex = QModelIndex()) -> Any:  # noqa: B008
        group = self._group_above(index)
        return self.createIndex(group.row, 0, 0) if group is not None else QModelIndex()

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        if not parent.isValid():
            return len(self._groups)
        if parent.column() != 0 or parent.internalId() != 0:
            return 0
        return len(self._groups[parent.row()].issues)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Role.DisplayRole:
            return ("Issue", "Line")[section]
        return None

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        flags = super().flags(index)
        if index.column() == 0 and any(issue.fixable for issue in self.issues_at(index)):
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def setData(self, index: AnyIndex, value: Any, role: int = Role.EditRole) -> bool:
        session = self._bridge.session
        if role != Role.CheckStateRole or session is None or index.column() != 0:
            return False
        fixable = [issue.id for issue in self.issues_at(index) if issue.fixable]
        if Qt.CheckState(value) is Qt.CheckState.Unchecked:
            # Open issues stay open: unticking a group refuses only what was accepted.
            fixable = [i for i in fixable if session.decision(i) is Decision.ACCEPTED]
            session.decide(fixable, Decision.SKIPPED)
        else:
            session.decide(fixable, Decision.ACCEPTED)
        return bool(fixable)

    def data(self, index: AnyIndex, role: int = Role.DisplayRole) -> Any:
        session = self._bridge.session
        if session is None or not index.isValid():
            return None
        issues = self.issues_at(index)
        if index.column() == Column.COUNT:
            return self._count_data(index, issues, role)
        if role == Role.CheckStateRole:
            return check_state(session, issues)
        issue = self.issue_at(index)
        if issue is None:
            return self._group_data(self._groups[index.row()], session, role)
        return self._issue_data(issue, session, role)

    def _count_data(self, index: AnyIndex, issues: list[Issue], role: int) -> Any:
        if role == Role.DisplayRole:
            issue = self.issue_at(index)
            return str(len(issues)) if issue is None else place(issue)
        if role == Role.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Role.ForegroundRole:
            return QBrush(QColor(self._theme.colors.muted))
        return None

    def _group_data(self, group: _Group, session: Session, role: int) -> Any:
        if role == Role.DisplayRole:
            return group.label
        if role in (Role.ToolTipRole, Role.AccessibleTextRole):
            accepted = sum(session.decision(i.id) is Decision.ACCEPTED for i in group.issues)
            return f"{group.label}: {len(group.issues)} issues, {accepted} accepted"
        if role == Role.DecorationRole:
            name = "file" if self._grouping is Grouping.FILE else "rule"
            return icons.icon(name, self._theme.colors.muted)
        return None

    def _issue_data(self, issue: Issue, session: Session, role: int) -> Any:
        decision, mark = session.decision(issue.id), session.marks.get(issue.id, "")
        if role == Role.DisplayRole:
            head = issue.code if self._grouping is Grouping.FILE else issue.path
            return f"{head}  {FOUND if mark else ''}{issue.message.replace('`', '')}"
        if role in (Role.ToolTipRole, Role.AccessibleTextRole):
            return describe(issue, decision, mark)
        if role == Role.ForegroundRole and mark:
            return QBrush(QColor(self._theme.colors.failed))
        if role == Role.DecorationRole:
            color = icons.safety_color(issue.safety, self._theme.colors)
            return icons.icon(issue.safety.value, color)
        if role == Role.FontRole and decision is Decision.SKIPPED:
            font = QFont()
            font.setStrikeOut(True)
            return font
        return issue if role == ISSUE_ROLE else None
