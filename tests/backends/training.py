"""Cases inside a compiled training step: each in the `call` of a layer, many layers in a model.

Every array that a case is given is a weight of its layer, floats trainable ones, so that one step
of plain gradient descent shows the gradient: weight before less weight after. The step is compiled
as `Model.fit` does it on a GPU: by XLA, but for PyTorch. What the cases give within a compiled
step is taken from `predict_on_batch`. Stand-alone: imported by the child processes only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from modes import is_tensor, plain, tensor

RATE = 1.0
"""Of the descent: with 1, what a weight loses is its gradient."""
TOGETHER = 48
"""Cases that share a model: compiling many at once costs little more than one."""


@dataclass(frozen=True)
class Case:
    """A function with its arguments. `learns` says whether its gradient counts."""

    id: str
    function: Callable[..., Any]
    arguments: Mapping[str, np.ndarray]
    learns: bool
    predicts: bool


Outcomes = dict[str, dict[str, tuple[str, Any]]]


def train(side: str, cases: list[Case]) -> Outcomes:
    """Outcome of the modes `compiled` and `gradient` by case: `("ok", value)` or an error."""
    done: Outcomes = {}
    for start in range(0, len(cases), TOGETHER):
        done |= _train(side, cases[start : start + TOGETHER])
    return done


def _train(side: str, cases: list[Case]) -> Outcomes:
    """All cases in one model; where that fails halves of it, down to the case that is to blame."""
    try:
        return _step(side, cases)
    except Exception as error:
        if len(cases) > 1:
            half = len(cases) // 2
            return _train(side, cases[:half]) | _train(side, cases[half:])
        text = ("error", f"{type(error).__name__}: {error}"[:600])
        return {cases[0].id: {"compiled": text, "gradient": text}}


def _step(side: str, cases: list[Case]) -> Outcomes:
    import keras  # tf_keras on the side of Keras 2

    done: Outcomes = {case.id: {} for case in cases}
    nothing = np.zeros((1, 1), "float32")
    predicting = [_layer(keras, side, case, is_loss=False) for case in cases if case.predicts]
    if predicting:
        model = _model(keras, predicting, lambda outputs: {n: o for n, o in outputs.items() if o})
        model.compile(**_compilation(side))
        outputs = model.predict_on_batch(nothing)
        for layer in predicting:
            value = _filled(layer.skeleton, outputs.get(layer.case.id, []))
            done[layer.case.id]["compiled"] = ("ok", plain(value))
    learning = [_layer(keras, side, case, is_loss=True) for case in cases if case.learns]
    if learning:
        model = _model(keras, learning, lambda outputs: sum(outputs.values()))
        model(nothing)
        before = [layer.floats() for layer in learning]
        descent = keras.optimizers.SGD(RATE)
        model.compile(descent, lambda y_true, y_pred: y_pred, **_compilation(side))
        model.train_on_batch(nothing, nothing)
        for layer, old in zip(learning, before, strict=True):
            gradients = {name: (old[name] - new) / RATE for name, new in layer.floats().items()}
            done[layer.case.id]["gradient"] = ("ok", gradients if layer.has_float else {})
    return done


def _compilation(side: str) -> dict[str, Any]:
    return {"jit_compile": True} if side in ("tensorflow", "jax") else {}


def _model(keras: Any, layers: list[Any], made: Callable[[dict[str, Any]], Any]) -> Any:
    class Together(keras.Model):
        """All cases; `made` makes the model's output of theirs."""

        def __init__(self) -> None:
            super().__init__()
            self.cases = layers

        def call(self, inputs: Any) -> Any:
            return made({layer.case.id: layer(inputs) for layer in self.cases})

    return Together()


def _layer(keras: Any, side: str, case: Case, is_loss: bool) -> Any:
    class CaseLayer(keras.layers.Layer):
        """Owns the arguments. Its call gives the tensors of the case's result, or their sum."""

        def __init__(self) -> None:
            super().__init__()
            self.case = case
            self.has_float = False
            self.skeleton: Any = None
            self.owned = {
                name: self.add_weight(
                    name=name,
                    shape=value.shape,
                    dtype=value.dtype.name,
                    initializer=lambda *_, start=value, **__: tensor(side, start.copy()),
                    trainable=value.dtype.kind == "f",
                )
                for name, value in case.arguments.items()
            }

        def call(self, inputs: Any) -> Any:
            found: list[Any] = []
            given = {name: tensor(side, weight) for name, weight in self.owned.items()}
            self.skeleton = _strip(case.function(**given), found)
            if not is_loss:
                return found
            floats = [item for item in found if "float" in str(item.dtype)]
            self.has_float = bool(floats)
            total = 0.0 * inputs
            for weight in given.values():
                if "float" in str(weight.dtype):
                    total = total + 0.0 * _sum(side, weight)  # or it has no gradient at all
            for item in floats:
                total = total + _weighted(side, item)
            return total

        def floats(self) -> dict[str, np.ndarray]:
            copies = {n: np.array(plain(w)) for n, w in self.owned.items() if w.trainable}
            return copies  # PyTorch descends in place, also in what it was given

    return CaseLayer()


def _sum(side: str, value: Any) -> Any:
    if side == "keras2":
        import tensorflow as tf

        return tf.reduce_sum(tf.cast(value, "float32"))
    from keras import ops

    return ops.sum(ops.cast(value, "float32"))


def _weighted(side: str, value: Any) -> Any:
    """One number that depends on every item in another way."""
    weights = np.cos(np.arange(int(np.prod(value.shape)))).reshape(tuple(value.shape))
    if side == "keras2":
        import tensorflow as tf

        return _sum(side, tf.cast(value, "float32") * tensor(side, weights.astype("float32")))
    from keras import ops

    return _sum(side, ops.cast(value, "float32") * tensor(side, weights.astype("float32")))


@dataclass
class _Skeleton:
    """Where a tensor stood in a structure."""

    place: int


def _strip(value: Any, tensors: list[Any]) -> Any:
    """The structure without its tensors, which are appended to `tensors`."""
    if isinstance(value, dict):
        return {key: _strip(item, tensors) for key, item in value.items()}
    if isinstance(value, list | tuple) and type(value).__name__ not in ("TensorShape", "Size"):
        return tuple(_strip(item, tensors) for item in value)
    if is_tensor(value):
        tensors.append(value)
        return _Skeleton(len(tensors) - 1)
    return value


def _filled(skeleton: Any, tensors: list[Any]) -> Any:
    if isinstance(skeleton, dict):
        return {key: _filled(item, tensors) for key, item in skeleton.items()}
    if isinstance(skeleton, tuple):
        return tuple(_filled(item, tensors) for item in skeleton)
    return tensors[skeleton.place] if isinstance(skeleton, _Skeleton) else skeleton
