"""Runs a suite in the background and brings its events to the GUI thread, gathered.

A run may print thousands of lines a second: the reader threads only append to a bounded queue,
and a timer of the GUI thread takes some of what has come some twelve times a second. Of a flood of
text the last is shown, with a line that says how much is not.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from kerashift.engine.run.suite import SuiteResult
from kerashift.ui.tasks import TaskContext, Tasks

CHANNEL = "run"
FLUSH_MS = 80
MOST_LAST_FLUSHES = 40
"""When a run has ended: what is behind them is not of interest any more."""
MAX_TEXT = 40_000
"""Characters of a log that are shown at once; the rest of what has come is only counted."""
MAX_EVENTS = 20
"""Events that are passed on at once; the others wait for the next time."""


class Backlog:
    """What has come and is not shown yet. May be filled from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._events: deque[tuple[str, Mapping[str, Any]]] = deque()
        self._texts: dict[str, str] = {}
        self._left_out: dict[str, int] = {}

    def add_text(self, backend: str, text: str) -> None:
        with self._lock:
            whole = self._texts.get(backend, "") + text
            if len(whole) > 2 * MAX_TEXT:
                out = len(whole) - MAX_TEXT
                self._left_out[backend] = self._left_out.get(backend, 0) + out
                whole = whole[out:]
            self._texts[backend] = whole

    def add_event(self, backend: str, event: Mapping[str, Any]) -> None:
        with self._lock:
            self._events.append((backend, event))

    def take(self) -> tuple[list[tuple[str, str]], list[tuple[str, Mapping[str, Any]]]]:
        """All texts by backend, and the next events."""
        with self._lock:
            texts = [(name, self._with_gap(name, text)) for name, text in self._texts.items()]
            self._texts.clear()
            self._left_out.clear()
            count = min(len(self._events), MAX_EVENTS)
            return texts, [self._events.popleft() for _ in range(count)]

    def _with_gap(self, backend: str, text: str) -> str:
        left_out = self._left_out.get(backend)
        return f"\n… {left_out:,} characters are left out\n{text}" if left_out else text

    @property
    def is_empty(self) -> bool:
        return not (self._events or self._texts)


@dataclass(frozen=True)
class Callbacks:
    """What `run_suite` calls, on whatever thread."""

    backlog: Backlog
    context: TaskContext

    def on_log(self, backend: str, text: str) -> None:
        self.backlog.add_text(backend, text)

    def on_event(self, backend: str, event: Mapping[str, Any]) -> None:
        self.backlog.add_event(backend, event)

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
        self._backlog = Backlog()
        self._timer = QTimer(self, interval=FLUSH_MS)
        self._timer.timeout.connect(self.flush)

    @property
    def is_running(self) -> bool:
        return self._tasks.is_running(CHANNEL)

    def start(self, job: Job) -> None:
        """Run `job(callbacks)`, which gives a `SuiteResult`; one of the outcome signals follows."""
        self._backlog = backlog = Backlog()
        self._timer.start()
        self._tasks.start(
            CHANNEL,
            lambda context: job(Callbacks(backlog, context)),
            success=self._on_success,
            failure=self._on_failure,
            cancelled=self._on_cancelled,
        )

    def stop(self) -> None:
        """Ask the running suite to end; `stopped` follows."""
        self._tasks.cancel(CHANNEL)

    def flush(self) -> None:
        """Pass on some of what has come."""
        texts, events = self._backlog.take()
        for backend, text in texts:
            self.logged.emit(backend, text)
        for backend, event in events:
            self.happened.emit(backend, event)

    def _end(self) -> None:
        self._timer.stop()
        for _ in range(MOST_LAST_FLUSHES):
            self.flush()
            if self._backlog.is_empty:
                break

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
