"""What to run and how: the controls above the cards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QToolButton,
    QWidget,
)

from kerashift.engine.environments.devices import Device
from kerashift.engine.run.entries import Entry
from kerashift.engine.run.plan import BACKENDS, DEFAULT_STEPS
from kerashift.ui import icons
from kerashift.ui.theme import Theme
from kerashift.ui.views.run.arguments import ArgumentsDialog

ALWAYS = ("auto", "cpu", "gpu")
"""Devices that can be asked for before it is known what there is."""


@dataclass(frozen=True)
class Choice:
    """What the person chose."""

    entry: str
    device: str
    steps: int
    baseline: bool


class DeviceBox(QComboBox):
    """Says when its list is opened."""

    opened = Signal()

    def showPopup(self) -> None:
        self.opened.emit()
        super().showPopup()


class RunForm(QFrame):
    """Only asks; the run panel starts and stops."""

    run_wanted = Signal(tuple)
    stop_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._entries: dict[str, Entry] = {}
        self.setProperty("strip", True)
        self.entry = QComboBox()
        self.entry.setObjectName("entry")
        self.entry.setEditable(True)
        self.entry.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.entry.setMinimumContentsLength(5)
        self.entry.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        field = QLineEdit()
        field.setObjectName("entryField")
        field.setAccessibleName("Entry")
        field.setPlaceholderText("script.py or file.py::callable")
        self.entry.setLineEdit(field)
        self.entry.editTextChanged.connect(self._on_entry_changed)
        self.arguments = QToolButton()
        self.arguments.setObjectName("arguments")
        self.arguments.setText("Arguments…")
        self.arguments.setAccessibleName("Arguments of the script")
        self.arguments.setToolTip("The script's command-line arguments, with their defaults")
        self.arguments.hide()
        self.arguments.clicked.connect(self._ask_arguments)
        self.device = DeviceBox()
        self.device.setObjectName("device")
        for name in ALWAYS:
            self.device.addItem(name, name)
        self.steps = QSpinBox()
        self.steps.setObjectName("steps")
        self.steps.setRange(1, 100_000)
        self.steps.setValue(DEFAULT_STEPS)
        self.baseline = QCheckBox("vs Keras 2")
        self.baseline.setObjectName("baseline")
        self.baseline.setChecked(True)
        self.baseline.setAccessibleName("Compare with the Keras 2 original")
        self.baseline.setToolTip("Run the original under tf_keras and compare the numbers")
        self.stop = QPushButton()
        self.stop.setToolTip("Stop the run")
        self.stop.setAccessibleName("Stop the run")
        self.stop.setObjectName("stopRun")
        self.stop.clicked.connect(self.stop_wanted)
        self.run_all = QPushButton("Test all")
        self.run_all.setObjectName("runAll")
        self.run_all.setToolTip("Test on TensorFlow, JAX and PyTorch, one after the other")
        self.run_all.setProperty("primary", True)
        self.run_all.clicked.connect(lambda: self.run_wanted.emit(BACKENDS))
        self._arrange()
        self.set_running(False)
        theme.follow(self._on_theme_changed)

    def _arrange(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 5, 8, 5)
        row.setSpacing(4)
        for text, widget, stretch in (
            ("&Entry", self.entry, 1),
            ("De&vice", self.device, 0),
            ("Ste&ps", self.steps, 0),
        ):
            label = QLabel(text)
            label.setBuddy(widget)
            widget.setAccessibleName(text.replace("&", ""))
            row.addWidget(label)
            row.addWidget(widget, stretch)
            if widget is self.entry:
                row.addWidget(self.arguments)
        row.addWidget(self.baseline)
        row.addWidget(self.run_all)
        row.addWidget(self.stop)

    def choice(self) -> Choice:
        return Choice(
            self.entry.currentText().strip(),
            str(self.device.currentData()),
            self.steps.value(),
            self.baseline.isChecked(),
        )

    def set_choice(self, plan: Mapping[str, Any], baseline: bool) -> None:
        """Ask again for what was asked for once: the settings of a kept run."""
        self.entry.setCurrentText(str(plan.get("entry", "")))
        self.device.setCurrentIndex(max(self.device.findData(plan.get("device")), 0))
        self.steps.setValue(int(plan.get("steps") or DEFAULT_STEPS))
        self.baseline.setChecked(baseline)

    def set_entries(self, entries: Sequence[Entry], chosen: str) -> None:
        """Offer entries with the reason for each, best first; `chosen` is put in the field."""
        self._entries = {entry.entry: entry for entry in entries}
        self.entry.clear()
        for number, entry in enumerate(entries):
            self.entry.addItem(entry.entry)
            self.entry.setItemData(number, entry.reason, Qt.ItemDataRole.ToolTipRole)
        self.entry.setCurrentText(chosen or (entries[0].entry if entries else ""))

    def _script(self) -> tuple[Entry | None, str]:
        """The script in the field, if it is known to take arguments, and those that are given."""
        name, _, words = self.entry.currentText().strip().partition(" ")
        found = self._entries.get(name)
        return (found if found is not None and found.arguments else None), words

    def _on_entry_changed(self) -> None:
        self.arguments.setVisible(self._script()[0] is not None)

    def _ask_arguments(self) -> None:
        script, words = self._script()
        if script is None:
            return
        dialog = ArgumentsDialog(script.entry, script.arguments, words, self)
        if dialog.exec():
            self.entry.setCurrentText(f"{script.entry} {dialog.words()}".strip())
        dialog.deleteLater()

    def set_devices(self, devices: Sequence[Device]) -> None:
        """Offer the GPUs that backends see, by their names; the choice stays where it can."""
        chosen = self.device.currentData()
        gpus = [device for device in devices if device.id != "cpu"]
        self.device.clear()
        for name in ("auto", "cpu") if devices else ALWAYS:
            self.device.addItem(name, name)
        for device in gpus:
            self.device.addItem(device.id, device.id)
            self.device.setItemData(
                self.device.count() - 1, device.label, Qt.ItemDataRole.ToolTipRole
            )
        self.device.setCurrentIndex(max(self.device.findData(chosen), 0))

    def set_running(self, running: bool) -> None:
        self.stop.setEnabled(running)
        self.run_all.setEnabled(not running)

    def _on_theme_changed(self) -> None:
        colors = self._theme.colors
        self.stop.setIcon(icons.icon("stop", colors.failed))
        self.run_all.setIcon(icons.icon("run", colors.on_accent))
