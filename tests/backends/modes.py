"""The ways in which a side runs a case: eagerly, compiled, symbolically, and for its gradient.

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


def _tensors(side: str, arguments: Arguments) -> dict[str, Any]:
    if side == "keras2":
        import tensorflow as tf

        return {name: tf.constant(value) for name, value in arguments.items()}
    from keras import ops

    return {name: ops.convert_to_tensor(value) for name, value in arguments.items()}


def eager(side: str, function: Function, arguments: Arguments) -> Any:
    return function(**_tensors(side, arguments))


def compiled(side: str, function: Function, arguments: Arguments) -> Any:
    """As Keras 3 runs a training step by default: by XLA, but for PyTorch."""
    tensors = _tensors(side, arguments)
    if side == "jax":
        import jax

        return jax.jit(function)(**tensors)
    if side == "tensorflow":
        import tensorflow as tf

        return tf.function(function, jit_compile=True)(**tensors)
    return function(**tensors)


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


def gradient(side: str, function: Function, arguments: Arguments) -> Any:
    """Gradient of a weighted sum of the result, by the name of each argument of float type."""
    floats = {n: v for n, v in arguments.items() if v.dtype.kind == "f"}
    others = _tensors(side, {n: v for n, v in arguments.items() if v.dtype.kind != "f"})
    variables = _tensors(side, floats)
    if not _has_float(function(**variables, **others)):
        return {}
    if side == "jax":
        import jax

        return jax.jit(jax.grad(lambda given: _weighted(function(**given, **others))))(variables)
    if side == "torch":
        return _torch_gradient(function, variables, others)
    import tensorflow as tf

    with tf.GradientTape() as tape:
        tape.watch(list(variables.values()))
        total = _weighted(function(**variables, **others))
    found = tape.gradient(total, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    return {name: tf.convert_to_tensor(value) for name, value in found.items()}


def together(function: Function, arguments: Arguments) -> dict[str, Any]:
    """`compiled` and `gradient` on JAX at the price of one compilation."""
    import jax

    floats = {n: v for n, v in arguments.items() if v.dtype.kind == "f"}
    others = _tensors("jax", {n: v for n, v in arguments.items() if v.dtype.kind != "f"})

    def both(given: dict[str, Any]) -> tuple[Any, Any]:
        result = function(**given, **others)
        return _weighted(result), result

    gradient, result = jax.jit(jax.grad(both, has_aux=True))(_tensors("jax", floats))
    return {"compiled": result, "gradient": gradient if _has_float(result) else {}}


def _torch_gradient(function: Function, variables: dict[str, Any], others: dict[str, Any]) -> Any:
    import torch

    for value in variables.values():
        value.requires_grad_(True)
    total = _weighted(function(**variables, **others))
    if not getattr(total, "requires_grad", False):
        return {name: torch.zeros_like(value) for name, value in variables.items()}
    found = torch.autograd.grad(total, list(variables.values()), allow_unused=True)
    return {
        name: torch.zeros_like(value) if part is None else part
        for (name, value), part in zip(variables.items(), found, strict=True)
    }


def _has_float(result: Any) -> bool:
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, list | tuple):
        return any(_has_float(item) for item in result)
    return "float" in str(getattr(result, "dtype", ""))


def _weighted(result: Any) -> Any:
    """One number that depends on every float of a result in another way."""
    if isinstance(result, dict):
        result = list(result.values())
    if isinstance(result, list | tuple):
        parts = [_weighted(item) for item in result]
        return sum(parts[1:], parts[0])
    if "float" not in str(getattr(result, "dtype", "")):
        return 0.0
    weights = np.cos(np.arange(int(np.prod(result.shape)))).reshape(tuple(result.shape))
    weights = weights.astype("float32")
    if hasattr(result, "requires_grad"):
        import torch

        return (result * torch.from_numpy(weights)).sum()
    product = result * weights
    if hasattr(product, "sum"):
        return product.sum()
    import tensorflow as tf

    return tf.reduce_sum(product)


MODES: dict[str, Callable[[str, Function, Arguments], Any]] = {
    "eager": eager,
    "compiled": compiled,
    "symbolic": symbolic,
    "static": static,
    "gradient": gradient,
}
