"""One run of a suite: the original's or a backend's, from its copy of the project to its result."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kerashift.engine.run.agreement import Agreement
from kerashift.engine.run.callbacks import SuiteCallbacks
from kerashift.engine.run.child import Child, Place
from kerashift.engine.run.collect import STOPPED, Collector, error_of
from kerashift.engine.run.entry import EntrySpec
from kerashift.engine.run.environments import Environment, NoEnvironmentError, choose, choose_legacy
from kerashift.engine.run.family import MIB
from kerashift.engine.run.machine import only_gpu
from kerashift.engine.run.outcome import KILLED, Outcome
from kerashift.engine.run.plan import RunError, RunPlan, RunResult, Verdict
from kerashift.engine.run.runner import Run, start
from kerashift.engine.run.schedule import Seat
from kerashift.engine.run.shadow import ShadowCancelled, make_shadow
from kerashift.engine.run.trace import Tracer

AGAIN = "It was run a second time, alone: beside the others the machine's memory ran short."


@dataclass(frozen=True, slots=True)
class Setting:
    """What all runs of a suite have in common."""

    root: Path
    entry: EntrySpec
    plan: RunPlan
    environments: Iterable[Environment]
    callbacks: SuiteCallbacks


class Part:
    """A job of the schedule. `outputs` are the files to lay over the project's."""

    def __init__(
        self,
        setting: Setting,
        place: Place,
        outputs: Mapping[str, bytes],
        earlier: Sequence[Place] = (),
        later: Sequence[Place] = (),
    ) -> None:
        self.place = place
        self.result = RunResult(place.name, Verdict.ERROR)
        self.agreements: list[Agreement] = []
        self._setting = setting
        self._outputs = outputs
        self._earlier = tuple(earlier)
        self._later = tuple(later)
        self._run: Run | None = None
        self._is_repeated = False

    def memory(self) -> int:
        run = self._run
        return run.memory() if run is not None else 0

    def run(self, seat: Seat) -> bool:
        """Fill in `result`; tells whether it is final."""
        is_final = True
        try:
            result = self._attempt(seat)
            if result is None:
                is_final = False
                self._begin_anew()
            else:
                self._finish(result)
        finally:
            if is_final:
                self.place.end()
        return is_final

    def _begin_anew(self) -> None:
        self._is_repeated = True
        self.agreements.clear()
        shutil.rmtree(self.place.folder, ignore_errors=True)
        self._tell({"event": "again", "reason": AGAIN})

    def _finish(self, result: RunResult) -> None:
        if self._is_repeated:
            result = replace(result, notes=(*result.notes, AGAIN))
        self.result = result
        if result.error is None or result.error.type != STOPPED:
            self._tell({"event": "ended", "verdict": result.verdict.value})

    def _tell(self, event: Mapping[str, Any]) -> None:
        self._setting.callbacks.on_event(self.place.name, event)

    def _attempt(self, seat: Seat) -> RunResult | None:
        """The result; `None` where it has to give way and begin anew."""
        setting, name = self._setting, self.place.name
        try:
            python = self._python()
        except NoEnvironmentError as error:
            failure = RunError("NoEnvironment", str(error))
            self._tell({"event": "error", **failure.to_json()})
            return RunResult(name, Verdict.ERROR, error=failure)
        try:
            child = self._child(seat)
        except ShadowCancelled:
            if not setting.callbacks.cancelled():
                return None
            return RunResult(name, Verdict.ERROR, error=RunError(STOPPED, "not started"))
        collector = Collector(name, python)
        tracer = Tracer(setting.root, self._outputs)
        try:
            self._run = self._start(python, child, collector, tracer)
        except OSError as error:
            return RunResult(name, Verdict.ERROR, error=RunError("CannotStart", str(error)))
        outcome = self._run.wait(setting.plan.timeout, self._is_unwanted(seat))
        self._run = None
        if self._must_repeat(outcome, seat):
            return None
        self.agreements += [
            Agreement(name, other, gap, rank) for other, (gap, rank) in collector.agreements.items()
        ]
        result = collector.result(outcome, setting.plan)
        return replace(result, error=tracer.error(result.error)) if result.error else result

    def _python(self) -> str:
        """The interpreter; raises `NoEnvironmentError`."""
        backend, setting = self.place.backend, self._setting
        chosen = setting.plan.pythons.get(backend)
        if chosen:
            return chosen
        if self.place.is_original:
            return choose_legacy(setting.environments).python
        return choose(setting.environments, backend).python

    def _child(self, seat: Seat) -> Child:
        """Raises `ShadowCancelled`."""
        setting, folder = self._setting, self.place.folder
        folder.mkdir(exist_ok=True)
        plan = replace(setting.plan, backend=self.place.backend)
        if seat.gpu is not None:
            plan = replace(plan, environment={**plan.environment, **only_gpu(seat.gpu)})
        unwanted = self._is_unwanted(seat)
        shadow = make_shadow(setting.root, folder / "project", self._outputs, unwanted)
        return Child(setting.entry, plan, self.place, shadow, self._earlier, self._later)

    def _is_unwanted(self, seat: Seat) -> Callable[[], bool]:
        return lambda: seat.is_evicted or self._setting.callbacks.cancelled()

    def _start(self, python: str, child: Child, collector: Collector, tracer: Tracer) -> Run:
        def on_event(event: Mapping[str, Any]) -> None:
            collector.take(event)
            if event["event"] == "error":
                error = tracer.error(error_of(event))
                event = {**event, **error.to_json(), "migrated_line": error.migrated_line}
            self._tell(event)

        def on_log(text: str) -> None:
            self._setting.callbacks.on_log(self.place.name, text)

        mib = child.plan.memory_mib
        limit = None if mib is None else mib * MIB
        folder = self.place.folder
        return start(python, child.spec(), folder, on_event, on_log, limit, child.patience)

    def _must_repeat(self, outcome: Outcome, seat: Seat) -> bool:
        """Whether others are to blame for its end: then it gets the machine for itself."""
        if self._setting.callbacks.cancelled():
            return False
        if seat.is_evicted and outcome.stopped:
            return True
        is_short = outcome.exceeded_mib is not None and self._setting.plan.memory_mib is None
        was_killed = outcome.ended_by_itself and outcome.code == -KILLED
        return seat.has_company and (is_short or was_killed)
