"""What one child is told: its part in the suite, its files and its environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kerashift.engine.run.entry import EntrySpec
from kerashift.engine.run.plan import RunPlan
from kerashift.engine.run.shadow import Shadow

LEGACY = "tf_keras"
TRAINING_SHARE = 0.3
"""The part of a run's time after which a program's own training is cut off."""
QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONIOENCODING": "utf-8",
    "MPLBACKEND": "Agg",
    "TQDM_DISABLE": "1",
    "WANDB_MODE": "disabled",
}
SHARED_GPU = {
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
}
FULL_PRECISION = {"NVIDIA_TF32_OVERRIDE": "0", "JAX_DEFAULT_MATMUL_PRECISION": "highest"}
"""Without these, a GPU multiplies with 10 bits of mantissa and nothing is equal to 1e-5."""


@dataclass(frozen=True, slots=True)
class Child:
    """One child of a suite. `reference` and `others` are files that earlier ones have written."""

    entry: EntrySpec
    plan: RunPlan
    folder: Path
    shadow: Shadow
    reference: Path | None = None
    compare: bool = False
    others: Mapping[str, Path] = field(default_factory=dict)

    @property
    def is_original(self) -> bool:
        return self.plan.backend == LEGACY

    @property
    def written_reference(self) -> Path:
        return self.folder / "reference.npz"

    @property
    def outputs(self) -> Path:
        return self.folder / "outputs.npz"

    def spec(self) -> dict[str, Any]:
        """What the harness reads."""
        plan = self.plan
        return {
            "role": "baseline" if self.is_original else "migrated",
            "backend": plan.backend,
            "root": str(self.shadow.folder),
            "guarded": list(self.shadow.guarded),
            "has_links": self.shadow.has_links,
            "folder": str(self.folder),
            "entry": self.entry.to_json(),
            "steps": plan.steps,
            "epochs": plan.epochs,
            "seconds": plan.timeout * TRAINING_SHARE,
            "data": plan.data,
            "seed": 0,
            "reference": str(self.reference or ""),
            "compare": self.compare,
            "write": str(self.written_reference),
            "outputs": str(self.outputs),
            "others": [{"backend": b, "path": str(p)} for b, p in self.others.items()],
            "environment": {"TMPDIR": str(self.folder), **environment_of(plan)},
        }


def environment_of(plan: RunPlan) -> dict[str, str]:
    """Environment variables for a backend and a device."""
    values = {**QUIET, **SHARED_GPU, **FULL_PRECISION}
    if plan.backend == LEGACY:
        values["TF_USE_LEGACY_KERAS"] = "1"
    else:
        values["KERAS_BACKEND"] = plan.backend
    kind, _, number = plan.device.partition(":")
    if kind == "cpu":
        values |= {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}
    elif number:
        values["CUDA_VISIBLE_DEVICES"] = number
    return {**values, **plan.environment}
