"""One child process that runs the harness: started, listened to, stopped.

Callbacks come on reader threads. A handle must be waited for; `wait` and `stop` may be called
from any thread.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kerashift.engine.run.family import MIB, MemoryLimit, Ticker
from kerashift.engine.run.outcome import Outcome
from kerashift.engine.run.pipes import EventLines, LogText, PipeReader
from kerashift.engine.run.processes import Group

HARNESS = Path(__file__).resolve().parent.parent / "harness"
ENTRY_FILE = "kerashift_harness.py"
POLL_SECONDS = 0.05
LOOK_SECONDS = 0.2
"""How often the child's family and its memory are looked at."""
DRAIN_SECONDS = 0.5
"""For what is still in a pipe when everybody who could write to it is gone."""
# Of the app's own environment, what would lead a child astray.
UNWANTED = ("KERAS_BACKEND", "TF_USE_LEGACY_KERAS", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONINSPECT")


class Waits:
    """How long a run has waited for others: that is none of its own time."""

    def __init__(self) -> None:
        self._waited = 0.0
        self._since: float | None = None

    def hear(self, event: Mapping[str, Any]) -> None:
        """Take note of the events that say when the run waits."""
        if event["event"] == "waits" and self._since is None:
            self._since = time.monotonic()
        elif event["event"] == "goes_on" and self._since is not None:
            self._waited += time.monotonic() - self._since
            self._since = None

    def seconds(self) -> float:
        """Until now."""
        since = self._since
        return self._waited + (0.0 if since is None else time.monotonic() - since)


class Run:
    """A running child. It may wait for others for `patience` seconds beside its own time."""

    def __init__(
        self,
        group: Group,
        on_event: Callable[[Mapping[str, Any]], None],
        on_log: Callable[[str], None],
        memory_bytes: int | None = None,
        patience: float = 0.0,
    ) -> None:
        process = group.process
        assert process.stdout is not None
        assert process.stderr is not None
        self._group = group
        self._process = process
        self._limit = MemoryLimit(group.family, memory_bytes)
        self._stopped = threading.Event()
        self._patience = patience
        self._waits = Waits()

        def on_any_event(event: Mapping[str, Any]) -> None:
            self._waits.hear(event)
            on_event(event)

        log = LogText(on_log)
        events = EventLines(on_any_event, log.take)
        self._readers = (
            PipeReader(process.stdout, events.take, "events"),
            PipeReader(process.stderr, log.take, "log"),
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def memory(self) -> int:
        """Bytes that the child and all it has started hold."""
        return self._group.family.memory()

    def stop(self) -> None:
        """Ask for the end; `wait` brings it about."""
        self._stopped.set()

    def wait(self, timeout: float, cancelled: Callable[[], bool] = lambda: False) -> Outcome:
        """Wait for the end of the child and of all it has started.

        Ends it when time is up, or when it takes more memory than it may.
        """
        started = time.monotonic()
        look = Ticker(LOOK_SECONDS)
        timed_out = exceeded = False
        try:
            while self._process.poll() is None:
                if cancelled():
                    self.stop()
                if look.is_due():
                    self._group.family.remember()
                    exceeded = self._limit.is_exceeded()
                if exceeded:
                    break  # there is no time to be polite
                waited = min(self._waits.seconds(), self._patience)
                timed_out = time.monotonic() - started - waited > timeout
                if self._stopped.is_set() or timed_out:
                    self._group.stop()
                    break
                time.sleep(POLL_SECONDS)
        finally:
            self._clean_up()
        stopped = self._stopped.is_set() and not timed_out
        limit = self._limit.limit // MIB if exceeded else None
        return Outcome(self._process.returncode, stopped, timed_out, limit)

    def _clean_up(self) -> None:
        self._group.kill()
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
    memory_bytes: int | None = None,
    patience: float = 0.0,
) -> Run:
    """Copy the harness to `folder` and run it there on `spec`; raises `OSError`.

    `memory_bytes` is what the child and all that it starts may hold together; by default what is
    free on this machine, but a reserve. `patience`: see `Run`.
    """
    harness = folder / "harness"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(HARNESS, harness, ignore=ignored, dirs_exist_ok=True)
    spec_path = folder / "spec.json"
    spec_path.write_text(json.dumps(spec), encoding="utf-8")
    environment = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    environment.update(spec["environment"])
    command = [python, "-u", "-X", "faulthandler", str(harness / ENTRY_FILE), str(spec_path)]
    group = Group(command, folder, environment, uuid.uuid4().hex, memory_bytes)
    return Run(group, on_event, on_log, memory_bytes, patience)
