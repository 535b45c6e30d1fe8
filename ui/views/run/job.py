"""A run as the engine wants it, from what the person chose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerashift.engine.session import Session
from kerashift.ui.views.run.form import Choice


def job(session: Session, choice: Choice, backends: tuple[str, ...]) -> Callable[[Any], Any]:
    """A function that runs the suite with given callbacks, on a worker thread."""

    def run(callbacks: Any) -> Any:
        from kerashift.engine.run.suite import run_suite

        return run_suite(
            session.root, session.outputs(), choice, backends, choice.baseline, callbacks
        )

    return run
