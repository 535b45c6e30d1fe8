"""Runs side by side: as many at once as memory, cores and GPUs allow, and always one.

They begin in their order, so that a run that waits for what an earlier one leaves never keeps it
from beginning. Where memory runs out, the youngest gives way; from then on it is one at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Protocol

from kerashift.engine.environments.gpu_usage import GpuUsage
from kerashift.engine.run.family import MIB, Ticker
from kerashift.engine.run.machine import Machine, has_chosen_gpus
from kerashift.engine.run.plan import RunPlan

NEED_MIB = 2_048
"""What a run is expected to hold, where no limit is set: a backend alone takes up to a third."""
GPU_NEED_MIB = 4_096
"""What must be free on a GPU for a second run, and for each that is there already."""
POLL_SECONDS = 0.1
LOOK_SECONDS = 1.0
"""How often it is looked whether others have left room; when a run ends, at once."""


class Seat:
    """What one run gets of the machine; `gpu` is the only one it is to see, `None` leaves it."""

    def __init__(self, gpu: int | None = None) -> None:
        self.gpu = gpu
        self.has_company = False
        """Whether another run was there at any time."""
        self._evicted = threading.Event()

    @property
    def is_evicted(self) -> bool:
        """Whether the run has to give way; it will get another seat."""
        return self._evicted.is_set()

    def evict(self) -> None:
        self._evicted.set()


class Job(Protocol):
    """Something to be run on a thread of its own."""

    def run(self, seat: Seat) -> bool:
        """Tells whether it is done: if not, it is to be run again, alone."""

    def memory(self) -> int:
        """Bytes that it holds now."""


class Schedule:
    """Runs jobs; `plan` says what each may need."""

    def __init__(
        self,
        plan: RunPlan,
        jobs: Sequence[Job],
        cancelled: Callable[[], bool],
        machine: Machine | None = None,
    ) -> None:
        self._plan = plan
        self._jobs = list(jobs)
        self._cancelled = cancelled
        self._machine = machine or Machine()
        self._need = (plan.memory_mib or NEED_MIB) * MIB
        self._most = max(1, self._machine.cores())
        self._waiting = list(jobs)
        self._running: dict[Future[bool], tuple[Job, Seat]] = {}
        self._look = Ticker(LOOK_SECONDS)

    def run(self) -> None:
        """Run all; raises what a job has raised, when the others have given way."""
        with ThreadPoolExecutor(len(self._jobs) or 1, "kerashift-suite") as pool:
            try:
                while self._waiting or self._running:
                    self._start(pool)
                    self._end()
                    self._give_way()
            except BaseException:
                self._evict(self._jobs)
                raise

    def _start(self, pool: ThreadPoolExecutor) -> None:
        """Start what there is room for. Once cancelled, a job only says that it never began."""
        is_over = self._cancelled()
        if not (is_over or self._look.is_due()):
            return
        while self._waiting:
            seat = Seat() if is_over else self._seat()
            if seat is None:
                return
            job = self._waiting.pop(0)
            self._running[pool.submit(job.run, seat)] = (job, seat)
            if len(self._running) > 1:
                for _, each in self._running.values():
                    each.has_company = True

    def _end(self) -> None:
        """Wait a little for those that end; who is not done waits for another seat."""
        again = []
        for future in wait(self._running, POLL_SECONDS, FIRST_COMPLETED).done:
            job, _ = self._running.pop(future)
            self._look = Ticker(LOOK_SECONDS)
            if not future.result():
                again.append(job)
        if again:
            self._most = 1
            self._waiting = sorted([*self._waiting, *again], key=self._jobs.index)
            # Younger ones may be waiting for what it would have left.
            self._evict(self._jobs[self._jobs.index(self._waiting[0]) :])

    def _give_way(self) -> None:
        """Let the youngest end while there is memory left to end it in order."""
        if len(self._running) > 1 and self._machine.is_short():
            self._evict([max((job for job, _ in self._running.values()), key=self._jobs.index)])

    def _evict(self, jobs: Sequence[Job]) -> None:
        for job, seat in self._running.values():
            if job in jobs:
                seat.evict()

    def _seat(self) -> Seat | None:
        """A seat for the next; none where it has to wait."""
        if len(self._running) >= self._most:
            return None
        held = [job.memory() for job, _ in self._running.values()]
        # Those that have just begun will grow.
        spoken_for = sum(max(0, self._need - each) for each in held)
        free = self._machine.free_memory() - spoken_for
        if self._running and free < self._need:
            return None
        return self._gpu_seat()

    def _gpu_seat(self) -> Seat | None:
        kind, _, number = self._plan.device.partition(":")
        gpus = () if kind == "cpu" else self._machine.gpus()
        if number:
            gpus = tuple(gpu for gpu in gpus if gpu.index == int(number))
        if not gpus:
            return Seat()
        has_choice = len(gpus) > 1 and not has_chosen_gpus(self._plan.environment)
        if not has_choice:
            return Seat() if _has_room(gpus[0], len(self._running)) else None
        taken = [seat.gpu for _, seat in self._running.values()]
        best = min(gpus, key=lambda gpu: (taken.count(gpu.index), gpu.used_mib - gpu.total_mib))
        return Seat(best.index) if _has_room(best, taken.count(best.index)) else None


def _has_room(gpu: GpuUsage, sharing: int) -> bool:
    return sharing == 0 or gpu.total_mib - gpu.used_mib >= GPU_NEED_MIB * (sharing + 1)
