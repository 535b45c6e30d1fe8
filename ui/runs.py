"""Runs a suite in the background and brings its events to the GUI thread, gathered.

A run may print thousands of lines a second: the reader threads only append to a bounded queue,
and a timer of the GUI thread takes what has come some twelve times a second.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from kerashift.engine.run.suite import SuiteResult
from kerashift.ui.tasks import TaskContext, Tasks

CHANNEL = "run"
FLUSH_MS = 80
MAX_QUEUE = 50_000


@dataclass(frozen=True)
class Callbacks:
    """What `run_suite` calls, on whatever thread."""

    queue: deque[tuple[str, str | Mapping[str, Any]]]
    context: TaskContext

    def on_log(self, backend: str, text: str) -> None:
        self.queue.append((backend, text))

    def on_event(self, backend: str, event: Mapping[str, Any]) -> None:
        self.queue.append((backend, event))

    def cancelled(self) -> bool:
        return self.context.cancelled()


Job = Callable[[Callbacks], SuiteResult]


class RunController(QObject):
    """One suite at a time."""

    logged = Signal(str, str)
    happened = Signal(str, object)
    finished = Signal(object)
    """The suite's result."""
    failed = Signal(str)
    stopped = Signal()

    def __init__(self, tasks: Tasks, parent: QObject) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._queue: deque[tuple[str, str | Mapping[str, Any]]] = deque(maxlen=MAX_QUEUE)
        self._timer = QTimer(self, interval=FLUSH_MS)
        self._timer.timeout.connect(self.flush)

    @property
    def is_running(self) -> bool:
        return self._tasks.is_running(CHANNEL)

    def start(self, job: Job) -> None:
        """Run `job(callbacks)`, which gives a `SuiteResult`; one of the outcome signals follows."""
        self._queue.clear()
        self._timer.start()
        self._tasks.start(
            CHANNEL,
            lambda context: job(Callbacks(self._queue, context)),
            success=self._on_success,
            failure=self._on_failure,
            cancelled=self._on_cancelled,
        )

    def stop(self) -> None:
        """Ask the running suite to end; `stopped` follows."""
        self._tasks.cancel(CHANNEL)

    def flush(self) -> None:
        """Pass on what has come, with neighbouring log texts joined."""
        texts: list[str] = []
        owner = ""
        for _ in range(len(self._queue)):
            backend, item = self._queue.popleft()
            if texts and (backend != owner or not isinstance(item, str)):
                self.logged.emit(owner, "".join(texts))
                texts = []
            if isinstance(item, str):
                owner = backend
                texts.append(item)
            else:
                self.happened.emit(backend, item)
        if texts:
            self.logged.emit(owner, "".join(texts))

    def _end(self) -> None:
        self._timer.stop()
        self.flush()

    def _on_success(self, result: SuiteResult) -> None:
        self._end()
        if result.cancelled:
            self.stopped.emit()
        else:
            self.finished.emit(result)

    def _on_failure(self, error: Exception) -> None:
        self._end()
        self.failed.emit(str(error) or type(error).__name__)

    def _on_cancelled(self) -> None:
        self._end()
        self.stopped.emit()
