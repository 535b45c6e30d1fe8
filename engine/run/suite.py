"""Run one entry on several backends, and compare them with the original and with each other."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kerashift.engine.journal import originals
from kerashift.engine.run.agreement import (
    no_original,
    with_backends_check,
    with_check,
    with_proof_asked,
)
from kerashift.engine.run.callbacks import SuiteCallbacks
from kerashift.engine.run.child import LEGACY, Place
from kerashift.engine.run.entry import EntryNotFoundError, parse_entry
from kerashift.engine.run.environments import Environment, Environments, probe
from kerashift.engine.run.machine import Machine
from kerashift.engine.run.part import Part, Setting
from kerashift.engine.run.plan import RunError, RunPlan, RunResult, Verdict
from kerashift.engine.run.schedule import Schedule

BASELINE = "baseline"
"""The name under which the callbacks hear of the original's run."""


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
    machine: Machine | None = None,
) -> SuiteResult:
    """Run the project at `root` with `outputs` laid over its files, on each backend.

    As many runs go on at once as the machine has room for. With `baseline`, the original runs
    under Keras 2 and the others are compared with it. What is found does not depend on who is
    faster. Nothing is raised for what a project does wrong: that is in the results.
    """
    try:
        entry = parse_entry(root, plan.entry)
    except EntryNotFoundError as error:
        failure = RunError("EntryNotFound", str(error))
        failed = (RunResult(backend, Verdict.ERROR, error=failure) for backend in backends)
        return SuiteResult(plan.entry, tuple(failed))
    setting = Setting(root, entry, plan, _environments(root, plan), callbacks)
    with tempfile.TemporaryDirectory(prefix="kerashift-run-", ignore_cleanup_errors=True) as folder:
        parts = _parts(setting, Path(folder), outputs, backends, baseline)
        Schedule(plan, parts, callbacks.cancelled, machine).run()
        runs = _judged(parts)
    for run in runs:
        callbacks.on_event(run.backend, {"event": "check", **run.checks[-1].to_json()})
    return SuiteResult(plan.entry, tuple(runs), callbacks.cancelled())


def _environments(root: Path, plan: RunPlan) -> Iterable[Environment]:
    if plan.python:
        chosen = probe(Path(plan.python), "asked for")
        return (chosen,) if chosen else ()
    return Environments(root)


def _parts(
    setting: Setting,
    folder: Path,
    outputs: Mapping[str, bytes],
    backends: Sequence[str],
    baseline: bool,
) -> list[Part]:
    """The runs, in the order in which they look at each other: the original first."""
    places = [Place(BASELINE, LEGACY, folder / BASELINE)] if baseline else []
    places += [Place(backend, backend, folder / backend) for backend in backends]
    # Fixes that are applied already are taken back in the original's copy.
    texts = [originals(setting.root) if place.is_original else outputs for place in places]
    return [
        Part(setting, place, texts[turn], places[:turn], places[turn + 1 :])
        for turn, place in enumerate(places)
    ]


def _judged(parts: Sequence[Part]) -> list[RunResult]:
    """The runs of the backends, with the checks that none can answer alone."""
    runs = [part.result for part in parts if not part.place.is_original]
    original = next((part for part in parts if part.place.is_original), None)
    if original is not None and not original.place.has_reference:
        missing = no_original(_words(original.result.error))
        runs = [with_check(run, missing) for run in runs]
    elif original is not None:
        runs = [_with_witness(run, original.result) for run in runs]
    if original is not None:
        runs = [with_proof_asked(run) for run in runs]
    agreements = [agreement for part in parts for agreement in part.agreements]
    return with_backends_check(runs, agreements)


def _with_witness(run: RunResult, original: RunResult) -> RunResult:
    """The run with a word on where its original ran, if that was not under `tf_keras`."""
    versions = original.versions
    if "keras" not in versions:
        return run
    words = f"Keras {versions['keras']}, TensorFlow {versions.get('tensorflow', '')}"
    note = f"The original ran in its own environment: {words} ({original.python})."
    return replace(run, notes=(*run.notes, note))


def _words(error: RunError | None) -> str:
    if error is None:
        return "no model"
    return error.message if error.type == "NoEnvironment" else f"{error.type}: {error.message}"
