"""Run one entry on several backends, and compare them with the original and with each other."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from kerashift.engine.run.plan import RunPlan, RunResult, Verdict

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
        """0 when all checks passed, 1 when one failed, 2 when something could not run."""
        if any(run.verdict is Verdict.ERROR for run in self.runs) or not self.runs:
            return 2
        return 0 if self.passed else 1

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
    raise NotImplementedError
