"""Run one entry on several backends, and compare them with the original and with each other."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from kerashift.engine.journal import originals
from kerashift.engine.run.agreement import (
    Agreement,
    no_original,
    with_backends_check,
    with_check,
    with_proof_asked,
)
from kerashift.engine.run.child import LEGACY, Child
from kerashift.engine.run.collect import Collector, error_of
from kerashift.engine.run.entry import EntryNotFoundError, EntrySpec, parse_entry
from kerashift.engine.run.environments import (
    Environment,
    NoEnvironmentError,
    choose,
    choose_legacy,
    find_environments,
    probe,
)
from kerashift.engine.run.family import MIB
from kerashift.engine.run.plan import RunError, RunPlan, RunResult, Verdict
from kerashift.engine.run.runner import start
from kerashift.engine.run.shadow import ShadowCancelled, make_shadow
from kerashift.engine.run.trace import Tracer

BASELINE = "baseline"
"""The name under which the callbacks hear of the original's run."""


class SuiteCallbacks(Protocol):
    """What a suite tells while it goes on; called on threads of its own."""

    def on_log(self, backend: str, text: str) -> None:
        """Text that the run printed; `backend` may be `baseline`."""

    def on_event(self, backend: str, event: Mapping[str, Any]) -> None:
        """One event: `{"event": "check" | "loss" | "stage" | "data" | "note" | …}`."""

    def cancelled(self) -> bool:
        """Asked often; true stops the running child and ends the suite."""


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """The runs, in the order of the backends asked for."""

    entry: str
    runs: tuple[RunResult, ...]
    cancelled: bool = False

    @property
    def passed(self) -> bool:
        return bool(self.runs) and all(run.passed for run in self.runs)

    @property
    def exit_code(self) -> int:
        """0 when all checks passed, 1 when one failed, 2 when something could not run.

        3 when all have passed that could be made, but a comparison that was asked for could not.
        """
        verdicts = {run.verdict for run in self.runs}
        if Verdict.ERROR in verdicts or not verdicts:
            return 2
        if verdicts <= {Verdict.PASSED, Verdict.UNPROVEN}:
            return 3 if Verdict.UNPROVEN in verdicts else 0
        return 1

    def to_json(self) -> dict[str, Any]:
        return {"version": 1, "entry": self.entry, "runs": [run.to_json() for run in self.runs]}


def run_suite(
    root: Path,
    outputs: Mapping[str, bytes],
    plan: RunPlan,
    backends: Sequence[str],
    baseline: bool,
    callbacks: SuiteCallbacks,
) -> SuiteResult:
    """Run the project at `root` with `outputs` laid over its files, on each backend in turn.

    With `baseline`, the original runs first under Keras 2 and the others are compared with it.
    Nothing is raised for what a project does wrong: that is in the results.
    """
    try:
        entry = parse_entry(root, plan.entry)
    except EntryNotFoundError as error:
        failure = RunError("EntryNotFound", str(error))
        return _Suite(plan, callbacks).all_failed(backends, failure)
    with tempfile.TemporaryDirectory(prefix="kerashift-run-", ignore_cleanup_errors=True) as folder:
        suite = _Suite(plan, callbacks, root, entry, Path(folder))
        return suite.run(outputs, backends, baseline)


