"""What to convert and what came of it: plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from kerashift.engine.convert.discover import SavedModel

EQUAL = 1e-5
"""Outputs are equal up to this, or this share of the largest output: float32 has seven digits."""
CLOSE = 1e-3


class Outcome(StrEnum):
    """What became of one model."""

    EQUAL = "equal"
    """Converted, and the same predictions on every backend that could be asked."""
    CLOSE = "close"
    """Converted, and the predictions differ by rounding that has added up."""
    DIFFERENT = "different"
    FAILED = "failed"
    """It could not be converted."""


@dataclass(frozen=True, slots=True)
class ConversionPlan:
    """One model to convert. `code` is `FILE::callable` of the project at `root`, or nothing."""

    saved: SavedModel
    output: Path
    code: str = ""
    root: Path = Path()


@dataclass(frozen=True, slots=True)
class Proof:
    """What one backend said of the written file."""

    difference: float | None = None
    largest: float = 0.0
    """The largest absolute output, which differences are to be held against."""
    weights_difference: float | None = None
    problem: str = ""
    unable: str = ""
    """Why the backend could not be asked: no fault of the file."""

    @property
    def outcome(self) -> Outcome:
        if self.problem or self.difference is None:
            return Outcome.FAILED
        scale = max(1.0, self.largest)
        if self.weights_difference or self.difference > CLOSE * scale:
            return Outcome.DIFFERENT
        return Outcome.EQUAL if self.difference <= EQUAL * scale else Outcome.CLOSE

    def to_json(self) -> dict[str, Any]:
        values: dict[str, Any] = {"difference": self.difference, "largest": self.largest}
        for name in ("problem", "unable"):
            if getattr(self, name):
                values[name] = getattr(self, name)
        return values


@dataclass(frozen=True, slots=True)
class ConversionResult:
    """What became of one model; `output` is written only where `outcome` is equal or close."""

    plan: ConversionPlan
    outcome: Outcome
    problem: str = ""
    notes: tuple[str, ...] = ()
    proofs: Mapping[str, Proof] = field(default_factory=dict)
    parameters: int = 0

    @property
    def converted(self) -> bool:
        return self.outcome in (Outcome.EQUAL, Outcome.CLOSE)

    @property
    def difference(self) -> float | None:
        """The largest difference on any backend."""
        known = [p.difference for p in self.proofs.values() if p.difference is not None]
        return max(known, default=None)

    def to_json(self) -> dict[str, Any]:
        return {
            "model": str(self.plan.saved.path),
            "kind": self.plan.saved.kind.value,
            "output": str(self.plan.output) if self.converted else None,
            "outcome": self.outcome.value,
            "problem": self.problem,
            "notes": list(self.notes),
            "parameters": self.parameters,
            "backends": {backend: proof.to_json() for backend, proof in self.proofs.items()},
        }
