"""One child process that runs the harness: started, listened to, stopped.

Callbacks come on reader threads. A handle must be waited for; `wait` and `stop` may be called
from any thread.
"""
from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kerashift.engine.run.outcome import Outcome
from kerashift.engine.run.pipes import EventLines, LogText, PipeReader
from kerashift.engine.run.processes import kill_group, start_group, stop_group

HARNESS = Path(__file__).resolve().parent.parent / "harness"
ENTRY_FILE = "kerashift_harness.py"
POLL_SECONDS = 0.05
DRAIN_SECONDS = 2.0
# Of the app's own environment, what would lead a child astray.
UNWANTED = ("KERAS_BACKEND", "TF_USE_LEGACY_KERAS", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONINSPECT")


class Run:
    """A running child."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        mark: str,
        on_event: Callable[[Mapping[str, Any]], None],
        on_log: Callable[[str], None],
    ) -> None:
        assert process.stdout is not None
        assert process.stderr is not None
        self._process = process
        self._mark = mark
        self._stopped = threading.Event()
        log = LogText(on_log)
        events = EventLines(on_event, log.take)
        self._readers = (
            PipeReader(process.stdout, events.take, "events"),
            PipeReader(process.stderr, log.take, "log"),
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self) -> None:
        """Ask for the end; `wait` brings it about."""
        self._stopped.set()

    def wait(self, timeout: float, cancelled: Callable[[], bool] = lambda: False) -> Outcome:
        """Wait for the end of the child and of all it has started; ends it when time is up."""
        deadline = time.monotonic() + timeout
        timed_out = False
        try:
            while self._process.poll() is None:
                if cancelled():
                    self.stop()
                timed_out = time.monotonic() > deadline
                if self._stopped.is_set() or timed_out:
                    stop_group(self._process)
                    break
                time.sleep(POLL_SECONDS)
        finally:
            self._clean_up()
        stopped = self._stopped.is_set() and not timed_out
        return Outcome(self._process.returncode, stopped, timed_out)

    def _clean_up(self) -> None:
        kill_group(self._process, self._mark)
        for reader in self._readers:
            reader.finish(DRAIN_SECONDS)
        if self._process.stdin is not None:
            self._process.stdin.close()


def start(
    python: str,
    spec: Mapping[str, Any],
    folder: Path,
    on_event: Callable[[Mapping[str, Any]], None],
    on_log: Callable[[str], None],
) -> Run:
    """Copy the harness to `folder` and run it there on `spec`; raises `OSError`."""
    harness = folder / "harness"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(HARNESS, harness, ignore=ignored, dirs_exist_ok=True)
    spec_path = folder / "spec.json"
    spec_path.write_text(json.dumps(spec), encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    environment.update(spec["environment"])
    command = [python, "-u", "-X", "faulthandler", str(harness / ENTRY_FILE), str(spec_path)]
    mark = uuid.uuid4().hex
    return Run(start_group(command, folder, environment, mark), mark, on_event, on_log)
