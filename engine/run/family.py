"""All processes that come from one child: also those that have left its group and its session."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

MARK = "KERASHIFT_RUN"
"""The environment variable by which processes that have left the group are known."""
MIB = 1024 * 1024
LEAST_RESERVE = 1024 * MIB
RESERVE_SHARE = 0.05
ROUNDS = 5
"""How often the family is looked up while it is killed: it may still be growing."""
FIRST_TO_GO = 800
"""The child's score for the system's own choice of whom to end when memory runs out (Linux)."""


class Family:
    """The child, its descendants, and those that were once seen among them.

    Whoever leaves by a double fork keeps the mark in its environment; whoever wipes that too is
    still known if it was seen once. The harness adopts its orphans, so that they stay descendants
    as long as it lives.
    """

    def __init__(self, process: subprocess.Popen[bytes], mark: str) -> None:
        self._pid = process.pid
        self._mark = mark
        self._seen: dict[int, psutil.Process] = {}
        self.remember()

    def remember(self) -> None:
        """Look who is there now."""
        for member in self._descendants():
            self._seen.setdefault(member.pid, member)

    def memory(self) -> int:
        """Bytes that it holds, pages that its members share counted once for each member."""
        return sum(_resident(member) for member in self._living())

    def own_memory(self) -> int:
        """Bytes that it holds, each page counted once; slower."""
        return sum(_proportional(member) for member in self._living())

    def kill(self) -> None:
        """Kill all that can be found but the child itself, which `subprocess` must wait for."""
        for _ in range(ROUNDS):
            self.remember()
            members = {member.pid: member for member in self._marked()}
            members |= {member.pid: member for member in self._living()}
            members.pop(self._pid, None)
            if not members:
                return
            for member in members.values():
                try:
                    # psutil compares start times: a number that was given away again is safe.
                    member.kill()
                except psutil.Error:
                    continue
            psutil.wait_procs(members.values(), timeout=0.1)

    def _descendants(self) -> list[psutil.Process]:
        try:
            child = psutil.Process(self._pid)
            return [child, *child.children(recursive=True)]
        except psutil.Error:
            return []

    def _living(self) -> Iterator[psutil.Process]:
        for member in list(self._seen.values()):
            try:
                if member.is_running() and member.status() != psutil.STATUS_ZOMBIE:
                    yield member
            except psutil.Error:
                continue

    def _marked(self) -> Iterator[psutil.Process]:
        for process in psutil.process_iter():
            try:
                if process.environ().get(MARK) == self._mark:
                    yield process
            except (psutil.Error, OSError):
                continue


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _proportional(process: psutil.Process) -> int:
    try:
        usage = process.memory_full_info()
    except psutil.Error:
        return 0
    return int(getattr(usage, "pss", usage.uss))


def reserve(total: int) -> int:
    """Bytes of a machine's memory that runs leave to others."""
    return max(LEAST_RESERVE, int(total * RESERVE_SHARE))


class MemoryLimit:
    """Says when a family takes so much memory that the machine would suffer.

    `limit` in bytes; `None` means: all that is free now, but a reserve.
    """

    def __init__(self, family: Family, limit: int | None) -> None:
        machine = psutil.virtual_memory()
        self._family = family
        self._reserve = reserve(int(machine.total))
        self.limit = limit or max(machine.available - self._reserve, machine.available // 2)

    def is_exceeded(self) -> bool:
        held = self._family.memory()
        if held > self.limit:
            return self._family.own_memory() > self.limit
        # Somebody else may have taken what was free.
        return held > LEAST_RESERVE and psutil.virtual_memory().available < self._reserve // 4


def end_first(pid: int) -> None:
    """Let the system choose this process, not the app, when memory runs out; Linux alone."""
    try:
        Path(f"/proc/{pid}/oom_score_adj").write_text(str(FIRST_TO_GO))
    except OSError:
        return


class Ticker:
    """Tells whether it is time again."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._next = time.monotonic()

    def is_due(self) -> bool:
        if time.monotonic() < self._next:
            return False
        self._next = time.monotonic() + self._seconds
        return True
