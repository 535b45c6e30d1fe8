"""Does it train? Finite losses, weights that move, and a loss that goes down on one batch."""

from __future__ import annotations

import math
import time
from typing import Any

import kerashift_weights as weights
import numpy as np
from kerashift_measure import is_own_training
from kerashift_nest import largest_difference
from kerashift_recorder import shown_loss

SECONDS = 120.0
FEWEST_STEPS = 3
REPEATS = 20
"""Steps on one batch that show whether a loss goes down, when the project has trained already."""


class TrainingError(Exception):
    """It runs, but does not learn; the message says what was seen."""


def repeat_batch(
    framework: Any, model: Any, batch: Any, steps: int, recorder: Any, live: bool
) -> list[float]:
    """Train on one batch again and again; gives the losses. `live` tells them as events."""
    losses: list[float] = []
    started = time.monotonic()
    while len(losses) < steps:
        begin = time.perf_counter()
        losses.append(shown_loss(framework.train_step(model, batch)))
        if live:
            recorder.step_seconds.append(time.perf_counter() - begin)
            recorder.add_loss(losses[-1])
        if not math.isfinite(losses[-1]):
            raise TrainingError(f"the loss became {losses[-1]} at step {len(losses)}")
        if len(losses) >= FEWEST_STEPS and time.monotonic() - started > SECONDS:
            break
    return losses


def goes_down(losses: list[float]) -> bool:
    """Whether the last third is lower than the first, on average."""
    third = max(1, len(losses) // 3)
    return len(losses) > 1 and float(np.mean(losses[-third:])) < float(np.mean(losses[:third]))


def train_callable(
    framework: Any, model: Any, batch: Any, loss: Any, own: bool, recorder: Any
) -> str:
    """Train a model that a callable gave; `own` says that the project compiled it."""
    before = weights.read(framework, model)
    if not own:
        model.compile(optimizer=framework.adam(), loss=loss.value)
    losses = repeat_batch(framework, model, batch, recorder.steps, recorder, live=True)
    said = f"{_course(losses)} on one repeated batch"
    if not goes_down(losses):
        second = _with_adam(framework, model, batch, loss, recorder, before)
        said += f" with its own optimizer, {_course(second)} with Adam"
    _expect_movement(framework, model, before)
    return said


def confirm_script(
    framework: Any,
    model: Any,
    batch: Any,
    loss: Any,
    recorder: Any,
    start: list[np.ndarray] | None,
) -> str:
    """Judge the training that a script did, then train on its first batch alone.

    `start` are the weights it began with, where they are known.
    """
    losses = recorder.losses
    bad = [number for number, value in enumerate(losses, 1) if not math.isfinite(value)]
    if bad:
        raise TrainingError(f"the loss became {losses[bad[0] - 1]} at step {bad[0]}")
    if not model.trainable_weights:
        raise TrainingError("no weight is trainable: `trainable` counts when training begins")
    if start is not None:
        _expect_movement(framework, model, start)
    said = "the project's own training" + (", cut to the budget" if recorder.was_cut else "")
    said += f": {_course(losses)}" if losses else " went through"
    start = weights.read(framework, model) if start is None else start
    repeated = _with_adam(framework, model, batch, loss, recorder, start)
    return f"{said}; {_course(repeated)} on its first batch repeated"


def _with_adam(
    framework: Any, model: Any, batch: Any, loss: Any, recorder: Any, start: list[np.ndarray]
) -> list[float]:
    weights.write(framework, model, start)
    if is_own_training(framework, model):
        framework.replace_optimizers(model, framework.adam)
    else:
        framework.compile(model, framework.adam(), loss.value, loss.weights)
    steps = min(recorder.steps, REPEATS)
    losses = repeat_batch(framework, model, batch, steps, recorder, live=False)
    if len(framework.optimizers(model)) > 1:
        return losses  # trained against each other, the loss of one need not go down
    if not goes_down(losses):
        losses += repeat_batch(framework, model, batch, 2 * steps, recorder, live=False)
    if not goes_down(losses):
        raise TrainingError(f"the loss does not go down on one repeated batch: {_course(losses)}")
    return losses


def _expect_movement(framework: Any, model: Any, before: list[np.ndarray]) -> None:
    now = weights.read(framework, model)
    if len(now) == len(before) and largest_difference(before, now) == 0.0:
        raise TrainingError("no weight moved in training")


def _course(losses: list[float]) -> str:
    steps = "1 step" if len(losses) == 1 else f"{len(losses)} steps"
    return f"{steps}, loss {losses[0]:.4g} → {losses[-1]:.4g}"
