"""However much a run prints, the window answers."""

from __future__ import annotations

import itertools
import os
import sys
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from kerashift.engine.run.processes import Group
from kerashift.engine.run.runner import Run
from kerashift.engine.run.suite import SuiteResult
from kerashift.ui.runs import Callbacks
from tests.ui.test_main_window import MainWindow

FLOOD = """
import os
lines = b"".join(b"line %d of noise \\xff\\x00\\n" % n for n in range(5000))
while True:
    os.write(2, lines)
    os.write(1, b'{"event": "stage"}\\n' * 50 + lines)
"""
PATIENCE = 0.4
"""Seconds that the window's thread may work at a time. Its own time is counted: the machine may be
busy with other things."""


@pytest.mark.skipif(os.name == "nt", reason="the noise is written to POSIX descriptors")
def test_a_flood_of_text_and_noise_leaves_the_window_responsive_and_can_be_stopped(
    qtbot: QtBot, opened: MainWindow, tmp_path: Path
) -> None:
    def job(callbacks: Callbacks) -> SuiteResult:
        mark = uuid.uuid4().hex
        group = Group([sys.executable, "-c", FLOOD], tmp_path, {}, mark)

        def on_event(event: Mapping[str, Any]) -> None:
            callbacks.on_event("jax", event)

        run = Run(group, on_event, lambda text: callbacks.on_log("jax", text))
        run.wait(60, callbacks.cancelled)
        return SuiteResult("flood", (), cancelled=callbacks.cancelled())

    beats = [time.thread_time()]
    timer = QTimer(opened, interval=20)
    timer.timeout.connect(lambda: beats.append(time.thread_time()))
    timer.start()
    controller = opened.run_panel.controller
    controller.start(job)
    qtbot.wait(3000)
    asked = time.monotonic()
    with qtbot.waitSignal(controller.stopped, timeout=10_000):
        controller.stop()
    assert time.monotonic() - asked < 3
    timer.stop()
    gaps = [after - before for before, after in itertools.pairwise(beats)]
    assert max(gaps) < PATIENCE, sorted(gaps)[-5:]
    assert "of noise" in opened.run_panel.log.toPlainText()
