"""Start a child as the head of its own group, and end it with all that it has started.

POSIX: the child leads a session of its own, the group gets SIGINT, SIGTERM and SIGKILL in turn.
Windows: the child leads a console group, which gets a CTRL-BREAK, and is in a job object, which is
ended as a whole; where the system refuses a job, `taskkill /T` ends the tree.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from kerashift.engine.run.family import MARK, Family, end_first
from kerashift.engine.run.jobs import Job

INTERRUPT_SECONDS = 1.0
TERMINATE_SECONDS = 0.7
TASKKILL_SECONDS = 5.0
IS_WINDOWS = os.name == "nt"


class Group:
    """A started child with all that comes from it; raises `OSError` if it cannot start."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        mark: str,
        memory_bytes: int | None = None,
    ) -> None:
        self.process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env={**environment, MARK: mark},
            start_new_session=not IS_WINDOWS,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) if IS_WINDOWS else 0,
        )
        self.family = Family(self.process, mark)
        self._job = _job_of(self.process, memory_bytes) if IS_WINDOWS else None
        end_first(self.process.pid)

    def stop(self) -> None:
        """Interrupt, wait a second, terminate, wait again; what is left is for `kill`."""
        if IS_WINDOWS:
            self._signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGTERM))
            self._ends_within(INTERRUPT_SECONDS)
            return
        self._signal(signal.SIGINT)
        if not self._ends_within(INTERRUPT_SECONDS):
            self._signal(signal.SIGTERM)
            self._ends_within(TERMINATE_SECONDS)

    def kill(self) -> None:
        """Kill what is left of the group, and the processes that have left it."""
        self.family.remember()
        if IS_WINDOWS:
            self._kill_on_windows()
        else:
            self._signal(signal.SIGKILL)
        self.family.kill()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def _kill_on_windows(self) -> None:
        if self._job is not None:
            self._job.terminate()
            self._job.close()
        else:
            kill_tree(self.process.pid)

    def _signal(self, number: int) -> None:
        try:
            if IS_WINDOWS:
                self.process.send_signal(number)
            else:
                os.killpg(self.process.pid, number)
        except (ProcessLookupError, PermissionError):
            return

    def _ends_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True


def _job_of(process: subprocess.Popen[bytes], memory_bytes: int | None) -> Job | None:
    try:
        return Job(int(process._handle), memory_bytes)  # type: ignore[attr-defined]
    except OSError:
        return None


def kill_tree(pid: int) -> None:
    """End a process and its descendants on Windows, without a job object."""
    try:
        subprocess.run(
            ["taskkill", "/PID", str(pid), "/T", "/F"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TASKKILL_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return
