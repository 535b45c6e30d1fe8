"""What an object of Keras is and does: its configuration, and numbers that come out of using it.

Stand-alone: imported by the child processes only.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
from modes import plain

_RNG = np.random.default_rng(3)
SHAPES = {
    2: (4, 6),
    3: (2, 8, 6),
    4: (2, 8, 8, 6),
    5: (1, 6, 6, 6, 6),
}
"""Inputs by rank; all have six channels."""
INPUTS = {rank: _RNG.uniform(0.05, 0.95, shape).astype("float32") for rank, shape in SHAPES.items()}
TARGETS = np.eye(6, dtype="float32")[[0, 2, 5, 1]]
LABELS = np.array([0, 2, 5, 1], "int32")
TEXTS = np.array([["a b"], ["b"]])
ARGUMENTS = {
    **{f"rank {rank}": (value,) for rank, value in INPUTS.items()},
    "rank 6": (_RNG.uniform(0.05, 0.95, (1, 3, 4, 4, 4, 2)).astype("float32"),),
    "two": ([INPUTS[3], INPUTS[3][:, ::-1]],),
    "two arguments": (INPUTS[3], INPUTS[3][:, ::-1]),
    "integers": (np.array([[1, 2, 0], [3, 1, 4]]),),
    "texts": (TEXTS,),
    "two texts": ((TEXTS, TEXTS[::-1]),),
}
"""What layers are called with, by what it is."""
UNSAID = {"name", "module", "registered_name", "build_config", "shared_object_id", "function"}
"""Keys of configurations that say how they are written, not what they say."""


def behave(make: Callable[[], Any]) -> dict[str, Any]:
    """Configuration and numbers of what `make` makes; what it has no such thing for is left out."""
    import keras

    warnings.simplefilter("ignore")
    keras.utils.set_random_seed(1)
    made = make()
    if hasattr(made, "shape"):
        return {"does": plain(made)}
    found = {"config": _plain_config(made.get_config())} if hasattr(made, "get_config") else {}
    for name, kind in _kinds(keras).items():
        if isinstance(made, kind) and not _draws(made) and not isinstance(made, keras.Model):
            return found | {"does": plain(globals()[f"_{name}"](make))}
    return found


def _kinds(keras: Any) -> dict[str, Any]:
    legacy = getattr(keras.optimizers, "legacy", None)
    optimizers = (keras.optimizers.Optimizer, *([legacy.Optimizer] if legacy else []))
    return {
        "metric": keras.metrics.Metric,
        "cell": _cells(keras),
        "layer": keras.layers.Layer,
        "loss": keras.losses.Loss,
        "optimizer": optimizers,
        "schedule": keras.optimizers.schedules.LearningRateSchedule,
        "constraint": keras.constraints.Constraint,
        "regularizer": keras.regularizers.Regularizer,
        "initializer": keras.initializers.Initializer,
    }


def _cells(keras: Any) -> tuple[type, ...]:
    names = ("LSTMCell", "GRUCell", "SimpleRNNCell", "StackedRNNCells")
    return tuple(getattr(keras.layers, name) for name in names)


def _draws(made: Any) -> bool:
    """Whether what it gives is chance, in inference too."""
    return type(made).__name__.startswith("Random") and hasattr(made, "call")


def _layer(make: Callable[[], Any]) -> Any:
    """Outputs in inference and losses for each input that the layer takes, its weights filled.

    Layers that take numbers are given nothing else.
    """
    results, reasons = {}, []
    for name, arguments in ARGUMENTS.items():
        if results and not name.startswith("rank"):
            break
        layer = make()
        try:
            layer(*arguments)
            _fill(layer)
            results[name] = [plain(layer(*arguments)), [plain(loss) for loss in layer.losses]]
        except Exception as error:
            reasons.append(error)
    if not results:
        raise reasons[-1]
    return results


def _cell(make: Callable[[], Any]) -> Any:
    import keras

    return _layer(lambda: keras.layers.RNN(make()))


def _fill(layer: Any) -> None:
    weights = layer.get_weights()
    layer.set_weights([_numbers(weight) for weight in weights])


def _numbers(weight: np.ndarray) -> np.ndarray:
    if weight.dtype.kind != "f":
        return weight
    values = np.linspace(0.1, 0.6, weight.size or 1).reshape(weight.shape)
    return values.astype(weight.dtype)


def _loss(make: Callable[[], Any]) -> Any:
    loss, weights = make(), np.array([1.0, 2.0, 0.5, 0.0])
    labels = LABELS if "Sparse" in type(loss).__name__ else TARGETS
    return [loss(labels, INPUTS[2]), loss(labels, INPUTS[2], weights)]


def _metric(make: Callable[[], Any]) -> Any:
    metric = make()
    labels = LABELS if "Sparse" in type(metric).__name__ else TARGETS
    is_plain = type(metric).__name__ in ("Mean", "Sum", "MeanTensor")
    results = []
    for true in (labels, labels[::-1]):
        metric.update_state(*([INPUTS[2]] if is_plain else [true, INPUTS[2]]))
        results.append(deepcopy(plain(metric.result())))  # may be the state itself, on PyTorch
    return results


def _optimizer(make: Callable[[], Any]) -> Any:
    import keras

    model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(2)])
    _fill(model)
    model.compile(make(), "mse")
    for _ in range(3):
        model.train_on_batch(INPUTS[2], TARGETS[:, :2])
    return model.get_weights()


def _schedule(make: Callable[[], Any]) -> Any:
    return [plain(make()(step)) for step in (0, 1, 7, 30)]


def _constraint(make: Callable[[], Any]) -> Any:
    made = make()
    if type(made).__name__ == "RadialConstraint":
        return made(_tensor(INPUTS[4][0, :3, :3, :, None] - 0.5))
    return [made(_tensor(INPUTS[2] - 0.5)), made(_tensor(INPUTS[4][0, :3, :3] - 0.5))]


def _regularizer(make: Callable[[], Any]) -> Any:
    return make()(_tensor(INPUTS[2][:, :4]))


def _initializer(make: Callable[[], Any]) -> Any:
    """Values of those that draw none, else in which octave their spread is."""
    value = np.asarray(plain(make()((300, 300))))
    spread = float(value.std())
    if spread < 1e-6 or set(np.unique(value)) <= {0.0, 1.0, 2.0}:
        return value[:3, :3]
    return round(np.log2(spread))


def _tensor(value: np.ndarray) -> Any:
    import keras

    convert = getattr(getattr(keras, "ops", None), "convert_to_tensor", None)
    return convert(value) if convert else keras.backend.constant(value)


def _plain_config(value: Any) -> Any:
    """A configuration in the words that both generations use."""
    if isinstance(value, dict):
        if value.get("class_name") == "DTypePolicy":
            return value["config"]["name"]
        if value.get("class_name") == "function":
            return value["config"]
        if "class_name" in value and "config" in value:
            return {value["class_name"].rpartition(">")[2]: _plain_config(value["config"])}
        kept = {k: v for k, v in value.items() if k not in UNSAID and v is not None}
        return {key: _plain_config(item) for key, item in kept.items()}
    if isinstance(value, list | tuple):
        return tuple(_plain_config(item) for item in value)
    if isinstance(value, type(None) | bool | int | str):
        return value
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if callable(value):
        return getattr(value, "__name__", type(value).__name__)
    value = plain(value)
    return float(f"{value:.6g}") if np.ndim(value) == 0 else value
