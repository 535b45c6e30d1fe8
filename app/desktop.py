"""Starts the desktop app: application, settings, theme, window, and the project to open."""

from __future__ import annotations

import shutil
import signal
import sys
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from kerashift.app.settings import open_preferences, state_dir
from kerashift.ui import icons
from kerashift.ui.main_window import MainWindow
from kerashift.ui.theme import Theme

SIGNAL_MS = 300
SWITCH_SECONDS = 0.0001
"""Each call into Qt lets go of the interpreter: while a scan computes, painting would otherwise
wait the usual 5 ms to get it back, thousands of times."""


def start_desktop(path: Path | None = None, argv: Sequence[str] | None = None) -> int:
    """Show the window and run until it is closed; gives the exit status."""
    sys.setswitchinterval(SWITCH_SECONDS)
    app = QApplication(list(argv if argv is not None else sys.argv[:1]))
    app.setApplicationName("Kerashift")
    app.setDesktopFileName("kerashift")
    app.setWindowIcon(icons.application_icon())
    preferences = open_preferences()
    window = MainWindow(preferences, Theme(app, preferences.scheme), sample_project)
    window.show()
    if path is not None:
        window.open_path(path)
    _close_on_signals(window)
    return app.exec()


def _close_on_signals(window: MainWindow) -> None:
    """Close the window, and with it all runs, when the terminal or the system asks to end."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: window.close())
    # Python handles a signal only when it gets to run: Qt's loop alone never lets it.
    waker = QTimer(window, interval=SIGNAL_MS)
    waker.timeout.connect(lambda: None)
    waker.start()


def sample_project() -> Path:
    """A fresh copy of the sample project that may be written to."""
    target = state_dir() / "sample" / "digits"
    shutil.rmtree(target, ignore_errors=True)
    with resources.as_file(resources.files("kerashift.resources") / "sample" / "digits") as source:
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    return target
