"""What one child is told: its part in the suite, its files and its environment."""

from __future__ import annotations

from dataclasses import dataclass
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
class Place:
    """Where one run of a suite leaves what the others look at; `folder` is its own."""

    name: str
    backend: str
    folder: Path

    @property
    def is_original(self) -> bool:
        return self.backend == LEGACY

    @property
    def has_reference(self) -> bool:
        """Whether it has left a measured model."""
        return (self.folder / "reference.npz").exists()

    def end(self) -> None:
        """Say that nothing more will come: others may be waiting for it."""
        self.folder.mkdir(exist_ok=True)
        (self.folder / "ended").touch()


@dataclass(frozen=True, slots=True)
class Child:
    """One child of a suite. `earlier` and `later` are those before and after it, in their turn."""

    entry: EntrySpec
    plan: RunPlan
    place: Place
    shadow: Shadow
    earlier: tuple[Place, ...] = ()
    later: tuple[Place, ...] = ()

    @property
    def patience(self) -> float:
        """Seconds that it may wait for others, beside its own time."""
        return self.plan.timeout * len(self.earlier)

    def spec(self) -> dict[str, Any]:
        """What the harness reads."""
        plan = self.plan
        return {
            "role": "baseline" if self.place.is_original else "migrated",
            "backend": plan.backend,
            "root": str(self.shadow.folder),
            "guarded": list(self.shadow.guarded),
            "has_links": self.shadow.has_links,
            "folder": str(self.place.folder),
            "entry": self.entry.to_json(),
            "steps": plan.steps,
            "epochs": plan.epochs,
            "seconds": plan.timeout * TRAINING_SHARE,
            "data": plan.data,
            "seed": 0,
            "earlier": [self._picture(place) for place in self.earlier],
            "others": [
                {**self._picture(place), "is_earlier": place in self.earlier}
                for place in (*self.earlier, *self.later)
                if not place.is_original
            ],
            "environment": {"TMPDIR": str(self.place.folder), **environment_of(plan)},
        }

    @staticmethod
    def _picture(place: Place) -> dict[str, Any]:
        return {
            "name": place.name,
            "backend": place.backend,
            "folder": str(place.folder),
            "is_original": place.is_original,
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
