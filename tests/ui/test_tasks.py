"""Background work: outcomes come on the GUI thread, late ones never, and closing waits."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from kerashift.ui.tasks import TaskContext, Tasks


@pytest.fixture
def tasks(qapp: QApplication) -> Iterator[Tasks]:
    tasks = Tasks()
    yield tasks
    tasks.close()


def unexpected(error: object = None) -> None:
    raise AssertionError(f"not to be called: {error!r}")


def wait_for(event: threading.Event) -> Callable[[TaskContext], str]:
    def operation(_: TaskContext) -> str:
        event.wait(10)
        return "late"

    return operation


def test_an_operation_runs_elsewhere_and_its_result_comes_to_the_gui_thread(
    qtbot: QtBot, tasks: Tasks
) -> None:
    places: list[threading.Thread] = []
    results: list[int] = []

    def operation(_: TaskContext) -> int:
        places.append(threading.current_thread())
        return 7

    def success(result: int) -> None:
        places.append(threading.current_thread())
        results.append(result)

    with qtbot.waitSignal(tasks.idle):
        tasks.start("a", operation, success=success, failure=unexpected)
    qtbot.waitUntil(lambda: results == [7])
    assert places[0] is not threading.main_thread()
    assert places[1] is threading.main_thread()


def test_a_failure_is_given_to_its_callback(qtbot: QtBot, tasks: Tasks) -> None:
    errors: list[Exception] = []
    tasks.start("a", lambda _: 1 // 0, success=unexpected, failure=errors.append)
    qtbot.waitUntil(lambda: bool(errors))
    assert isinstance(errors[0], ZeroDivisionError)


def test_a_late_result_never_replaces_a_newer_one(qtbot: QtBot, tasks: Tasks) -> None:
    gate, results = threading.Event(), list[str]()
    tasks.start("a", wait_for(gate), success=results.append, failure=unexpected)
    tasks.start("a", lambda _: "new", success=results.append, failure=unexpected)
    qtbot.waitUntil(lambda: results == ["new"])
    with qtbot.waitSignal(tasks.idle):
        gate.set()
    assert results == ["new"]


def test_cancelling_calls_only_the_cancelled_callback(qtbot: QtBot, tasks: Tasks) -> None:
    ended: list[str] = []

    def operation(context: TaskContext) -> None:
        while not context.cancelled():
            threading.Event().wait(0.01)

    tasks.start(
        "a",
        operation,
        success=unexpected,
        failure=unexpected,
        cancelled=lambda: ended.append("cancelled"),
    )
    tasks.cancel("a")
    qtbot.waitUntil(lambda: ended == ["cancelled"])
    assert not tasks.is_running("a")


def test_a_burst_of_progress_is_thinned_but_its_end_arrives(qtbot: QtBot, tasks: Tasks) -> None:
    seen: list[int] = []

    def operation(context: TaskContext) -> None:
        for done in range(1, 1001):
            context.progress(done, 1000, "")

    with qtbot.waitSignal(tasks.idle):
        tasks.start(
            "a",
            operation,
            success=lambda _: None,
            failure=unexpected,
            progress=lambda done, total, text: seen.append(done),
        )
    assert seen[-1] == 1000
    assert len(seen) < 100


def test_closing_waits_for_the_thread_and_calls_nothing(tasks: Tasks) -> None:
    def operation(context: TaskContext) -> None:
        while not context.cancelled():
            threading.Event().wait(0.01)

    tasks.start("a", operation, success=unexpected, failure=unexpected, cancelled=unexpected)
    tasks.close()
    assert not any(t.name == "kerashift-task" for t in threading.enumerate())
