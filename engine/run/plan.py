"""What to run and what it proved: plain values that can be written as JSON.

A plan holds nothing of this machine but a path of an interpreter, so that it can be sent
elsewhere; results have the form of the command line's JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

BACKENDS = ("tensorflow", "jax", "torch")
LIBRARY_NAMES = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
"""What people call the backends."""
CHECKS = ("imports", "builds", "trains", "saves", "baseline", "backends")
NOT_ASKED = "not asked for"
"""What a skipped `baseline` says where nobody wanted it."""
DEFAULT_STEPS = 20
DEFAULT_EPOCHS = 1
DEFAULT_TIMEOUT = 600.0


class Status(StrEnum):
    """What became of one check."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class Verdict(StrEnum):
    """What became of one run."""

    PASSED = "passed"
    UNPROVEN = "unproven"
    """All checks that could be made have passed, but not the comparison that was asked for."""
    FAILED = "failed"
    ERROR = "error"
    """It could not run: no interpreter, no such entry, stopped by the person."""
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class RunPlan:
    """How one entry is run; `backend` and `python` are filled in for each backend.

    `python` left empty means: the one that `pythons` has for the backend (`tf_keras` stands for
    the original), else the first interpreter that has Keras 3 and the backend.
    `device` is `auto`, `cpu`, `gpu` or `gpu:N`; `data` is `auto`, `real` or `synthetic`.
    `steps` and `epochs` cut training short, `timeout` (seconds) ends a run, and so does holding
    more than `memory_mib`; by default that is what is free on the machine, but a reserve.
    """

    entry: str
    backend: str = ""
    python: str = ""
    device: str = "auto"
    steps: int = DEFAULT_STEPS
    epochs: int = DEFAULT_EPOCHS
    timeout: float = DEFAULT_TIMEOUT
    data: str = "auto"
    memory_mib: int | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    pythons: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        mappings = {"environment": dict(self.environment), "pythons": dict(self.pythons)}
        return {**asdict(self), **mappings}


@dataclass(frozen=True, slots=True)
class Check:
    """One question that a run answered."""

    name: str
    status: Status
    detail: str = ""

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "status": self.status.value, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class Parity:
    """How far the migrated model is from the Keras 2 original; `None` was not comparable."""

    forward_max_abs: float | None = None
    loss_abs: float | None = None
    gradient_max_abs: float | None = None
    step_max_abs: float | None = None
    first_divergent_layer: str | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Frame:
    """One level of a traceback; `path` is relative to the project, or absolute outside it."""

    path: str
    line: int
    function: str
    cell: int | None = None
    is_inside: bool = False
    """Of the project, not of a library."""


    def words(self) -> str:
        cell = "" if self.cell is None else f"cell {self.cell}, "
        return f"{self.path}, {cell}line {self.line}, in {self.function}"


@dataclass(frozen=True, slots=True)
class RunError:
    """Why a run failed; `path` and `line` are the innermost place in the person's own files.

    In a notebook `line` counts within `cell`. `code` is the rule that explains the error.
    `migrated_line` is the place in the text with the fixes, counted over all cells.
    """

    type: str
    message: str
    path: str | None = None
    line: int | None = None
    code: str | None = None
    cell: int | None = None
    traceback: tuple[Frame, ...] = ()
    migrated_line: int | None = None

    def own_frames(self) -> list[str]:
        """The places in the project that it passed, innermost first, then where it was raised."""
        own = [frame for frame in reversed(self.traceback) if frame.is_inside]
        last = self.traceback[-1:]
        frames = [*own, *(frame for frame in last if not frame.is_inside)]
        return [frame.words() for frame in frames]

    def to_json(self) -> dict[str, Any]:
        """The fields of the JSON contract; optional ones only where known."""
        values: dict[str, Any] = {
            "type": self.type,
            "message": self.message,
            "path": self.path,
            "line": self.line,
        }
        optional = {"code": self.code, "cell": self.cell}
        return values | {name: value for name, value in optional.items() if value is not None}


@dataclass(frozen=True, slots=True)
class RunResult:
    """What one run on one backend proved."""

    backend: str
    verdict: Verdict
    checks: tuple[Check, ...] = ()
    device: str = ""
    python: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    data: str = "synthetic"
    losses: tuple[float | None, ...] = ()
    seconds_per_step: float | None = None
    peak_memory_mib: float | None = None
    parity: Parity | None = None
    error: RunError | None = None
    notes: tuple[str, ...] = ()
    """Sentences for a person: what was replaced, guessed or cut."""

    @property
    def passed(self) -> bool:
        return self.verdict is Verdict.PASSED

    @property
    def unproven(self) -> str:
        """Why it was not compared with the original although that was asked for; else empty.

        A run can pass all that it could answer and still prove nothing of the migration itself.
        """
        if self.verdict is not Verdict.UNPROVEN:
            return ""
        return next(check.detail for check in self.checks if check.name == "baseline")

    def to_json(self) -> dict[str, Any]:
        """The run as the command line writes it."""
        values: dict[str, Any] = {
            "backend": self.backend,
            "device": self.device,
            "python": self.python,
            "versions": dict(self.versions),
            "data": self.data,
            "verdict": self.verdict.value,
            "checks": [check.to_json() for check in self.checks],
            "losses": list(self.losses),
            "seconds_per_step": self.seconds_per_step,
            "peak_memory_mib": self.peak_memory_mib,
        }
        if self.parity is not None:
            values["parity"] = self.parity.to_json()
        if self.error is not None:
            values["error"] = self.error.to_json()
        return values
