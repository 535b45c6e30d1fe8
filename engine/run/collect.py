"""Fold a run's events into its result."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from kerashift.engine.run.diagnosis import explain
from kerashift.engine.run.outcome import Outcome
from kerashift.engine.run.plan import (
    CHECKS,
    NOT_ASKED,
    Check,
    Frame,
    Parity,
    RunError,
    RunPlan,
    RunResult,
    Status,
    Verdict,
)

COULD_NOT_RUN = ("EntryError", "NoGpu")
"""`EntryError` is what the harness raises when an entry cannot be run as it was asked for."""


STOPPED = "Stopped"
"""The type of the error of a run that the person has ended."""


class Collector:
    """Takes the events of one child, on any thread."""

    def __init__(self, backend: str, python: str) -> None:
        self._lock = threading.Lock()
        self._result = RunResult(backend, Verdict.ERROR, python=python)
        self._checks: dict[str, Check] = {}
        self._losses: list[float | None] = []
        self._notes: list[str] = []
        self._stage = CHECKS[0]
        self._error: RunError | None = None
        self._has_finished = False
        self.agreements: dict[str, tuple[float | None, str]] = {}
        """Largest difference to earlier backends, and the word for it."""

    def take(self, event: Mapping[str, Any]) -> None:
        with self._lock:
            handler = getattr(self, f"_on_{event['event']}", None)
            if handler is not None:
                handler(event)

    def _on_stage(self, event: Mapping[str, Any]) -> None:
        self._stage = str(event["name"])

    def _on_check(self, event: Mapping[str, Any]) -> None:
        name = str(event["name"])
        self._checks[name] = Check(name, Status(event["status"]), str(event["detail"]))

    def _on_loss(self, event: Mapping[str, Any]) -> None:
        self._losses.append(event["value"])

    def _on_note(self, event: Mapping[str, Any]) -> None:
        self._notes.append(str(event["text"]))

    def _on_data(self, event: Mapping[str, Any]) -> None:
        self._result = replace(self._result, data=str(event["data"]))

    def _on_error(self, event: Mapping[str, Any]) -> None:
        if self._error is None:
            self._error = error_of(event)

    def _on_parity(self, event: Mapping[str, Any]) -> None:
        values = {field.name: event.get(field.name) for field in fields(Parity)}
        self._result = replace(self._result, parity=Parity(**values))

    def _on_agreement(self, event: Mapping[str, Any]) -> None:
        self.agreements[str(event["backend"])] = (event["forward_max_abs"], str(event["rank"]))

    def _on_result(self, event: Mapping[str, Any]) -> None:
        self._result = replace(
            self._result,
            device=str(event["device"]),
            python=str(event["python"]),
            versions=dict(event["versions"]),
            seconds_per_step=event["seconds_per_step"],
            peak_memory_mib=event["peak_memory_mib"],
        )

    def _on_finished(self, event: Mapping[str, Any]) -> None:
        self._has_finished = True

    def result(self, outcome: Outcome, plan: RunPlan) -> RunResult:
        """What the run proved, given how the child ended."""
        asked, timeout = plan.device, plan.timeout
        with self._lock:
            if outcome.stopped:
                self._error = RunError(STOPPED, "the run was stopped")
            elif outcome.timed_out:
                self._fail_stage(RunError("Timeout", f"not finished after {timeout:g} seconds"))
            elif outcome.exceeded_mib is not None:
                self._fail_stage(RunError("OutOfMemory", f"the process {outcome.words()}"))
            elif self._has_missed_gpu(asked):
                self._error = RunError("NoGpu", f"asked for {asked}, ran on {self._result.device}")
            elif not self._has_finished:
                words = f"the process {outcome.words()} before its checks were done"
                self._fail_stage(RunError("Crash", words))
            return replace(
                self._result,
                verdict=self._verdict(outcome),
                checks=self._all_checks(),
                losses=tuple(self._losses),
                error=self._error,
                notes=tuple(dict.fromkeys(self._notes)),
            )

    def _has_missed_gpu(self, asked: str) -> bool:
        device = self._result.device.lower()
        return asked.startswith("gpu") and device.startswith("cpu") and self._error is None

    def _all_checks(self) -> tuple[Check, ...]:
        """All but `backends`, which takes several runs, unless this one failed it by itself."""
        checks = [self._checks.get(name, _not_reached(name)) for name in CHECKS[:-1]]
        alone = self._checks.get(CHECKS[-1])
        return (*checks, alone) if alone else tuple(checks)

    def _fail_stage(self, error: RunError) -> None:
        self._error = error
        if self._stage not in self._checks and self._stage in CHECKS:
            self._checks[self._stage] = Check(self._stage, Status.FAILED, error.message)

    def _verdict(self, outcome: Outcome) -> Verdict:
        if outcome.timed_out:
            return Verdict.TIMEOUT
        if outcome.stopped or (self._error is not None and self._error.type in COULD_NOT_RUN):
            return Verdict.ERROR
        failed = any(check.status is Status.FAILED for check in self._checks.values())
        return Verdict.FAILED if failed or self._error is not None else Verdict.PASSED


def error_of(event: Mapping[str, Any]) -> RunError:
    """An `error` event as a value, with the rule that explains it."""
    kind, message = str(event["type"]), str(event["message"])
    frames = event.get("traceback") or ()
    own = [frame for frame in frames if frame.get("inside")]
    functions = [str(frame["function"]) for frame in own]
    line = str(own[-1].get("text", "")) if own else ""
    raised_in = str(frames[-1]["function"]) if frames else ""
    return RunError(
        kind,
        message,
        path=event.get("path"),
        line=event.get("line"),
        code=explain(kind, message, functions, line, raised_in),
        cell=event.get("cell"),
        traceback=tuple(
            Frame(
                *(str(f["path"]), int(f["line"]), str(f["function"])),
                *(f.get("cell"), bool(f.get("inside"))),
            )
            for f in frames
        ),
    )


def _not_reached(name: str) -> Check:
    reason = NOT_ASKED if name == "baseline" else "not reached"
    return Check(name, Status.SKIPPED, reason)
