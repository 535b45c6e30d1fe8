"""What is known of one backend's run so far, built from its events. No Qt here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from kerashift.engine.run.plan import CHECKS, LIBRARY_NAMES, NOT_ASKED


class Status(StrEnum):
    """What the card of a backend shows; the values are names of icons."""

    WAITING = "waiting"
    RUNNING = "running"
    PASSED = "passed"
    UNPROVEN = "unproven"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class CheckState:
    status: str
    detail: str


@dataclass(frozen=True)
class ErrorState:
    """What broke, and where in the person's file; `migrated_line` is that of the fixed text."""

    type: str
    message: str
    path: str = ""
    line: int | None = None
    code: str = ""
    migrated_line: int | None = None
    frames: tuple[str, ...] = ()


@dataclass
class BackendState:
    """Folds events one by one; the final result overrides what the events said."""

    backend: str
    status: Status = Status.WAITING
    checks: dict[str, CheckState] = field(default_factory=dict)
    losses: list[tuple[float, float]] = field(default_factory=list)
    error: ErrorState | None = None
    seconds_per_step: float | None = None
    facts: dict[str, str] = field(default_factory=dict)
    stage: str = ""

    def take(self, event: Mapping[str, Any]) -> None:
        """Fold one event of the run."""
        if self.status is Status.WAITING:
            self.status = Status.RUNNING
        match event.get("event"):
            case "check":
                status, detail = str(event.get("status", "")), str(event.get("detail") or "")
                self.checks[str(event.get("name"))] = CheckState(status, detail)
            case "loss":
                self._take_loss(event)
            case "error":
                self.error = error_of(event)
            case "again":
                self._begin_anew(str(event.get("reason") or ""))
            case "ended":
                self.status = _status_of(event.get("verdict"))
            case "waits":
                self.stage = f"waits for {_called(event.get('backend'))}"
            case "stage":
                self.stage = str(event.get("name") or event.get("stage") or "")
            case "data":
                self.facts["data"] = str(event.get("data") or event.get("value") or "")
            case "result":
                self._take_facts(event)

    def _begin_anew(self, reason: str) -> None:
        self.status, self.stage = Status.WAITING, reason
        self.checks.clear()
        self.losses.clear()
        self.error = None

    def _take_loss(self, event: Mapping[str, Any]) -> None:
        try:
            value = float(event["value"])
        except (KeyError, TypeError, ValueError):
            return
        self.losses.append((float(len(self.losses) + 1), value))

    def _take_facts(self, result: Mapping[str, Any]) -> None:
        for name in ("device", "python", "data"):
            if result.get(name):
                self.facts[name] = str(result[name])
        for name, version in dict(result.get("versions") or {}).items():
            self.facts[str(name)] = str(version)
        seconds = result.get("seconds_per_step")
        self.seconds_per_step = float(seconds) if seconds else None

    def finish(self, result: Mapping[str, Any]) -> None:
        """Take the run's result, in the form of the JSON contract."""
        self._take_facts(result)
        for check in result.get("checks") or ():
            self.take({"event": "check", **check})
        error = result.get("error")
        self.error = error_of(error) if error else None
        verdict = result.get("verdict")
        self.status = _status_of(verdict)
        if self.error is None and verdict not in ("passed", "unproven", "failed"):
            self.error = ErrorState(str(verdict), "the run did not finish")

    def speed(self) -> str:
        if self.seconds_per_step is None:
            return f"step {len(self.losses)}" if self.losses else ""
        ms = self.seconds_per_step * 1000
        speed = f"{ms:.0f} ms/step" if ms >= 1 else f"{ms:.2f} ms/step"
        return f"{self.facts['device']} · {speed}" if "device" in self.facts else speed

    def summary(self) -> str:
        """The most telling sentence: the error, a failed check, or the agreement found."""
        if self.error is not None:
            return f"{self.error.type}: {self.error.message}".strip(": ")
        for name in CHECKS:
            check = self.checks.get(name)
            if check and check.status == "failed":
                return f"{name}: {check.detail}"
        baseline = self.checks.get("baseline")
        if baseline and baseline.status == "skipped" and baseline.detail not in ("", NOT_ASKED):
            return f"not proven against Keras 2: {baseline.detail}"
        for name in ("baseline", "backends", "trains"):
            check = self.checks.get(name)
            if check and check.status == "passed" and check.detail:
                return f"{name}: {check.detail}"
        is_going_on = self.status in (Status.RUNNING, Status.WAITING) and self.stage
        return self.stage if is_going_on else self.facts.get("ready", "")


def _called(run: Any) -> str:
    """A run of the suite by name."""
    return LIBRARY_NAMES.get(str(run), "the Keras 2 original")


def _status_of(verdict: Any) -> Status:
    return Status(verdict) if verdict in (Status.PASSED, Status.UNPROVEN) else Status.FAILED


def error_of(event: Mapping[str, Any]) -> ErrorState:
    line = event.get("line")
    migrated = event.get("migrated_line") or line
    return ErrorState(
        str(event.get("type") or "error"),
        str(event.get("message") or ""),
        str(event.get("path") or ""),
        int(line) if line else None,
        str(event.get("code") or ""),
        int(migrated) if migrated else None,
        tuple(event.get("frames") or ()),
    )