class _Suite:
    """The state of one suite: what its children leave for the later ones."""

    def __init__(
        self,
        plan: RunPlan,
        callbacks: SuiteCallbacks,
        root: Path = Path(),
        entry: EntrySpec | None = None,
        folder: Path = Path(),
    ) -> None:
        self._plan = plan
        self._callbacks = callbacks
        self._root = root
        self._entry = entry
        self._folder = folder
        self._reference: Path | None = None
        self._original_error = ""
        self._outputs: dict[str, Path] = {}
        self._agreements: list[Agreement] = []

    def run(
        self, outputs: Mapping[str, bytes], backends: Sequence[str], baseline: bool
    ) -> SuiteResult:
        environments = self._environments()
        if baseline:
            self._run_original(environments)
        has_original = self._reference is not None
        runs: list[RunResult] = []
        for backend in backends:
            result = self._run_backend(backend, outputs, environments, has_original)
            if baseline and not has_original:
                result = with_check(result, no_original(self._original_error))
            runs.append(with_proof_asked(result) if baseline else result)
        runs = with_backends_check(runs, self._agreements)
        for run in runs:
            self._callbacks.on_event(run.backend, {"event": "check", **run.checks[-1].to_json()})
        return SuiteResult(self._plan.entry, tuple(runs), self._callbacks.cancelled())

    def all_failed(self, backends: Sequence[str], error: RunError) -> SuiteResult:
        runs = tuple(RunResult(backend, Verdict.ERROR, error=error) for backend in backends)
        return SuiteResult(self._plan.entry, runs)

    def _environments(self) -> tuple[Environment, ...]:
        if self._plan.python:
            chosen = probe(Path(self._plan.python), "asked for")
            return (chosen,) if chosen else ()
        return find_environments(self._root)

    def _run_original(self, environments: Sequence[Environment]) -> None:
        """Leave a reference, or the reason why there is none."""
        try:
            python = self._plan.pythons.get(LEGACY) or choose_legacy(environments).python
        except NoEnvironmentError as error:
            self._original_error = str(error)
            return
        # Fixes that are applied already are taken back in the copy: that is the original.
        try:
            outputs = originals(self._root)
            child = self._child(LEGACY, BASELINE, outputs)
        except ShadowCancelled:
            return
        result = self._run_child(BASELINE, child, python, outputs)
        if child.written_reference.exists():
            self._reference = child.written_reference
        else:
            failure = result.error
            self._original_error = f"{failure.type}: {failure.message}" if failure else "no model"

    def _run_backend(
        self,
        backend: str,
        outputs: Mapping[str, bytes],
        environments: Sequence[Environment],
        has_original: bool,
    ) -> RunResult:
        if self._callbacks.cancelled():
            return RunResult(backend, Verdict.ERROR, error=RunError("Stopped", "not started"))
        try:
            python = self._plan.pythons.get(backend) or choose(environments, backend).python
        except NoEnvironmentError as error:
            failure = RunError("NoEnvironment", str(error))
            self._callbacks.on_event(backend, {"event": "error", **failure.to_json()})
            return RunResult(backend, Verdict.ERROR, error=failure)
        try:
            child = self._child(backend, backend, outputs, has_original)
        except ShadowCancelled:
            return RunResult(backend, Verdict.ERROR, error=RunError("Stopped", "not started"))
        result = self._run_child(backend, child, python, outputs)
        if child.outputs.exists():
            self._outputs[backend] = child.outputs
        if self._reference is None and child.written_reference.exists():
            self._reference = child.written_reference
        return result

    def _child(
        self,
        backend: str,
        name: str,
        outputs: Mapping[str, bytes],
        has_original: bool = False,
    ) -> Child:
        assert self._entry is not None
        folder = self._folder / name
        folder.mkdir()
        return Child(
            self._entry,
            replace(self._plan, backend=backend),
            folder,
            make_shadow(self._root, folder / "project", outputs, self._callbacks.cancelled),
            self._reference,
            has_original,
            dict(self._outputs),
        )

    def _run_child(
        self, name: str, child: Child, python: str, outputs: Mapping[str, bytes]
    ) -> RunResult:
        tracer = Tracer(self._root, outputs)
        plan = self._plan
        collector = Collector(name, python)

        def on_event(event: Mapping[str, Any]) -> None:
            collector.take(event)
            if event["event"] == "error":
                error = tracer.error(error_of(event))
                event = {**event, **error.to_json(), "migrated_line": error.migrated_line}
            self._callbacks.on_event(name, event)

        def on_log(text: str) -> None:
            self._callbacks.on_log(name, text)

        try:
            limit = None if plan.memory_mib is None else plan.memory_mib * MIB
            run = start(python, child.spec(), child.folder, on_event, on_log, limit)
        except OSError as error:
            return RunResult(name, Verdict.ERROR, error=RunError("CannotStart", str(error)))
        outcome = run.wait(plan.timeout, self._callbacks.cancelled)
        self._agreements += [
            Agreement(name, other, gap, rank) for other, (gap, rank) in collector.agreements.items()
        ]
        result = collector.result(outcome, plan)
        return replace(result, error=tracer.error(result.error)) if result.error else result
