"""Start a child as the head of its own group, and end it with all that it has started."""
from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

INTERRUPT_SECONDS = 1.0
TERMINATE_SECONDS = 1.0
IS_WINDOWS = os.name == "nt"
MARK = "KERASHIFT_RUN"
"""The environment variable by which processes that have left the group are known."""


def start_group(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], mark: str
) -> subprocess.Popen[bytes]:
    """Start with pipes on all three standard streams; raises `OSError`."""
    return subprocess.Popen(
        list(command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env={**environment, MARK: mark},
        start_new_session=not IS_WINDOWS,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) if IS_WINDOWS else 0,
    )


def stop_group(process: subprocess.Popen[bytes]) -> None:
    """Interrupt, wait a second, terminate, wait a second; what is left is for `kill_group`."""
    if IS_WINDOWS:
        _signal_group(process, getattr(signal, "CTRL_BREAK_EVENT", signal.SIGTERM))
    else:
        _signal_group(process, signal.SIGINT)
    if not _ends_within(process, INTERRUPT_SECONDS):
        _signal_group(process, signal.SIGTERM)
        _ends_within(process, TERMINATE_SECONDS)


def kill_group(process: subprocess.Popen[bytes], mark: str) -> None:
    """Kill what is left of the group, and the processes that have left it."""
    family = _children(process.pid)
    if not IS_WINDOWS:
        _signal_group(process, signal.SIGKILL)
    for member in [*family, *_marked(mark)]:
        try:
            # psutil compares start times: a number that the system gave away again is safe.
            member.kill()
        except psutil.Error:
            continue
    if process.poll() is None:
        process.kill()
    process.wait()


def _children(pid: int) -> list[psutil.Process]:
    try:
        return list(psutil.Process(pid).children(recursive=True))
    except psutil.Error:
        return []


def _marked(mark: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK) == mark:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    try:
        if IS_WINDOWS:
            process.send_signal(number)
        else:
            os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return


def _ends_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while process.poll() is None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
