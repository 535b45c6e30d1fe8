"""Ends the run when the process that started it is gone, so that no orphan keeps a GPU busy."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import threading
import time
from pathlib import Path

POLL_SECONDS = 1.0
ADOPT_ORPHANS = 36
"""`PR_SET_CHILD_SUBREAPER` of Linux."""


def watch_parent() -> None:
    """Take standard input away from the project: its end of file means that the parent is lost."""
    lifeline = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    parent = os.getppid()
    threading.Thread(target=_watch, args=(lifeline, parent), daemon=True).start()


def _watch(lifeline: int, parent: int) -> None:
    while not _is_lost(lifeline, parent):
        pass
    _end_group()


def _is_lost(lifeline: int, parent: int) -> bool:
    try:
        if os.name == "nt":
            return os.read(lifeline, 1) == b""
        ready, _, _ = select.select([lifeline], [], [], POLL_SECONDS)
        if ready and os.read(lifeline, 1) == b"":
            return True
    except (OSError, ValueError):
        # Closed by the project: only the parent's process id is left to go by.
        time.sleep(POLL_SECONDS)
    return os.getppid() != parent


def _end_group() -> None:
    if os.name != "nt" and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def adopt_orphans() -> None:
    """Become the parent of what a project's children leave behind: they can be found then."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(ADOPT_ORPHANS, 1, 0, 0, 0)


def end_children() -> None:
    """Kill all that this process has started or adopted, generation by generation."""
    if sys.platform != "linux":
        return
    deadline = time.monotonic() + POLL_SECONDS
    while time.monotonic() < deadline:
        children = _children()
        if not children:
            return
        for child in children:
            try:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
            except OSError:
                continue


def _children() -> list[int]:
    tasks = Path("/proc/self/task")
    found: list[int] = []
    try:
        for task in tasks.iterdir():
            found += map(int, (task / "children").read_text().split())
    except OSError:
        return found
    return found
