"""The status line: counts, the last message, and the progress of a scan with its cancel button."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QStatusBar, QWidget

from kerashift.ui.bridge import SessionBridge
from kerashift.ui.views.elided import ElidedLabel


class StatusLine(QStatusBar):
    """Counts follow the session by themselves."""

    cancel_wanted = Signal()

    def __init__(self, bridge: SessionBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.counts = QLabel()
        self.counts.setObjectName("counts")
        self.counts.setContentsMargins(6, 0, 12, 0)
        self.message = ElidedLabel()
        self.message.setObjectName("statusMessage")
        self.message.setProperty("muted", True)
        self.progress = QProgressBar()
        self.progress.setObjectName("scanProgress")
        self.progress.setAccessibleName("Progress of the scan")
        self.progress.setMaximumWidth(220)
        self.cancel = QPushButton("Cancel")
        self.cancel.setObjectName("cancelScan")
        self.cancel.clicked.connect(self.cancel_wanted)
        self.addWidget(self.counts)
        self.addWidget(self.message, 1)
        self.addPermanentWidget(self.progress)
        self.addPermanentWidget(self.cancel)
        self.end_progress()
        bridge.changed.connect(self._count)
        bridge.session_changed.connect(self._count)

    def say(self, text: str) -> None:
        self.message.set_full_text(text)

    def show_progress(self, done: int, total: int, text: str) -> None:
        self.progress.setRange(0, total)
        self.progress.setValue(done)
        self.progress.show()
        self.cancel.show()
        self.say(text)

    def end_progress(self) -> None:
        self.progress.hide()
        self.cancel.hide()

    def _count(self) -> None:
        session = self._bridge.session
        if session is None:
            self.counts.clear()
            return
        c = session.counts()
        self.counts.setText(
            f"{c.issues} issues · {c.safe} safe · {c.review} review · {c.manual} by hand"
            f" · {c.accepted} accepted · {c.skipped} skipped"
        )
