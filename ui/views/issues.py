"""The left side: the issue tree with its filter."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QMenu,
    QToolButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from kerashift.engine.model import Decision, Issue, Safety
from kerashift.ui import icons
from kerashift.ui.bridge import SessionBridge
from kerashift.ui.models.filter import IssueFilter
from kerashift.ui.models.issue_tree import Column, Grouping, IssueTreeModel
from kerashift.ui.theme import Theme

FILTER_MS = 150
UNFOLDED = 400
"""Trees of at most this many issues are shown unfolded."""


class IssuesPanel(QWidget):
    """Chooses issues and decides on them, one or many."""

    issue_selected = Signal(object)
    """The person went to an `Issue`."""

    def __init__(self, bridge: SessionBridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._theme = theme
        self._quiet = False
        self.model = IssueTreeModel(bridge, theme, self)
        self.tree = _tree(self.model)
        self.search = QLineEdit()
        self.search.setObjectName("issueFilter")
        self.search.setAccessibleName("Filter issues by text, code or path")
        self.search.setPlaceholderText("Filter: text, code, path")
        self.search.setClearButtonEnabled(True)
        self.by_file = _toggle("groupByFile", "By file", "Group the issues by file")
        self.by_rule = _toggle("groupByRule", "By rule", "Group the issues by rule")
        self.by_file.setAutoExclusive(True)
        self.by_rule.setAutoExclusive(True)
        self.by_file.setChecked(True)
        self.safeties = {
            safety: _toggle(f"show-{safety.value}", "", f"Show {safety.value} issues", down=True)
            for safety in Safety
        }
        self.only_open = _toggle("onlyOpen", "", "Show only issues that are not decided")
        self._timer = QTimer(self, singleShot=True, interval=FILTER_MS)
        self._arrange()
        self._connect()
        self._add_actions()
        theme.follow(self._on_theme_changed)

    def _arrange(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(1)
        buttons.addWidget(self.by_file)
        buttons.addWidget(self.by_rule)
        buttons.addStretch(1)
        for button in (*self.safeties.values(), self.only_open):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.search)
        column.addLayout(buttons)
        column.addWidget(self.tree, 1)

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda: self._timer.start())
        self._timer.timeout.connect(self.apply_filter)
        for button in (*self.safeties.values(), self.only_open):
            button.toggled.connect(self.apply_filter)
        self.by_rule.toggled.connect(
            lambda on: self.model.set_grouping(Grouping.RULE if on else Grouping.FILE)
        )
        self.model.shown_changed.connect(self._on_shown_changed)
        self.model.modelAboutToBeReset.connect(lambda: setattr(self, "_quiet", True))
        self.tree.selectionModel().currentChanged.connect(self._on_current)
        self.tree.clicked.connect(self._on_current)
        self.tree.customContextMenuRequested.connect(self._on_menu)

    def _add_actions(self) -> None:
        self._actions = []
        for text, key, decision in (
            ("Accept", "A", Decision.ACCEPTED),
            ("Skip", "S", Decision.SKIPPED),
            ("Leave undecided", "O", Decision.OPEN),
        ):
            action = QAction(text, self.tree)
            action.setShortcut(key)
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            action.triggered.connect(lambda _=False, d=decision: self.decide_selected(d))
            self.tree.addAction(action)
            self._actions.append(action)

    # Filter

    def apply_filter(self) -> None:
        """Show what the controls say, now."""
        self._timer.stop()
        shown = frozenset(safety for safety, button in self.safeties.items() if button.isChecked())
        self.model.set_filter(IssueFilter(self.search.text(), shown, self.only_open.isChecked()))

    def _on_shown_changed(self) -> None:
        self._quiet = False
        if len(self.model.shown()) <= UNFOLDED:
            self.tree.expandAll()
        elif self.model.rowCount():
            self.tree.expand(self.model.index(0, 0))

    # Selection

    def current_issue(self) -> Issue | None:
        return self.model.issue_at(self.tree.currentIndex())

    def select(self, issue_id: str) -> None:
        """Show an issue as the current one, without saying so to others."""
        index = self.model.index_of(issue_id)
        if index.isValid() and index != self.tree.currentIndex():
            self._quiet = True
            self.tree.setCurrentIndex(index)
            self.tree.scrollTo(index)
            self._quiet = False

    def go_to(self, issue_id: str) -> None:
        """Make an issue the current one, as if the person had chosen it."""
        index = self.model.index_of(issue_id)
        if index.isValid():
            self.tree.setCurrentIndex(index)
            self.tree.scrollTo(index)

    def select_first(self) -> None:
        shown = self.model.shown()
        if shown:
            self.tree.setCurrentIndex(self.model.index_of(shown[0].id))

    def _on_current(self, index: QModelIndex, _: QModelIndex | None = None) -> None:
        issues = self.model.issues_at(index)
        if issues and not self._quiet:
            self.issue_selected.emit(issues[0])

    # Decisions

    def decide_selected(self, decision: Decision) -> None:
        """One step for all that is selected; a group stands for its issues that are shown."""
        session = self._bridge.session
        if session is not None:
            rows = self.tree.selectionModel().selectedRows(Column.TEXT)
            ids = {issue.id: None for index in rows for issue in self.model.issues_at(index)}
            session.decide(ids, decision)

    def _on_menu(self, point: QPoint) -> None:
        menu = QMenu(self)
        menu.addActions(self._actions)
        menu.addSeparator()
        menu.addAction("Unfold all", self.tree.expandAll)
        menu.addAction("Fold all", self.tree.collapseAll)
        menu.exec(self.tree.viewport().mapToGlobal(point))
        menu.deleteLater()

    def _on_theme_changed(self) -> None:
        for safety, button in self.safeties.items():
            button.setIcon(icons.icon(safety.value, icons.safety_color(safety, self._theme.colors)))
        self.only_open.setIcon(icons.icon("waiting", self._theme.colors.text))


def _tree(model: IssueTreeModel) -> QTreeView:
    tree = QTreeView()
    tree.setObjectName("issueTree")
    tree.setAccessibleName("Issues")
    tree.setModel(model)
    tree.setUniformRowHeights(True)
    tree.setIndentation(14)
    tree.setTextElideMode(Qt.TextElideMode.ElideRight)
    tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    tree.setExpandsOnDoubleClick(True)
    tree.header().setStretchLastSection(False)
    tree.header().setSectionResizeMode(Column.TEXT, QHeaderView.ResizeMode.Stretch)
    tree.header().setSectionResizeMode(Column.COUNT, QHeaderView.ResizeMode.ResizeToContents)
    tree.setHeaderHidden(True)
    return tree


def _toggle(name: str, text: str, tip: str, *, down: bool = False) -> QToolButton:
    button = QToolButton()
    button.setObjectName(name)
    button.setText(text)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setCheckable(True)
    button.setChecked(down)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
