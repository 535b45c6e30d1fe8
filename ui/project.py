"""Opens and scans projects in the background; the session that results goes to the bridge."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from kerashift.engine.scan import Scan, scan_project
from kerashift.engine.session import Session
from kerashift.engine.tables.versions import KerasVersion
from kerashift.ui.bridge import SessionBridge
from kerashift.ui.preferences import Preferences
from kerashift.ui.tasks import TaskContext, Tasks

CHANNEL = "scan"


class ProjectOpener(QObject):
    """One project at a time; opening another one supersedes a running scan."""

    started = Signal(object)
    """A scan of this folder (`Path`) began."""
    progressed = Signal(int, int, str)
    opened = Signal(object)
    """The folder's session is on the bridge."""
    failed = Signal(str)
    cancelled = Signal()

    def __init__(
        self, bridge: SessionBridge, tasks: Tasks, preferences: Preferences, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._tasks = tasks
        self._preferences = preferences

    def open(self, path: Path) -> None:
        """Scan a folder or a file; nothing of it is run."""
        root = path.resolve()
        keras = self._preferences.keras(root)
        self.started.emit(root)
        self._tasks.start(
            CHANNEL,
            lambda context: _scan(root, keras, context),
            success=self._on_scanned,
            failure=lambda error: self.failed.emit(_words(root, error)),
            progress=self.progressed.emit,
            cancelled=self.cancelled.emit,
        )

    def rescan(self) -> None:
        """Read the open project from disk again; decisions stay where the same issue is found."""
        if self._bridge.session is not None:
            self.open(self._bridge.session.root)

    def cancel(self) -> None:
        self._tasks.cancel(CHANNEL)

    def _on_scanned(self, scan: Scan) -> None:
        session = Session(scan)
        old = self._bridge.session
        if old is not None and old.root == session.root:
            session.carry_over(old)
        self._bridge.set_session(session)
        self._preferences.add_recent(scan.root)
        self.opened.emit(scan.root)


def _scan(root: Path, keras: KerasVersion, context: TaskContext) -> Scan:
    return scan_project(root, keras=keras, progress=context.progress, cancelled=context.cancelled)


def _words(root: Path, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"There is nothing at {root}."
    return f"{root} could not be scanned: {error}"
