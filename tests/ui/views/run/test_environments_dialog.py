"""The dialog of environments: choose, add and make interpreters, see devices and GPUs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kerashift.engine.environments.devices import Device, DeviceReport
from kerashift.engine.environments.gpu_usage import GpuUsage
from kerashift.engine.environments.managed import Recipe
from kerashift.engine.environments.store import added_interpreters, chosen_interpreters
from kerashift.engine.run.environments import Environment
from kerashift.ui.main_window import MainWindow
from kerashift.ui.tasks import Tasks
from kerashift.ui.views.run import environments as dialogs
from kerashift.ui.views.run.environments import EnvironmentsDialog

KERAS3 = {"keras": "3.15.1", "jax": "0.10.2", "tensorflow": "2.21.0", "tf-keras": "2.21.0"}
FOUND = (
    Environment("/opt/one/python", "3.11.7", "the project's .venv", KERAS3),
    Environment("/opt/two/python", "3.12.1", "added", {"keras": "3.10.0", "jax": "0.6.0"}),
)


def with_gpu(environment: Environment, **_: object) -> Environment:
    gpu = Device("gpu:0", "NVIDIA H100", 81920)
    report = DeviceReport((Device("cpu", "CPU"), gpu), "12", "")
    return Environment(
        environment.python, environment.version, environment.label, environment.packages,
        dict.fromkeys(environment.packages, report),
    )  # fmt: skip


@pytest.fixture
def dialog(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> EnvironmentsDialog:
    monkeypatch.setattr(dialogs, "find_environments", lambda root: FOUND)
    monkeypatch.setattr(dialogs, "with_devices", with_gpu)
    dialog = EnvironmentsDialog(tmp_path, window.tasks, window)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: "gpu:0" in dialog.rows["jax"].facts.text())
    return dialog


def test_each_backend_shows_its_interpreter_versions_and_devices(
    dialog: EnvironmentsDialog,
) -> None:
    row = dialog.rows["jax"]
    assert row.python() == "/opt/one/python"
    assert "jax 0.10.2" in row.facts.text()
    assert "gpu:0 NVIDIA H100 (80 GiB)" in row.facts.text()
    assert "No interpreter" in dialog.rows["torch"].facts.text()
    assert "tf-keras 2.21.0" in dialog.rows["tf_keras"].facts.text()


def test_a_choice_is_kept_for_the_project(
    qtbot: QtBot, dialog: EnvironmentsDialog, tmp_path: Path
) -> None:
    combo = dialog.rows["jax"].combo
    with qtbot.waitSignal(dialog.changed):
        combo.setCurrentIndex(2)
        combo.activated.emit(2)
    assert chosen_interpreters(tmp_path) == {"jax": "/opt/two/python"}
    combo.setCurrentIndex(0)
    combo.activated.emit(0)
    assert not chosen_interpreters(tmp_path)


def test_an_interpreter_is_added_only_if_it_answers(
    qtbot: QtBot, dialog: EnvironmentsDialog, tmp_path: Path
) -> None:
    dialog.add_python(tmp_path / "nothing")
    qtbot.waitUntil(lambda: "does not answer" in dialog.state.text())
    assert not added_interpreters()
    with qtbot.waitSignal(dialog.changed, timeout=20_000):
        dialog.add_python(Path(sys.executable))
    assert added_interpreters() == (Path(sys.executable),)


def test_an_installation_tells_what_it_does_and_why_it_failed(
    qtbot: QtBot, dialog: EnvironmentsDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = Recipe("torch", (str(tmp_path / "absent-1.0-py3-none-any.whl"),))
    monkeypatch.setattr(dialogs, "recipe", lambda backend, cuda: absent)
    dialog.install("torch", False)
    assert dialog.cancel.isVisible()
    assert not dialog.rows["torch"].make.isEnabled()
    qtbot.waitUntil(lambda: "It was not made" in dialog.state.text(), timeout=60_000)
    assert "pip install" in dialog.log.toPlainText()
    assert dialog.rows["torch"].make.isEnabled()


def test_gpus_show_how_busy_they_are(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = (GpuUsage(0, "NVIDIA H100", 3072, 81920, 37),)
    monkeypatch.setattr(dialogs.GpuMonitor, "read", lambda self: usage)
    monkeypatch.setattr(dialogs, "find_environments", lambda root: FOUND)
    monkeypatch.setattr(dialogs, "with_devices", with_gpu)
    dialog = EnvironmentsDialog(tmp_path, window.tasks, window)
    qtbot.addWidget(dialog)
    assert dialog.usage.text() == "GPU 0 NVIDIA H100: 3.0 of 80 GiB, load 37 %"


def test_the_run_menu_opens_it_and_gpus_are_offered_by_their_number(
    qtbot: QtBot, opened: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dialogs, "find_environments", lambda root: FOUND)
    monkeypatch.setattr(dialogs, "with_devices", with_gpu)
    opened.actions_["environments"].trigger()
    found = QApplication.activeModalWidget() or opened.findChild(EnvironmentsDialog)
    assert isinstance(found, EnvironmentsDialog)
    qtbot.waitUntil(lambda: "gpu:0" in found.rows["jax"].facts.text())
    found.reject()
    form = opened.run_panel.form
    form.set_devices([Device("cpu", "CPU"), Device("gpu:0", "NVIDIA H100")])
    form.device.setCurrentIndex(2)
    assert form.choice().device == "gpu:0"


def test_closing_it_stops_what_it_started(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks: Tasks = window.tasks
    monkeypatch.setattr(dialogs, "find_environments", lambda root: FOUND)

    def slow(
        environment: Environment, *, fresh: bool, cancelled: Callable[[], bool]
    ) -> Environment:
        while not cancelled():
            pass
        return environment

    monkeypatch.setattr(dialogs, "with_devices", slow)
    dialog = EnvironmentsDialog(tmp_path, tasks, window)
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: tasks.is_running(dialogs.DEVICES))
    dialog.reject()
    qtbot.waitUntil(lambda: not tasks.is_running(dialogs.DEVICES))
