"""A run as the engine wants it, from what the person chose."""

from __future__ import annotations

from kerashift.engine.environments.store import chosen_interpreters
from kerashift.engine.run.history import run_and_keep
from kerashift.engine.run.plan import RunPlan
from kerashift.engine.run.suite import SuiteResult
from kerashift.engine.session import Session
from kerashift.ui.runs import Callbacks, Job
from kerashift.ui.views.run.form import Choice


def job(session: Session, choice: Choice, backends: tuple[str, ...]) -> Job:
    """A function that runs the suite with given callbacks, on a worker thread."""
    plan = RunPlan(
        entry=choice.entry,
        device=choice.device,
        steps=choice.steps,
        pythons=chosen_interpreters(session.root),
    )

    def run(callbacks: Callbacks) -> SuiteResult:
        outputs = session.outputs()
        return run_and_keep(session.root, outputs, plan, backends, choice.baseline, callbacks)

    return run
