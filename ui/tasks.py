"""The one way to do background work: operation on a thread, outcome on the GUI thread.

An operation gets a `TaskContext` and works on plain values. Each task belongs to a channel, and a
new task of a channel supersedes the earlier one: what that one still reports is dropped, so a late
result never overwrites a newer one.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

log = logging.getLogger(__name__)

PROGRESS_SECONDS = 0.1


class TaskContext:
    """What an operation may ask and say while it runs."""

    def __init__(self, emit: Callable[[int, int, str], None]) -> None:
        self._emit = emit
        self._cancel = threading.Event()
        self._last = 0.0

    def cancel(self) -> None:
        self._cancel.set()

    def cancelled(self) -> bool:
        return self._cancel.is_set()

    def progress(self, done: int, total: int, text: str) -> None:
        """Report progress; passed on some ten times a second and at the end."""
        now = time.monotonic()
        if done >= total or now - self._last >= PROGRESS_SECONDS:
            self._last = now
            self._emit(done, total, text)


class _Task(QObject):
    """Carries one operation's reports from its thread to the GUI thread."""

    progressed = Signal(int, int, str)
    ended = Signal()

    def __init__(self, operation: Callable[[TaskContext], Any], parent: QObject) -> None:
        super().__init__(parent)
        self._operation = operation
        self.context = TaskContext(self.progressed.emit)
        self.result: Any = None
        self.error: Exception | None = None
        self.thread_ = threading.Thread(target=self._run, name="kerashift-task", daemon=True)

    def _run(self) -> None:
        try:
            self.result = self._operation(self.context)
        except Exception as error:
            self.error = error
        self._operation = lambda _: None  # lets go of what the operation held
        self.ended.emit()


class Tasks(QObject):
    """Starts, supersedes and ends background work. Use and delete it on the GUI thread."""

    idle = Signal()
    """The last running task has ended."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._current: dict[str, _Task] = {}
        self._running: set[_Task] = set()
        self._closed = False

    def start(
        self,
        channel: str,
        operation: Callable[[TaskContext], Any],
        *,
        success: Callable[[Any], None],
        failure: Callable[[Exception], None],
        progress: Callable[[int, int, str], None] | None = None,
        cancelled: Callable[[], None] | None = None,
    ) -> None:
        """Run `operation`; exactly one of the outcome callbacks follows unless superseded."""
        if self._closed:
            return
        self.cancel(channel)
        task = _Task(operation, self)
        self._current[channel] = task
        self._running.add(task)

        def on_progress(done: int, total: int, text: str) -> None:
            if progress is not None and self._current.get(channel) is task:
                progress(done, total, text)

        def on_end() -> None:
            self._forget(task)
            if self._closed or self._current.get(channel) is not task:
                return
            del self._current[channel]
            if task.context.cancelled():
                (cancelled or _nothing)()
            elif task.error is not None:
                log.debug("task %s failed", channel, exc_info=task.error)
                failure(task.error)
            else:
                success(task.result)

        # Bound to this object's thread: lambdas and closures would be called on the worker's.
        task.progressed.connect(_Relay(on_progress, task).call)
        task.ended.connect(_Relay(on_end, task).call)
        task.thread_.start()

    def cancel(self, channel: str) -> None:
        """Ask the running task of a channel to stop; its `cancelled` callback follows."""
        task = self._current.get(channel)
        if task is not None:
            task.context.cancel()

    def is_running(self, channel: str) -> bool:
        return channel in self._current

    def close(self, seconds: float = 10.0) -> None:
        """Cancel everything and wait for the threads; no callback is called after this."""
        self._closed = True
        for task in self._running:
            task.context.cancel()
        deadline = time.monotonic() + seconds
        for task in self._running:
            task.thread_.join(max(deadline - time.monotonic(), 0.0))
        self._current.clear()

    def _forget(self, task: _Task) -> None:
        task.thread_.join()
        self._running.discard(task)
        task.deleteLater()
        if not self._running:
            self.idle.emit()


class _Relay(QObject):
    """Gives a plain callable a thread to be called on: that of its parent."""

    def __init__(self, target: Callable[..., None], parent: QObject) -> None:
        super().__init__(parent)
        self._target = target

    def call(self, *values: Any) -> None:
        self._target(*values)


def _nothing() -> None:
    return None
