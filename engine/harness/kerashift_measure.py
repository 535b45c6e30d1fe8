"""What a model does on one batch with given weights: outputs, loss, gradients, a few steps.

The original and the migrated model are measured in the same way, and the results compared.
"""

# ruff: noqa: B905 (`zip` has no `strict` in Python 3.9)
from __future__ import annotations

from typing import Any

import kerashift_weights as weights
import numpy as np
from kerashift_calls import Calls, watch_calls
from kerashift_calm import calm_functions, calm_layers, strengths
from kerashift_draws import draws
from kerashift_errors import short_words
from kerashift_nest import largest_difference, largest_size
from kerashift_optimizer import trajectory

LATER_STEPS = 3
STEP_SIZE = 0.01
SAME_DRAW = 1e-6


class Measurement:
    """`None` stands for what could not be measured; `notes` say why."""

    def __init__(self) -> None:
        self.outputs: Any = None
        self.loss: float | None = None
        self.calls = Calls()
        self.strengths: list[tuple[str, str, str, float]] = []
        self.draws: dict[str, list[float]] = {}
        self.optimizer: np.ndarray | None = None
        self.optimizer_name = ""
        self.gradients: list[np.ndarray] | None = None
        self.stepped: list[np.ndarray] | None = None
        self.step_size: float | None = None
        self.notes: list[str] = []


def measure(
    framework: Any,
    model: Any,
    x: Any,
    batch: Any,
    loss: Any,
    step_size: float | None = None,
    optimizer: Any = None,
) -> Measurement:
    """Measure; the weights are put back. `x` is called, and `batch` is what a step gets.

    `loss` is a `LossSpec`, or `None` to leave its training out.

    `step_size` is the one that the original was measured with, `optimizer` the project's own as
    (class, configuration).
    """
    result = Measurement()
    start = weights.read(framework, model)
    with calm_functions():
        with watch_calls(framework, model) as result.calls:
            result.outputs = framework.forward(model, x)
        again = framework.forward(model, x)
        if largest_difference(result.outputs, again) > SAME_DRAW * max(1.0, largest_size(again)):
            result.notes.append("nothing was compared: what it gives is drawn at random")
            result.outputs = None
            return result
        if loss is None:
            return result
        try:
            _measure_training(framework, model, x, batch, loss, step_size, start, result)
        except Exception as error:
            words = f"{type(error).__name__}: {short_words(error)}"
            result.notes.append(f"its training was not compared: {words}")
        weights.write(framework, model, start)
    result.strengths = strengths(framework, model)
    result.draws = draws(framework, model, x, start)
    if optimizer is not None:
        _measure_optimizer(framework, optimizer, result)
    return result


def _measure_optimizer(framework: Any, optimizer: Any, result: Measurement) -> None:
    result.optimizer_name = optimizer[0].__name__
    try:
        result.optimizer = trajectory(framework, optimizer)
    except Exception as error:
        words = f"{type(error).__name__}: {short_words(error)}"
        result.notes.append(f"its optimizer was not compared: {words}")


def _measure_training(
    framework: Any,
    model: Any,
    x: Any,
    batch: Any,
    loss: Any,
    step_size: float | None,
    start: list[np.ndarray],
    result: Measurement,
) -> None:
    framework.compile(model, framework.sgd(1.0), loss.value, loss.weights)
    if loss.value is not None or model.losses:
        result.loss = framework.evaluate(model, batch)
    with calm_layers(framework, model):
        first = framework.forward(model, x, training=True)
        weights.write(framework, model, start)
        again = framework.forward(model, x, training=True)
        if largest_difference(first, again) > SAME_DRAW * max(1.0, largest_size(first)):
            result.notes.append("its steps were not compared: it draws random numbers in training")
            return
        # One step of size 1 takes the gradient off the weights: this works on every backend.
        after = _steps(framework, model, batch, start, 1.0, 1)
        result.gradients = [before - now for before, now in zip(start, after)]
        result.step_size = step_size or STEP_SIZE / max(1.0, largest_size(result.gradients))
        result.stepped = _steps(framework, model, batch, start, result.step_size, LATER_STEPS)


def _steps(
    framework: Any, model: Any, batch: Any, start: list[np.ndarray], size: float, count: int
) -> list[np.ndarray]:
    weights.write(framework, model, start)
    framework.set_rate(model, size)
    for _ in range(count):
        framework.train_step(model, batch)
    return weights.read(framework, model)


class LossSpec:
    """A loss as `compile` takes it; `name` is set where the run chose it itself."""

    def __init__(self, value: Any, loss_weights: Any = None, name: str | None = None) -> None:
        self.value = value
        self.weights = loss_weights
        self.name = name


def own_loss(arguments: dict[str, Any] | None) -> LossSpec | None:
    """The loss that the project gave to `compile`; a model may also add losses by itself."""
    if arguments is None:
        return None
    return LossSpec(arguments.get("loss"), arguments.get("loss_weights"))
