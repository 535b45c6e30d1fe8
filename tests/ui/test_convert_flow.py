"""Saved models are listed, converted in the background after consent, and told about."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kerashift.engine.convert.discover import SavedKind, SavedModel
from kerashift.engine.convert.plan import ConversionPlan, ConversionResult, Outcome, Proof
from kerashift.ui.convert_flow import ConvertFlow
from kerashift.ui.main_window import MainWindow
from kerashift.ui.tasks import TaskContext
from kerashift.ui.views.convert_dialog import CODE, FILE, KIND, STATUS, ConvertDialog, target_of
from tests.ui.test_main_window import press_when_asked

HDF5 = b"\x89HDF\r\n\x1a\n" + bytes(64)


class Converter:
    """Stands in for the children; waits until it is let go or cancelled."""

    def __init__(self) -> None:
        self.plans: list[ConversionPlan] = []
        self.go = threading.Event()
        self.thread: threading.Thread | None = None
        self.was_cancelled = False

    def __call__(
        self, plans: list[ConversionPlan], context: TaskContext
    ) -> list[ConversionResult]:
        self.plans, self.thread = plans, threading.current_thread()
        context.progress(0, 4, plans[0].saved.path.name)
        while not self.go.is_set() and not context.cancelled():
            time.sleep(0.01)
        self.was_cancelled = context.cancelled()
        proof = Proof(difference=2e-7, largest=1.0, weights_difference=0.0)
        good = ConversionResult(plans[0], Outcome.EQUAL, proofs={"jax": proof}, notes=("no state",))
        bad = [ConversionResult(p, Outcome.FAILED, "it holds weights alone") for p in plans[1:]]
        return [good, *bad]


def opened_dialog(
    qtbot: QtBot, window: MainWindow, project: Path
) -> tuple[ConvertDialog, Converter]:
    """The dialog over a project with a model file and a checkpoint."""
    (project / "net.h5").write_bytes(HDF5)
    (project / "cp.index").write_bytes(b"\0")
    (project / "cp.data-00000-of-00001").write_bytes(b"\0")
    converter = Converter()
    window.convert_flow = ConvertFlow(
        window.bridge, window.tasks, window.preferences, window.theme, window, converter
    )
    window.convert_flow.ask()
    qtbot.waitUntil(lambda: window.convert_flow.dialog is not None)
    dialog = window.convert_flow.dialog
    assert dialog is not None
    return dialog, converter


def status(dialog: ConvertDialog, row: int) -> str:
    item = dialog.list.topLevelItem(row)
    assert item is not None
    return item.text(STATUS)


def test_the_menu_lists_the_saved_models_of_the_project(
    qtbot: QtBot, opened: MainWindow, project: Path
) -> None:
    (project / "net.h5").write_bytes(HDF5)
    opened.actions_["convert_models"].trigger()
    qtbot.waitUntil(lambda: opened.convert_flow.dialog is not None)
    dialog = opened.convert_flow.dialog
    assert dialog is not None
    item = dialog.list.topLevelItem(0)
    assert item is not None
    assert item.text(FILE) == "net.h5"
    assert item.checkState(FILE) is Qt.CheckState.Checked
    dialog.reject()
    qtbot.waitUntil(lambda: opened.convert_flow.dialog is None)


def test_a_conversion_runs_in_the_background_after_consent(
    qtbot: QtBot, opened: MainWindow, project: Path
) -> None:
    dialog, converter = opened_dialog(qtbot, opened, project)
    checkpoint = dialog.list.topLevelItem(0)
    assert checkpoint is not None
    assert checkpoint.checkState(FILE) is Qt.CheckState.Unchecked
    checkpoint.setText(CODE, "model.py::build")
    assert checkpoint.checkState(FILE) is Qt.CheckState.Checked
    press_when_asked(qtbot, opened, "trustAndRun")
    qtbot.mouseClick(dialog.convert, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: converter.thread is not None)
    assert converter.thread is not threading.main_thread()
    assert [plan.code for plan in converter.plans] == ["model.py::build", ""]
    assert not dialog.convert.isEnabled()
    converter.go.set()
    qtbot.waitUntil(lambda: "1 of 2" in dialog.message.text())
    assert "2e-07" in status(dialog, 0)
    assert "weights alone" in status(dialog, 1)
    assert "no state" in dialog.message.text()
    assert dialog.convert.isEnabled()
    dialog.reject()


def test_nothing_runs_without_consent(
    qtbot: QtBot, opened: MainWindow, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog, converter = opened_dialog(qtbot, opened, project)
    monkeypatch.setattr("kerashift.ui.convert_flow.ask_trust", lambda *_: False)
    qtbot.mouseClick(dialog.convert, Qt.MouseButton.LeftButton)
    assert not opened.tasks.is_running("convert")
    assert converter.plans == []
    assert dialog.convert.isEnabled()
    dialog.reject()


def test_closing_the_dialog_stops_the_conversion(
    qtbot: QtBot, opened: MainWindow, project: Path
) -> None:
    opened.preferences.trust(project)
    dialog, converter = opened_dialog(qtbot, opened, project)
    qtbot.mouseClick(dialog.convert, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: converter.thread is not None)
    dialog.reject()
    qtbot.waitUntil(lambda: converter.was_cancelled)
    qtbot.waitUntil(lambda: opened.convert_flow.dialog is None)


def test_the_converted_file_never_takes_the_place_of_another(tmp_path: Path) -> None:
    old = SavedModel(tmp_path / "net.keras", SavedKind.KERAS)
    old.path.write_bytes(b"")
    assert target_of(old) == tmp_path / "net-keras3.keras"
    folder = SavedModel(tmp_path / "served.v1", SavedKind.SAVED_MODEL)
    assert target_of(folder) == tmp_path / "served.v1.keras"


def test_what_keras_3_has_written_needs_no_conversion(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    models = [
        SavedModel(tmp_path / "new.keras", SavedKind.KERAS, "3.15.1"),
        SavedModel(tmp_path / "old.keras", SavedKind.KERAS, "2.15.0"),
    ]
    dialog = ConvertDialog(tmp_path, models, window.theme, window)
    qtbot.addWidget(dialog)
    rows = [dialog.list.topLevelItem(row) for row in (0, 1)]
    assert [row.checkState(FILE) is Qt.CheckState.Checked for row in rows if row] == [False, True]
    said = [status(dialog, row) for row in (0, 1)]
    assert said == ["Keras 3 has written it", "not converted yet"]
    assert [row.text(KIND) for row in rows if row] == [
        ".keras of Keras 3.15.1",
        ".keras of Keras 2.15.0",
    ]
