"""As many runs at once as the machine has room for, in their order, and always one."""

from __future__ import annotations

import threading

import pytest

from kerashift.engine.environments.gpu_usage import GpuUsage
from kerashift.engine.run.family import MIB
from kerashift.engine.run.plan import RunPlan
from kerashift.engine.run.schedule import GPU_NEED_MIB, NEED_MIB, Schedule, Seat
from tests.engine.run.children import Roomy


class Worker:
    """A job that notes when it runs, until it is told to end or to give way."""

    def __init__(self, log: list[str], name: str, *, fails: int = 0, memory: int = 0) -> None:
        self.name = name
        self.seats: list[Seat] = []
        self.ended = threading.Event()
        self._log = log
        self._fails = fails
        self._memory = memory

    def run(self, seat: Seat) -> bool:
        self.seats.append(seat)
        self._log.append(f"+{self.name}")
        while not (self.ended.wait(0.01) or seat.is_evicted):
            pass
        self._log.append(f"-{self.name}")
        if seat.is_evicted:
            return False
        self._fails -= 1
        return self._fails < 0

    def memory(self) -> int:
        return self._memory


def workers(log: list[str], count: int = 3, **options: int) -> list[Worker]:
    return [Worker(log, name, **options) for name in "abcd"[:count]]


def most_at_once(log: list[str]) -> int:
    counts = [0]
    for entry in log:
        counts.append(counts[-1] + (1 if entry[0] == "+" else -1))
    return max(counts)


def run(jobs: list[Worker], machine: Roomy, plan: RunPlan | None = None) -> None:
    """Run jobs that end a moment after they could all have begun."""
    for job in jobs:
        threading.Timer(0.4, job.ended.set).start()
    Schedule(plan or RunPlan("a.py"), jobs, lambda: False, machine).run()


@pytest.mark.parametrize(
    ("machine", "plan", "expected"),
    [
        (Roomy(), RunPlan("a.py"), 3),
        (Roomy(cores=2), RunPlan("a.py"), 2),
        (Roomy(cores=1), RunPlan("a.py"), 1),
        (Roomy(memory=2 * NEED_MIB * MIB), RunPlan("a.py"), 2),
        (Roomy(memory=0), RunPlan("a.py"), 1),
        (Roomy(memory=2 * NEED_MIB * MIB), RunPlan("a.py", memory_mib=2 * NEED_MIB), 1),
        (Roomy(memory=2 * NEED_MIB * MIB), RunPlan("a.py", memory_mib=100), 3),
    ],
)
def test_as_many_run_at_once_as_cores_and_memory_allow_and_always_one(
    machine: Roomy, plan: RunPlan, expected: int
) -> None:
    log: list[str] = []
    run(workers(log), machine, plan)
    assert most_at_once(log) == expected
    assert [entry for entry in log if entry[0] == "+"] == ["+a", "+b", "+c"]


def test_what_a_run_holds_already_is_not_kept_for_it_once_more() -> None:
    log: list[str] = []
    run(workers(log, memory=NEED_MIB * MIB), Roomy(memory=NEED_MIB * MIB))
    assert most_at_once(log) == 3


def gpu(index: int, free: int) -> GpuUsage:
    return GpuUsage(index, "G", 1000, 1000 + free)


@pytest.mark.parametrize(
    ("gpus", "device", "expected", "seen"),
    [
        ((gpu(0, GPU_NEED_MIB),), "auto", 1, [None, None, None]),
        ((gpu(0, 9 * GPU_NEED_MIB),), "auto", 3, [None, None, None]),
        ((gpu(0, 2 * GPU_NEED_MIB),), "gpu:0", 2, [None, None, None]),
        ((gpu(0, 10), gpu(1, 500), gpu(2, 50)), "gpu", 3, [1, 2, 0]),
        ((gpu(0, 10), gpu(1, 500)), "gpu:0", 1, [None, None, None]),
        ((gpu(0, 10),), "cpu", 3, [None, None, None]),
    ],
)
def test_runs_share_a_gpu_only_where_there_is_room_and_take_free_ones_first(
    gpus: tuple[GpuUsage, ...],
    device: str,
    expected: int,
    seen: list[int | None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    log: list[str] = []
    jobs = workers(log)
    run(jobs, Roomy(gpus=gpus), RunPlan("a.py", device=device))
    assert most_at_once(log) == expected
    assert [job.seats[0].gpu for job in jobs] == seen


def test_gpus_that_the_person_has_chosen_are_left_as_chosen() -> None:
    log: list[str] = []
    jobs = workers(log, 2)
    plan = RunPlan("a.py", environment={"CUDA_VISIBLE_DEVICES": "1"})
    run(jobs, Roomy(gpus=(gpu(0, 10), gpu(1, 10))), plan)
    assert most_at_once(log) == 1
    assert [job.seats[0].gpu for job in jobs] == [None, None]


def test_the_youngest_gives_way_when_memory_runs_short_and_runs_again_alone() -> None:
    log: list[str] = []
    jobs = workers(log)

    class Tight(Roomy):
        """Three are one too many."""

        def is_short(self) -> bool:
            return log[-3:] == ["+a", "+b", "+c"]

    run(jobs, Tight())
    assert log[:4] == ["+a", "+b", "+c", "-c"]
    assert set(log[4:6]) == {"-a", "-b"}
    assert log[6:] == ["+c", "-c"]
    assert jobs[2].seats[0].has_company
    assert not jobs[2].seats[1].has_company


def test_with_a_run_that_must_be_repeated_those_after_it_begin_anew() -> None:
    log: list[str] = []
    jobs = [Worker(log, "a"), Worker(log, "b", fails=1), Worker(log, "c")]
    jobs[1].ended.set()
    for job in (jobs[0], jobs[2]):
        threading.Timer(0.5, job.ended.set).start()
    Schedule(RunPlan("a.py"), jobs, lambda: False, Roomy()).run()
    assert log.count("+a") == 1
    assert [entry for entry in log if entry[0] == "+"] == ["+a", "+b", "+c", "+b", "+c"]
    assert log[-4:] == ["+b", "-b", "+c", "-c"], "one at a time"


def test_once_cancelled_every_job_is_asked_although_there_is_no_room() -> None:
    log: list[str] = []
    jobs = workers(log)
    cancelled = threading.Event()

    def cancel() -> None:
        cancelled.set()
        for job in jobs:
            job.ended.set()

    threading.Timer(0.2, cancel).start()
    Schedule(RunPlan("a.py"), jobs, cancelled.is_set, Roomy(cores=1)).run()
    assert [len(job.seats) for job in jobs] == [1, 1, 1]


def test_what_a_job_raises_is_raised_when_the_others_have_given_way() -> None:
    class Broken(Worker):
        def run(self, seat: Seat) -> bool:
            raise ValueError("broken")

    log: list[str] = []
    with pytest.raises(ValueError, match="broken"):
        Schedule(
            RunPlan("a.py"), [Worker(log, "a"), Broken(log, "b")], lambda: False, Roomy()
        ).run()
    assert log == ["+a", "-a"]
