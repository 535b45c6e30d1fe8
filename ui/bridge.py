"""The session's changes as a Qt signal."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from kerashift.engine.session import Session


class SessionBridge(QObject):
    """Sends `changed` after each change of the session; `session_changed` when it is another one.

    Views keep the bridge and read `session` whenever they are told; they change it only through
    the session's own methods.
    """

    changed = Signal()
    session_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session: Session | None = None
        self._unsubscribe = _nothing

    @property
    def session(self) -> Session | None:
        return self._session

    def set_session(self, session: Session | None) -> None:
        self._unsubscribe()
        self._session = session
        self._unsubscribe = session.subscribe(self.changed.emit) if session else _nothing
        self.session_changed.emit()


def _nothing() -> None:
    return None
