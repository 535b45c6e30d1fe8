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
TRIAL_SIZE, OWN_STEP_SIZE = 2.0**-10, 2.0**-5
SAME_DRAW = 1e-6


class Measurement:
    """`None` stands for what could not be measured; `notes` say why."""

    def __init__(self) -> None:
        self.outputs: Any = None
        self.loss: float | None = None
        self.logs: dict[str, dict[str, float]] = {}
        """What steps of the project's own log, by when."""
        self.is_own_training = False
        self.calls = Calls()
        self.strengths: list[tuple[str, str, str, float]] = []
        self.draws: dict[str, list[float]] = {}
        self.optimizers: dict[str, np.ndarray] = {}
        self.optimizer_names: dict[str, str] = {}
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
    optimizers: dict[str, Any] | None = None,
) -> Measurement:
    """Measure; the weights are put back. `x` is called, and `batch` is what a step gets.

    `loss` is a `LossSpec`, or `None` to leave its training out.

    `step_size` is the one that the original was measured with, `optimizers` the project's own by
    attribute, as (class, configuration).
    """
    result = Measurement()
    start = weights.read(framework, model)
    with calm_functions():
        model.predict_function = None
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
            if is_own_training(framework, model):
                result.is_own_training = True
                _measure_own_steps(framework, model, batch, step_size, start, result)
            else:
                _measure_training(framework, model, x, batch, loss, step_size, start, result)
        except Exception as error:
            words = f"{type(error).__name__}: {short_words(error)}"
            result.notes.append(f"its training was not compared: {words}")
        weights.write(framework, model, start)
    result.strengths = strengths(framework, model)
    result.draws = draws(framework, model, x, start)
    for name, optimizer in (optimizers or {}).items():
        _measure_optimizer(framework, name, optimizer, result)
    return result


def _measure_optimizer(framework: Any, name: str, optimizer: Any, result: Measurement) -> None:
    try:
        result.optimizers[name] = trajectory(framework, optimizer)
        result.optimizer_names[name] = optimizer[0].__name__
    except Exception as error:
        words = f"{type(error).__name__}: {short_words(error)}"
        result.notes.append(f"its {name} was not compared: {words}")


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
        after, _ = _steps(framework, model, batch, start, 1.0, 1)
        result.gradients = [before - now for before, now in zip(start, after)]
        result.step_size = step_size or STEP_SIZE / max(1.0, largest_size(result.gradients))
        result.stepped, _ = _steps(framework, model, batch, start, result.step_size, LATER_STEPS)


def is_own_training(framework: Any, model: Any) -> bool:
    """Whether the project wrote the step and compiled the model for it, in its own way."""
    return framework.has_own_step(model) and bool(framework.optimizers(model))


def _measure_own_steps(
    framework: Any,
    model: Any,
    batch: Any,
    step_size: float | None,
    start: list[np.ndarray],
    result: Measurement,
) -> None:
    """As the project compiled it, but with plain descent in the place of every optimizer.

    Where there are several, or several updates, one sees what the other has done: the steps are
    small then, and what they take off the weights stands for the gradients.
    """
    if framework.has_own("test_step", model):
        weights.write(framework, model, start)
        model.test_function = None
        result.logs["tested"] = framework.test_step(model, batch)
    framework.replace_optimizers(model, lambda: framework.sgd(TRIAL_SIZE))
    with calm_layers(framework, model):
        trial, _ = _steps(framework, model, batch, start, TRIAL_SIZE, 1)
        again, _ = _steps(framework, model, batch, start, TRIAL_SIZE, 1)
        if largest_difference(trial, again) > SAME_DRAW * TRIAL_SIZE:
            result.notes.append("its steps were not compared: it draws random numbers in training")
            return
        moved = largest_difference(start, trial) / TRIAL_SIZE
        result.step_size = step_size or OWN_STEP_SIZE / max(1.0, moved)
        after, result.logs["after one step"] = _steps(
            framework, model, batch, start, result.step_size, 1
        )
        result.gradients = [(old - new) / result.step_size for old, new in zip(start, after)]
        result.stepped, result.logs["after steps"] = _steps(
            framework, model, batch, start, result.step_size, LATER_STEPS
        )


def _steps(
    framework: Any,
    model: Any,
    batch: Any,
    start: list[np.ndarray],
    size: float,
    count: int,
) -> tuple[list[np.ndarray], dict[str, float]]:
    """The weights after so many steps from `start`, and what the last one logged."""
    weights.write(framework, model, start)
    framework.set_rate(model, size)
    logs: dict[str, float] = {}
    for _ in range(count):
        logs = framework.train_step(model, batch)
    return weights.read(framework, model), logs


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
