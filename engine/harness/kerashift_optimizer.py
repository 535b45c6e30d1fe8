"""Does the optimizer take the same steps? Asked with made-up gradients, apart from any model.

Within a model an optimizer cannot be judged: Adam turns rounding errors of a gradient that should
be zero into whole steps.
"""
# ruff: noqa: B905 (`zip` has no `strict` in Python 3.9)
from __future__ import annotations

from typing import Any

import numpy as np

START = (0.02, -0.01, 0.03, 0.0, 0.05)
GRADIENTS = (
    (1.0, -0.5, 0.25, 0.02, -0.03),
    (0.5, 0.5, -0.25, 0.03, -0.02),
    (-0.2, 0.1, 0.3, 0.02, -0.04),
)
TIMES = (0, 1_000, 100_000)
"""Steps that came before: schedules and decays show only later."""


def trajectory(framework: Any, optimizer: Any) -> np.ndarray:
    """How far the values are from their start after each step: (times, steps, values).

    `optimizer` is (class, configuration). Raises whatever building or using it raises.
    """
    kind, config = optimizer
    return np.stack([_course(framework, kind.from_config(dict(config)), time) for time in TIMES])


def _course(framework: Any, optimizer: Any, time: int) -> np.ndarray:
    start = np.array(START, "float32")
    variable = framework.variable(start)
    optimizer.build([variable]) if hasattr(optimizer, "build") else None
    optimizer.iterations.assign(time)
    course = []
    for gradient in GRADIENTS:
        pairs = [(framework.tensor(np.array(gradient, "float32")), variable)]
        optimizer.apply_gradients(pairs)
        course.append(np.array(framework.array(variable), "float64") - start)
    return np.stack(course)


def relative_gap(theirs: np.ndarray, ours: np.ndarray) -> float:
    """The largest difference, as a share of the steps that the original takes at that time."""
    gaps = []
    for left, right in zip(theirs, ours):
        size = float(np.abs(left).max())
        gap = float(np.abs(left - right).max())
        gaps.append(gap / size if size else (float("inf") if gap else 0.0))
    return max(gaps)


def say_difference(theirs: np.ndarray, ours: np.ndarray) -> str:
    """The first step on each side, at the time when they differ most."""
    gaps = [relative_gap(left[None], right[None]) for left, right in zip(theirs, ours)]
    time = int(np.argmax(gaps))
    step = int(np.argmax(np.abs(theirs[time, 0])))
    after = f" after {TIMES[time]:,} steps" if TIMES[time] else ""
    left, right = theirs[time, 0, step], ours[time, 0, step]
    return f"a step of {left:.4g} in Keras 2, {right:.4g} here{after}"
