"""The dialog of environments: which interpreter runs which backend, their devices, new ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from kerashift.engine.environments.gpu_usage import GpuMonitor, GpuUsage
from kerashift.engine.environments.managed import make_environment, recipe
from kerashift.engine.environments.store import (
    add_interpreter,
    choose_interpreter,
    chosen_interpreters,
)
from kerashift.engine.run.child import LEGACY
from kerashift.engine.run.environments import (
    BACKENDS,
    Environment,
    find_environments,
    probe,
    with_devices,
)
from kerashift.ui.tasks import TaskContext, Tasks
from kerashift.ui.views.run.environment_row import EnvironmentRow

FIND, DEVICES, INSTALL = "environments", "devices", "install"
USAGE_MS = 1000
LOG_LINES = 5000


class EnvironmentsDialog(QDialog):
    """Choices are kept for the project at once; `changed` follows each."""

    changed = Signal()

    def __init__(self, root: Path, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._root = root
        self._tasks = tasks
        self._environments: tuple[Environment, ...] = ()
        self._monitor = GpuMonitor()
        self.setObjectName("environmentsDialog")
        self.setWindowTitle("Environments")
        self.resize(780, 440)
        self.rows = {name: EnvironmentRow(name) for name in (*BACKENDS, LEGACY)}
        self.state = _label("")
        self.state.setObjectName("environmentsState")
        self.usage = _label("")
        self.usage.setObjectName("gpuUsage")
        self.log = QPlainTextEdit()
        self.log.setObjectName("installLog")
        self.log.setAccessibleName("What the installation says")
        self.log.setReadOnly(True)
        self.log.setMaximumBlockCount(LOG_LINES)
        self.log.hide()
        self.add = QPushButton("&Add an interpreter…")
        self.add.setObjectName("addInterpreter")
        self.refresh = QPushButton("&Refresh")
        self.refresh.setObjectName("refreshEnvironments")
        self.cancel = QPushButton("&Stop the installation")
        self.cancel.setObjectName("cancelInstall")
        self.cancel.hide()
        for button in (self.add, self.refresh, self.cancel):
            button.setAutoDefault(False)
        self._arrange()
        self._connect()
        self._timer = QTimer(self, interval=USAGE_MS)
        self._timer.timeout.connect(self._show_usage)
        self._timer.start()
        self._show_usage()
        self.look()

    def _arrange(self) -> None:
        grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        for line, row in enumerate(self.rows.values()):
            row.add_to(grid, line)
        buttons = QHBoxLayout()
        buttons.addWidget(self.add)
        buttons.addWidget(self.refresh)
        buttons.addWidget(self.cancel)
        buttons.addStretch(1)
        close = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close.rejected.connect(self.reject)
        buttons.addWidget(close)
        column = QVBoxLayout(self)
        column.addWidget(_label("Each backend runs with the interpreter that you choose here."))
        column.addLayout(grid)
        column.addWidget(self.usage)
        column.addWidget(self.state)
        column.addWidget(self.log, 1)
        column.addStretch(0)
        column.addLayout(buttons)

    def _connect(self) -> None:
        for row in self.rows.values():
            row.chosen.connect(self._on_chosen)
            row.install_wanted.connect(self.install)
        self.add.clicked.connect(self._ask_interpreter)
        self.refresh.clicked.connect(lambda: self.look(fresh=True))
        self.cancel.clicked.connect(lambda: self._tasks.cancel(INSTALL))

    # Finding

    def look(self, *, fresh: bool = False) -> None:
        """Find interpreters, then ask those that are in use for their devices."""
        self.state.setText("Looking for interpreters …")
        root = self._root
        self._tasks.start(
            FIND,
            lambda _: find_environments(root),
            success=lambda found: self._on_found(found, fresh),
            failure=lambda error: self.state.setText(f"None could be found: {error}"),
        )

    def _on_found(self, found: tuple[Environment, ...], fresh: bool) -> None:
        self._environments = found
        chosen = chosen_interpreters(self._root)
        for name, row in self.rows.items():
            row.show_environments(found, chosen.get(name, ""))
        used = {row.python() for row in self.rows.values()} - {""}
        self.state.setText("Asking the backends for devices …")
        wanted = [e for e in found if e.python in used]
        self._tasks.start(
            DEVICES,
            lambda context: [
                with_devices(e, fresh=fresh, cancelled=context.cancelled) for e in wanted
            ],
            success=self._on_devices,
            failure=lambda error: self.state.setText(f"Devices are not known: {error}"),
        )

    def _on_devices(self, found: Sequence[Environment]) -> None:
        by_python = {environment.python: environment for environment in found}
        for row in self.rows.values():
            row.show_devices(by_python.get(row.python()))
        self.state.setText("")

    def _show_usage(self) -> None:
        self.usage.setText("\n".join(_usage_words(gpu) for gpu in self._monitor.read()))
        self.usage.setVisible(bool(self.usage.text()))

    # Changing

    def _on_chosen(self, backend: str, python: str) -> None:
        try:
            choose_interpreter(self._root, backend, python)
        except OSError as error:
            self.state.setText(f"The choice was not kept: {error}")
        self.changed.emit()

    def _ask_interpreter(self) -> None:
        file, _ = QFileDialog.getOpenFileName(self, "Add a Python interpreter")
        if file:
            self.add_python(Path(file))

    def add_python(self, python: Path) -> None:
        """Remember an interpreter, if it answers as one."""
        self._tasks.start(
            FIND,
            lambda _: probe(python, "added"),
            success=lambda found: self._on_answer(python, found),
            failure=lambda error: self.state.setText(str(error)),
        )

    def _on_answer(self, python: Path, found: Environment | None) -> None:
        if found is None:
            self.state.setText(f"{python} does not answer as a Python interpreter.")
            return
        add_interpreter(python)
        self.look()
        self.changed.emit()

    def install(self, backend: str, cuda: bool) -> None:
        """Make or complete the managed environment of a backend."""
        self.log.show()
        self.log.clear()
        self.cancel.show()
        self._set_installing(True)
        self.state.setText(f"Installing an environment for {backend} …")
        self._tasks.start(
            INSTALL,
            lambda context: make_environment(
                recipe(backend, cuda=cuda), _lines_to(context), context.cancelled
            ),
            progress=lambda _done, _total, text: self.log.appendPlainText(text.rstrip("\n")),
            success=lambda python: self._on_installed(backend, str(python)),
            failure=lambda error: self._end_install(f"It was not made: {error}"),
            cancelled=lambda: self._end_install("Stopped. A new try goes on from here."),
        )

    def _on_installed(self, backend: str, python: str) -> None:
        self._end_install("")
        self._on_chosen(backend, python)
        self.look()

    def _end_install(self, text: str) -> None:
        self.cancel.hide()
        self._set_installing(False)
        self.state.setText(text)

    def _set_installing(self, busy: bool) -> None:
        for row in self.rows.values():
            row.set_busy(busy)

    def done(self, result: int) -> None:
        """The dialog closes: an installation is stopped, and can be taken up again."""
        for channel in (FIND, DEVICES, INSTALL):
            self._tasks.cancel(channel)
        self._timer.stop()
        self._monitor.close()
        super().done(result)


def _lines_to(context: TaskContext) -> Callable[[str], None]:
    """Each text is passed on: `progress` thins out what is not the end of something."""
    return lambda text: context.progress(1, 1, text)


def _usage_words(gpu: GpuUsage) -> str:
    load = "" if gpu.load is None else f", load {gpu.load} %"
    memory = f"{gpu.used_mib / 1024:.1f} of {gpu.total_mib / 1024:.0f} GiB"
    return f"GPU {gpu.index} {gpu.name}: {memory}{load}"


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    return label
