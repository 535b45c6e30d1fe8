"""The window: makes the parts, and ties them together. Parts do not know each other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QStackedWidget, QWidget

from kerashift.engine.model import Issue
from kerashift.ui import icons
from kerashift.ui.actions import IN_DIFF, Actions
from kerashift.ui.apply_flow import ApplyFlow
from kerashift.ui.bridge import SessionBridge
from kerashift.ui.commands import connect_commands
from kerashift.ui.convert_flow import ConvertFlow
from kerashift.ui.drop import dropped_path
from kerashift.ui.preferences import Preferences
from kerashift.ui.project import ProjectOpener
from kerashift.ui.tasks import Tasks
from kerashift.ui.theme import Theme
from kerashift.ui.views.diff.goal import Goal
from kerashift.ui.views.diff.rows import Side
from kerashift.ui.views.diff.view import DiffView
from kerashift.ui.views.drop_page import DropPage
from kerashift.ui.views.issues import IssuesPanel
from kerashift.ui.views.rule_page import RulePage
from kerashift.ui.views.run.panel import RunPanel
from kerashift.ui.views.status import StatusLine

WIDE = 1500
"""At first, the rule page has a column of its own in windows at least this wide."""
NARROW = 1100
"""It is a tab behind the issues in windows narrower than this."""
SHORT = 700
"""At first, the run panel of a window lower than this waits until something is run."""


class MainWindow(QMainWindow):
    """One project at a time; closing it stops whatever is going on."""

    def __init__(
        self,
        preferences: Preferences,
        theme: Theme,
        sample: Callable[[], Path] | None = None,
        size: QSize | None = None,
    ) -> None:
        super().__init__()
        self.preferences = preferences
        self.theme = theme
        self.sample = sample
        self.setObjectName("mainWindow")
        self.setWindowTitle("Kerashift")
        self.setWindowIcon(icons.application_icon())
        self.setAcceptDrops(True)
        self.bridge = SessionBridge(self)
        self.tasks = Tasks(self)
        self.opener = ProjectOpener(self.bridge, self.tasks, preferences, self)
        self.apply_flow = ApplyFlow(self.bridge, self.tasks, self)
        self.convert_flow = ConvertFlow(self.bridge, self.tasks, preferences, theme, self)
        self.issues = IssuesPanel(self.bridge, theme)
        self.diff = DiffView(self.bridge, self.tasks, theme)
        self.rule_page = RulePage(theme)
        self.run_panel = RunPanel(self.bridge, self.tasks, theme, preferences)
        self.drop_page = DropPage(theme)
        self.status = StatusLine(self.bridge)
        self.actions_ = Actions(self, theme)
        self.resize(size or QSize(1280, 800))
        self._arrange()
        self._connect()
        connect_commands(self)
        self.drop_page.show_recent(preferences.recent())

    # Layout

    def _arrange(self) -> None:
        self.addToolBar(self.actions_.tool_bar())
        self.setStatusBar(self.status)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.drop_page)
        self.pages.addWidget(self.diff)
        self.setCentralWidget(self.pages)
        area = Qt.DockWidgetArea
        self.setCorner(Qt.Corner.BottomLeftCorner, area.LeftDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, area.RightDockWidgetArea)
        rule_area = area.RightDockWidgetArea if self.width() >= WIDE else area.LeftDockWidgetArea
        self.docks = {
            "issues": self._dock("Issues", self.issues, area.LeftDockWidgetArea),
            "rule": self._dock("Rule", self.rule_page, rule_area),
            "run": self._dock("Run", self.run_panel, area.BottomDockWidgetArea),
        }
        self._size_docks()
        layout = self.preferences.layout()
        if layout is not None:
            self.restoreGeometry(layout[0])
            self.restoreState(layout[1])
        for dock in self.docks.values():
            self.actions_.menus["View"].addAction(dock.toggleViewAction())
        self._shown_docks = {name: not dock.isHidden() for name, dock in self.docks.items()}
        self._show_page(self.drop_page)

    def _dock(self, title: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title, self)
        dock.setObjectName(f"{title.lower()}Dock")
        dock.setWidget(widget)
        self.addDockWidget(area, dock)
        return dock

    def _size_docks(self) -> None:
        issues, rule, run = (self.docks[name] for name in ("issues", "rule", "run"))
        if self.width() < NARROW:
            self.tabifyDockWidget(issues, rule)
            issues.raise_()
        across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        self.resizeDocks([issues, rule], [self.width() * 3 // 10] * 2, across)
        if NARROW <= self.width() < WIDE:
            self.resizeDocks([issues, rule], [self.height() * 3 // 5, self.height() * 2 // 5], down)
        self.resizeDocks([run], [self.height() * 3 // 8], down)
        run.setHidden(self.height() < SHORT)

    def _show_page(self, page: QWidget) -> None:
        """Docks are there only while a project is."""
        if page is self.drop_page and self.pages.currentWidget() is self.diff:
            self._shown_docks = {name: not dock.isHidden() for name, dock in self.docks.items()}
        self.pages.setCurrentWidget(page)
        for name, dock in self.docks.items():
            dock.setVisible(page is self.diff and self._shown_docks[name])

    # Wiring

    def _connect(self) -> None:
        self.opener.started.connect(self._on_scan_started)
        self.opener.progressed.connect(self.status.show_progress)
        self.opener.opened.connect(self._on_opened)
        self.opener.failed.connect(self._on_not_opened)
        self.opener.cancelled.connect(lambda: self._on_not_opened("The scan was cancelled."))
        self.status.cancel_wanted.connect(self.opener.cancel)
        self.issues.issue_selected.connect(self._on_issue_selected)
        self.diff.issue_selected.connect(self._on_block_selected)
        self.diff.failed.connect(self.status.say)
        self.apply_flow.said.connect(self.status.say)
        self.convert_flow.said.connect(self.status.say)
        self.apply_flow.written.connect(self.opener.rescan)
        self.run_panel.said.connect(self.status.say)
        self.run_panel.place_wanted.connect(self.go_to_migrated)
        self.run_panel.rule_wanted.connect(self.rule_page.show_rule)
        self.run_panel.issue_wanted.connect(self.issues.go_to)
        self.drop_page.recent_wanted.connect(self.opener.open)
        for name in IN_DIFF:
            self.actions_[name].setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            self.diff.addAction(self.actions_[name])

    def open_path(self, path: Path) -> None:
        """Open a folder, a Python file or a notebook."""
        self.opener.open(path)

    def _on_scan_started(self, root: Path) -> None:
        self.drop_page.show_message("")
        self.status.show_progress(0, 0, f"Reading {root}")

    def _on_opened(self, root: Path) -> None:
        self.status.end_progress()
        self.setWindowTitle(f"{root.name} – Kerashift")
        self.apply_flow.look_up(root)
        self._show_page(self.diff)
        self.drop_page.show_recent(self.preferences.recent())
        session = self.bridge.session
        scan = session.scan if session else None
        if scan is not None:
            text = f"{len(scan.units)} files, {scan.lines:,} lines read in {scan.seconds:.1f} s"
            text += f", for Keras {scan.keras}."
            if scan.errors:
                text += f" {len(scan.errors)} could not be read: " + ", ".join(
                    f"{error.path} ({error.message})" for error in scan.errors[:3]
                )
            self.status.say(text)
        self.issues.select_first()
        self.issues.tree.setFocus()

    def _on_not_opened(self, text: str) -> None:
        self.status.end_progress()
        self.status.say(text)
        self.drop_page.show_message(text)

    def _on_issue_selected(self, issue: Issue) -> None:
        self.rule_page.show_issue(issue)
        self.diff.show_file(issue.path, Goal(issue=issue.id))

    def _on_block_selected(self, issue_id: str) -> None:
        """The diff went to a block: the tree follows, unless it is at an issue of that block."""
        session, block = self.bridge.session, self.diff.current_block
        chosen = self.issues.current_issue()
        if session is None or block is None or (chosen and chosen.id in block.issues):
            return
        self.issues.select(issue_id)
        self.rule_page.show_issue(session.issue(issue_id))

    def go_to_migrated(self, path: str, line: int) -> None:
        """Show a line (from 1) of a migrated file, as a run's traceback names it."""
        self.diff.show_file(path, Goal(line=line - 1, side=Side.RIGHT))

    # Drag and drop, end

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_path(event.mimeData()) is not None:
            event.acceptProposedAction()
            self.drop_page.set_hover(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.drop_page.set_hover(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.drop_page.set_hover(False)
        path = dropped_path(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.open_path(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.pages.currentWidget() is self.diff:
            self.preferences.set_layout(self.saveGeometry(), self.saveState())
        self.preferences.save()
        self.run_panel.shut_down()
        self.tasks.close()
        super().closeEvent(event)
