"""What a model does on one batch with given weights: outputs, loss, gradients, a few steps.

The original and the migrated model are measured in the same way, and the results compared.
"""

# ruff: noqa: B905 (`zip` has no `strict` in Python 3.9)
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import kerashift_weights as weights
import numpy as np
from kerashift_errors import short_words
from kerashift_nest import largest_difference, largest_size, leaves

RANDOM_ATTRIBUTES = (
    "rate",
    "stddev",
    "noise_stddev",
    "dropout",
    "recurrent_dropout",
    "dropout_rate",
    "drop_rate",
    "drop_prob",
    "noise",
    "sigma",
)
"""How layers name the strength of what they draw at random; zero while comparing."""
LATER_STEPS = 3
STEP_SIZE = 0.01
MAX_LAYER_VALUES = 20_000_000


class Measurement:
    """`None` stands for what could not be measured; `notes` say why."""

    def __init__(self) -> None:
        self.outputs: Any = None
        self.loss: float | None = None
        self.layers: list[tuple[str, str, np.ndarray]] = []
        self.gradients: list[np.ndarray] | None = None
        self.stepped: list[np.ndarray] | None = None
        self.step_size: float | None = None
        self.notes: list[str] = []


def measure(
    framework: Any, model: Any, x: Any, y: Any, loss: Any, step_size: float | None = None
) -> Measurement:
    """Measure; the weights are put back. `loss` is a `LossSpec`, or `None` to leave it out.

    `step_size` is the one that the original was measured with.
    """
    result = Measurement()
    start = weights.read(framework, model)
    result.outputs = framework.forward(model, x)
    result.layers = _layer_outputs(framework, model, x)
    if loss is not None:
        try:
            _measure_training(framework, model, x, y, loss, step_size, start, result)
        except Exception as error:
            words = f"{type(error).__name__}: {short_words(error)}"
            result.notes.append(f"its training was not compared: {words}")
        weights.write(framework, model, start)
    return result


def _measure_training(
    framework: Any,
    model: Any,
    x: Any,
    y: Any,
    loss: Any,
    step_size: float | None,
    start: list[np.ndarray],
    result: Measurement,
) -> None:
    framework.compile(model, framework.sgd(1.0), loss.value, loss.weights)
    if loss.value is not None or model.losses:
        result.loss = framework.evaluate(model, x, y)
    with _calm(framework, model):
        first = framework.forward(model, x, training=True)
        weights.write(framework, model, start)
        again = framework.forward(model, x, training=True)
        if largest_difference(first, again) > 1e-7 * max(1.0, largest_size(first)):
            result.notes.append("its steps were not compared: it draws random numbers in training")
            return
        # One step of size 1 takes the gradient off the weights: this works on every backend.
        after = _steps(framework, model, x, y, start, 1.0, 1)
        result.gradients = [before - now for before, now in zip(start, after)]
        result.step_size = step_size or STEP_SIZE / max(1.0, largest_size(result.gradients))
        result.stepped = _steps(framework, model, x, y, start, result.step_size, LATER_STEPS)


def _steps(
    framework: Any, model: Any, x: Any, y: Any, start: list[np.ndarray], size: float, count: int
) -> list[np.ndarray]:
    weights.write(framework, model, start)
    framework.set_rate(model, size)
    for _ in range(count):
        framework.train_step(model, x, y)
    return weights.read(framework, model)


@contextmanager
def _calm(framework: Any, model: Any) -> Iterator[None]:
    """Dropout and noise off."""
    changed = []
    for layer in framework.layers(model):
        for name in RANDOM_ATTRIBUTES:
            value = vars(layer).get(name, getattr(layer, name, None))
            if isinstance(value, float) and value and _set(layer, name, 0.0):
                changed.append((layer, name, value))
    try:
        yield
    finally:
        for layer, name, value in changed:
            _set(layer, name, value)


def _set(layer: Any, name: str, value: float) -> bool:
    try:
        setattr(layer, name, value)
    except AttributeError:
        return False
    return True


def _layer_outputs(framework: Any, model: Any, x: Any) -> list[tuple[str, str, np.ndarray]]:
    """(name, class, output) of the layers of a functional model, in order; else nothing."""
    try:
        layers = [layer for layer in model.layers if _is_worth_comparing(layer)]
        nodes = [layer.output for layer in layers]
        if not layers or not getattr(model, "inputs", None):
            return []
        outputs = framework.forward(framework.Model(model.inputs, nodes), x)
    except Exception:
        # Subclassed models, shared layers: there is no single output to name.
        return []
    outputs = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    if sum(leaf.size for leaf in leaves(outputs)) > MAX_LAYER_VALUES:
        return []
    return [
        (layer.name, type(layer).__name__, output)
        for layer, output in zip(layers, outputs)
        if isinstance(output, np.ndarray)
    ]


def _is_worth_comparing(layer: Any) -> bool:
    kind = type(layer).__name__
    return kind != "InputLayer" and "OpLambda" not in kind


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
