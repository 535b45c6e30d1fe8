"""The ways in which a side runs a case on its own: eagerly and symbolically.

Stand-alone: imported by the child processes only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from inputs import WEIGHTS

Function = Callable[..., Any]
Arguments = Mapping[str, np.ndarray]


def plain(value: Any) -> Any:
    """Tensors as NumPy arrays, all else as plain Python, so that another process can read it."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, type(None) | bool | int | float | str):
        return value
    if type(value).__name__ in ("TensorShape", "Size"):
        return tuple(int(n) if n is not None else None for n in value)
    if isinstance(value, list | tuple):
        return tuple(plain(item) for item in value)
    if hasattr(value, "detach"):
        value = value.detach().cpu()
    elif hasattr(value, "value") and hasattr(value, "assign"):
        inner = value.value() if callable(value.value) else value.value
        return plain(inner)
    array = np.asarray(value)
    return array if array.dtype != object else repr(value)


def is_tensor(value: Any) -> bool:
    """Of any library, arrays and variables included."""
    return hasattr(value, "dtype") and hasattr(value, "shape")


def tensor(side: str, value: Any) -> Any:
    """A tensor of the side's backend, never a variable."""
    if side in ("keras2", "tensorflow"):
        import tensorflow as tf

        is_weight = side == "tensorflow" and hasattr(value, "assign")
        return tf.convert_to_tensor(value.value if is_weight else value)
    from keras import ops

    return ops.convert_to_tensor(value)


def _tensors(side: str, arguments: Arguments) -> dict[str, Any]:
    return {name: tensor(side, value) for name, value in arguments.items()}


def eager(side: str, function: Function, arguments: Arguments) -> Any:
    return function(**_tensors(side, arguments))


def symbolic(side: str, function: Function, arguments: Arguments) -> Any:
    return _symbolic(side, function, arguments, None)


def static(side: str, function: Function, arguments: Arguments) -> Any:
    """Symbolic, with a batch size that is known."""
    return _symbolic(side, function, arguments, 0)


def _symbolic(side: str, function: Function, arguments: Arguments, batch: int | None) -> Any:
    import keras

    def placeholder(value: np.ndarray) -> Any:
        shape = (value.shape[0] if batch is not None else None, *value.shape[1:])
        return keras.Input(batch_shape=shape if value.ndim else (), dtype=value.dtype.name)

    weights = _tensors(side, {n: v for n, v in arguments.items() if n in WEIGHTS})
    data = {n: placeholder(v) for n, v in arguments.items() if n not in WEIGHTS}
    result = function(**weights, **data)

    def described(value: Any) -> Any:
        if isinstance(value, keras.KerasTensor):
            return {"shape": tuple(value.shape), "dtype": str(value.dtype)}
        return value

    return keras.tree.map_structure(described, result)


MODES: dict[str, Callable[[str, Function, Arguments], Any]] = {
    "eager": eager,
    "symbolic": symbolic,
    "static": static,
}
