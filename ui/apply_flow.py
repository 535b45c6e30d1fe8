"""Apply and take back: ask, do it in the background, say what happened, read the project anew."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from kerashift.engine.apply import ApplyResult, latest_journal, restore
from kerashift.engine.session import Session
from kerashift.ui.bridge import SessionBridge
from kerashift.ui.tasks import Tasks
from kerashift.ui.views.apply_dialog import ApplyDialog, Change, changes_of

CHANNEL = "apply"


class ApplyFlow(QObject):
    """Knows the journal of the project's last apply, so that it can be taken back."""

    written = Signal()
    """Files of the project changed on disk."""
    said = Signal(str)
    revertible_changed = Signal(bool)

    def __init__(self, bridge: SessionBridge, tasks: Tasks, window: QWidget) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._tasks = tasks
        self._window = window
        self._journal: Path | None = None

    def ask(self) -> None:
        """Work out what would change, then let the person confirm it."""
        session = self._bridge.session
        if session is not None:
            self.said.emit("Working out the changes…")
            self._tasks.start(
                CHANNEL,
                lambda _: changes_of(session),
                success=lambda changes: self._confirm(session, changes),
                failure=lambda error: self._fail("The changes could not be worked out", error),
            )

    def _confirm(self, session: Session, changes: list[Change]) -> None:
        self.said.emit("")
        if not changes:
            QMessageBox.information(
                self._window, "Apply", "No accepted fix changes a file: accept some first."
            )
            return
        dialog = ApplyDialog(session.root, changes, self._window)
        if dialog.exec():
            self.apply(session)
        dialog.deleteLater()

    def apply(self, session: Session) -> None:
        """Write the accepted fixes; `written` follows."""
        self._tasks.start(
            CHANNEL,
            lambda _: session.apply(),
            success=self._on_applied,
            failure=lambda error: self._fail("Nothing was written", error),
        )

    def _on_applied(self, result: ApplyResult) -> None:
        count = len(result.written)
        files = f"{count} file{'s' * (count != 1)}"
        self.said.emit(f"{files} written. Edit > Take back the last apply undoes it.")
        self.written.emit()

    def ask_revert(self) -> None:
        """Put back the files of the last apply, after a question."""
        journal = self._journal
        if journal is None:
            return
        answer = QMessageBox.question(
            self._window, "Take back", "Put back the files as they were before the last apply?"
        )
        if answer is QMessageBox.StandardButton.Yes:
            self.revert(journal)

    def revert(self, journal: Path) -> None:
        self._tasks.start(
            CHANNEL,
            lambda _: restore(journal),
            success=self._on_reverted,
            failure=lambda error: self._fail("The files were not put back", error),
        )

    def _on_reverted(self, paths: tuple[str, ...]) -> None:
        self.said.emit(f"{len(paths)} files put back.")
        self.written.emit()

    def look_up(self, root: Path) -> None:
        """A project was read: its last apply, of this or an earlier start, can be taken back."""
        self._journal = latest_journal(root)
        self.revertible_changed.emit(self._journal is not None)

    def _fail(self, text: str, error: Exception) -> None:
        self.said.emit(f"{text}: {error}")
        QMessageBox.warning(self._window, "Apply", f"{text}.\n\n{error}")
