"""The app as a process: it starts on a project, and ends cleanly when it is asked to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from kerashift.app.desktop import sample_project
from kerashift.app.settings import state_dir

START = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from kerashift.app import desktop
from kerashift.ui.main_window import MainWindow

opened = MainWindow._on_opened
def say(window, root):
    opened(window, root)
    print("open", root.name, flush=True)
MainWindow._on_opened = say
sys.exit(desktop.start_desktop(Path(sys.argv[1])))
"""


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_app_opens_a_project_and_ends_when_the_system_asks(
    project: Path, number: signal.Signals
) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", START, str(project)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline().strip() == "open project"
        child.send_signal(number)
        assert child.wait(30) == 0
    finally:
        child.kill()
        child.communicate()


def test_the_sample_is_a_fresh_copy_each_time(qapp: QApplication) -> None:
    root = sample_project()
    assert state_dir() in root.parents
    (root / "train.py").write_text("changed", encoding="utf-8")
    assert "changed" not in (sample_project() / "train.py").read_text(encoding="utf-8")[:20]
