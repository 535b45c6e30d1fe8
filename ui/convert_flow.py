"""Convert saved models: find them, ask, convert in the background, show what came of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from kerashift.engine.convert.convert import convert_models
from kerashift.engine.convert.discover import SavedModel, find_saved_models
from kerashift.engine.convert.plan import ConversionPlan, ConversionResult
from kerashift.ui.bridge import SessionBridge
from kerashift.ui.preferences import Preferences
from kerashift.ui.tasks import TaskContext, Tasks
from kerashift.ui.theme import Theme
from kerashift.ui.views.convert_dialog import ConvertDialog
from kerashift.ui.views.run.trust import ask_trust

FIND = "find-models"
CONVERT = "convert"
Converter = Callable[[list[ConversionPlan], TaskContext], list[ConversionResult]]


class _Callbacks:
    """What a conversion calls, on whatever thread."""

    def __init__(self, context: TaskContext) -> None:
        self._context = context

    def on_log(self, side: str, text: str) -> None:
        """What went wrong is in the results."""

    def on_progress(self, done: int, total: int, text: str) -> None:
        self._context.progress(done, total, text)

    def cancelled(self) -> bool:
        return self._context.cancelled()


def _convert(plans: list[ConversionPlan], context: TaskContext) -> list[ConversionResult]:
    return convert_models(plans, _Callbacks(context))


class ConvertFlow(QObject):
    """One dialog at a time; closing it stops the conversion."""

    said = Signal(str)

    def __init__(
        self,
        bridge: SessionBridge,
        tasks: Tasks,
        preferences: Preferences,
        theme: Theme,
        window: QWidget,
        converter: Converter = _convert,
    ) -> None:
        super().__init__(window)
        self._bridge = bridge
        self._tasks = tasks
        self._preferences = preferences
        self._theme = theme
        self._window = window
        self._converter = converter
        self.dialog: ConvertDialog | None = None

    def ask(self) -> None:
        """Look for saved models, then show them."""
        session = self._bridge.session
        if session is None:
            return
        root = session.root
        self.said.emit("Looking for saved models…")
        self._tasks.start(
            FIND,
            lambda _: find_saved_models(root),
            success=lambda models: self._show(root, models),
            failure=lambda error: self.said.emit(f"The folder cannot be read: {error}"),
        )

    def _show(self, root: Path, models: list[SavedModel]) -> None:
        self.said.emit("")
        if self.dialog is not None:
            self.dialog.close()
        dialog = ConvertDialog(root, models, self._theme, self._window)
        dialog.convert_wanted.connect(lambda plans: self._start(root, plans))
        dialog.stop_wanted.connect(lambda: self._tasks.cancel(CONVERT))
        dialog.finished.connect(self._on_closed)
        self.dialog = dialog
        dialog.open()

    def _start(self, root: Path, plans: list[ConversionPlan]) -> None:
        dialog = self.dialog
        if dialog is None or not ask_trust(root, self._preferences, dialog):
            return
        dialog.show_running()

        def tell(show: Callable[..., None], *values: object) -> None:
            if self.dialog is dialog:  # it may be closed by now
                show(*values)

        self._tasks.start(
            CONVERT,
            lambda context: self._converter(plans, context),
            success=lambda results: tell(dialog.show_results, results),
            failure=lambda error: tell(dialog.end, f"The conversion failed: {error}"),
            progress=lambda *values: tell(dialog.show_progress, *values),
            cancelled=lambda: tell(dialog.end, "Stopped: nothing was written."),
        )

    def _on_closed(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
            self.dialog = None
