"""Testing on a backend: asked for once, seen live, stopped at will, proven at the end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from kerashift.app.settings import open_preferences
from kerashift.ui.main_window import MainWindow
from kerashift.ui.views.run.state import Status

ENTRY = '''"""A model that trains at once."""
from tensorflow import keras


def build_model():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    model.compile("sgd", "mse")
    return model
'''
FOREVER = """import time

from tensorflow import keras

print("here we go", keras.__name__, flush=True)
while True:
    time.sleep(0.05)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "model.py").write_text(ENTRY, encoding="utf-8")
    (root / "forever.py").write_text(FOREVER, encoding="utf-8")
    return root


def answer_trust(window: MainWindow, button: str | QMessageBox.StandardButton) -> QTimer:
    """Answer the question whether the project may run, as soon as it is asked."""

    def look() -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            timer.stop()
            found = (
                box.findChild(QPushButton, button)
                if isinstance(button, str)
                else box.button(button)
            )
            assert found is not None
            found.click()

    timer = QTimer(window, interval=20)
    timer.timeout.connect(look)
    timer.start()
    return timer


def test_nothing_runs_until_the_person_agrees(opened: MainWindow, project: Path) -> None:
    panel = opened.run_panel
    panel.form.entry.setCurrentText("model.py::build_model")
    answer_trust(opened, QMessageBox.StandardButton.Cancel)
    panel.start(("jax",))
    assert not panel.is_running
    assert not open_preferences().is_trusted(project)


def test_without_an_entry_the_panel_asks_for_one(opened: MainWindow) -> None:
    opened.run_panel.form.entry.setCurrentText("")
    opened.run_panel.start(("jax",))
    assert not opened.run_panel.is_running
    assert "Choose what to run" in opened.status.message.full_text()


def test_entries_and_interpreters_are_found(qtbot: QtBot, opened: MainWindow) -> None:
    form = opened.run_panel.form
    qtbot.waitUntil(lambda: form.entry.count() > 0, timeout=60_000)
    offered = [form.entry.itemText(n) for n in range(form.entry.count())]
    assert "model.py::build_model" in offered


@pytest.mark.backends
def test_a_backend_is_proven_in_the_window(qtbot: QtBot, opened: MainWindow, project: Path) -> None:
    panel = opened.run_panel
    panel.form.entry.setCurrentText("model.py::build_model")
    panel.form.baseline.setChecked(False)
    answer_trust(opened, "trustAndRun")
    with qtbot.waitSignal(panel.suite_finished, timeout=300_000):
        opened.actions_["run_jax"].trigger()
        assert panel.form.stop.isEnabled()
    assert panel.states["jax"].status is Status.PASSED
    assert "passed" in panel.cards["jax"].accessibleName()
    assert panel.curve.points("jax") > 0
    assert open_preferences().is_trusted(project)
    assert not panel.form.stop.isEnabled()


@pytest.mark.backends
def test_stop_ends_a_run_that_would_not_end(
    qtbot: QtBot, opened: MainWindow, project: Path
) -> None:
    panel = opened.run_panel
    opened.preferences.trust(project)
    panel.form.entry.setCurrentText("forever.py")
    panel.form.baseline.setChecked(False)
    panel.start(("jax",))
    qtbot.waitUntil(lambda: "here we go" in panel.log.toPlainText(), timeout=120_000)
    with qtbot.waitSignal(panel.controller.stopped, timeout=30_000):
        qtbot.mouseClick(panel.form.stop, Qt.MouseButton.LeftButton)
    assert panel.states["jax"].status is Status.SKIPPED
    assert opened.actions_["run_all"].isEnabled()


@pytest.mark.backends
def test_closing_the_window_ends_the_run(qtbot: QtBot, opened: MainWindow, project: Path) -> None:
    panel = opened.run_panel
    opened.preferences.trust(project)
    panel.form.entry.setCurrentText("forever.py")
    panel.form.baseline.setChecked(False)
    panel.start(("jax",))
    qtbot.waitUntil(lambda: "here we go" in panel.log.toPlainText(), timeout=120_000)
    opened.close()
    assert not _children()


def _children() -> list[str]:
    task = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    return task.read_text(encoding="ascii").split() if task.exists() else []
