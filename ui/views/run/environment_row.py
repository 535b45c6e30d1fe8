"""One backend in the dialog of environments: its interpreter, its devices, a button to make one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QMenu, QPushButton

from kerashift.engine.run.child import LEGACY
from kerashift.engine.run.environments import Environment
from kerashift.ui.views.run.card import TITLES

AUTOMATIC = "Automatic"


class EnvironmentRow(QObject):
    """`chosen` says the backend and the interpreter, which is empty for the automatic choice."""

    chosen = Signal(str, str)
    install_wanted = Signal(str, bool)
    """The backend, and whether the CUDA build is wanted."""

    def __init__(self, backend: str) -> None:
        super().__init__()
        self.backend = backend
        self.title = TITLES["baseline" if backend == LEGACY else backend]
        self._environments: tuple[Environment, ...] = ()
        self.label = QLabel(f"<b>{self.title}</b>")
        self.combo = QComboBox()
        self.combo.setObjectName(f"interpreter-{backend}")
        self.combo.setAccessibleName(f"Interpreter for {self.title}")
        self.combo.setMinimumContentsLength(20)
        self.combo.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.combo.activated.connect(self._on_activated)
        self.label.setBuddy(self.combo)
        self.facts = QLabel()
        self.facts.setObjectName(f"facts-{backend}")
        self.facts.setWordWrap(True)
        self.facts.setProperty("muted", True)
        self.make = QPushButton("Create…")
        self.make.setAutoDefault(False)
        self.make.setObjectName(f"create-{backend}")
        self.make.setAccessibleName(f"Create an environment for {self.title}")
        self.make.setToolTip("Install Keras 3 and this backend in a folder of Kerashift's own")
        menu = QMenu(self.make)
        for text, cuda in (("For the &CPU", False), ("For NVIDIA &GPUs (CUDA)", True)):
            action = menu.addAction(text)
            action.triggered.connect(lambda _=False, c=cuda: self.install_wanted.emit(backend, c))
        self.make.setMenu(menu)

    def add_to(self, grid: QGridLayout, line: int) -> None:
        grid.addWidget(self.label, 2 * line, 0)
        grid.addWidget(self.combo, 2 * line, 1)
        grid.addWidget(self.facts, 2 * line + 1, 1, 1, 2)
        if self.backend != LEGACY:  # the environment for TensorFlow runs the original too
            grid.addWidget(self.make, 2 * line, 2)

    def show_environments(self, found: Sequence[Environment], chosen: str) -> None:
        """Offer those that can run the backend."""
        able = [e for e in found if self._can_run(e)]
        self._environments = tuple(able)
        self.combo.clear()
        first = f" ({able[0].python})" if able else " (none was found)"
        self.combo.addItem(AUTOMATIC + first, "")
        for environment in able:
            self.combo.addItem(f"{environment.python} ({environment.label})", environment.python)
        index = self.combo.findData(chosen) if chosen else 0
        if index < 0:
            self.combo.addItem(f"{chosen} (cannot run it any more)", chosen)
            index = self.combo.count() - 1
        self.combo.setCurrentIndex(index)
        self._show_facts(None)

    def _can_run(self, environment: Environment) -> bool:
        if self.backend == LEGACY:
            return environment.has_legacy
        return environment.can_run(self.backend)

    def python(self) -> str:
        """The interpreter that will be used; empty where there is none."""
        chosen = str(self.combo.currentData() or "")
        return chosen or (self._environments[0].python if self._environments else "")

    def show_devices(self, environment: Environment | None) -> None:
        self._show_facts(environment)

    def _show_facts(self, asked: Environment | None) -> None:
        python = self.python()
        known = asked or next((e for e in self._environments if e.python == python), None)
        if known is None:
            self.facts.setText("No interpreter has Keras 3 and this backend.")
            if self.backend == LEGACY:
                self.facts.setText("No interpreter has tf-keras and TensorFlow.")
            return
        wanted: tuple[str, ...] = ("keras", self.backend)
        if self.backend == LEGACY:
            wanted = ("tensorflow", "tf-keras" if known.has_tf_keras else "keras")
        parts = [f"{name} {known.packages[name]}" for name in wanted if name in known.packages]
        report = known.reports.get("tensorflow" if self.backend == LEGACY else self.backend)
        if report is not None:
            parts += [", ".join(device.label for device in report.devices)]
            parts += [f"built for CUDA {report.cuda}"] if report.cuda else []
            parts += [report.problem] if report.problem else []
        self.facts.setText(" · ".join(part for part in parts if part))

    def set_busy(self, busy: bool) -> None:
        self.make.setEnabled(not busy)

    def _on_activated(self) -> None:
        self._show_facts(None)
        self.chosen.emit(self.backend, str(self.combo.currentData() or ""))
