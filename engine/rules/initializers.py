"""TensorFlow's initializers by their Keras names, and what fills a new variable."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from kerashift.engine.analysis.module import Module
from kerashift.engine.model import Span
from kerashift.engine.rules.calls import Argument, CallError, arguments_of, bind

KERAS_NAMES = {
    "tf.zeros_initializer": "keras.initializers.Zeros",
    "tf.ones_initializer": "keras.initializers.Ones",
    "tf.constant_initializer": "keras.initializers.Constant",
    "tf.random_normal_initializer": "keras.initializers.RandomNormal",
    "tf.random_uniform_initializer": "keras.initializers.RandomUniform",
}
_FILLED = {
    "tf.zeros": ("shape", "dtype", "name"),
    "tf.ones": ("shape", "dtype", "name"),
    "tf.fill": ("dims", "value", "name"),
    "tf.random.normal": ("shape", "mean", "stddev", "dtype", "seed", "name"),
    "tf.random.truncated_normal": ("shape", "mean", "stddev", "dtype", "seed", "name"),
    "tf.random.uniform": ("shape", "minval", "maxval", "dtype", "seed", "name"),
}
_FILLED["keras.ops.zeros"] = _FILLED["tf.zeros"]
_FILLED["keras.ops.ones"] = _FILLED["tf.ones"]
_DRAWN = {
    "tf.random.normal": ("keras.initializers.RandomNormal", {"stddev": "1.0"}),
    "tf.random.truncated_normal": ("keras.initializers.TruncatedNormal", {"stddev": "1.0"}),
    "tf.random.uniform": ("keras.initializers.RandomUniform", {"minval": "0.0", "maxval": "1.0"}),
}
"""Initializer of the same distribution, and the function's own defaults where they differ."""


@dataclass(frozen=True, slots=True)
class Filling:
    """How a variable is filled: its shape, dtype and initializer as parts of text."""

    shape: tuple[str | Span, ...]
    initializer: tuple[str | Span, ...]
    dtype: Argument | None = None
    uses: tuple[str, ...] = ()
    """Public Keras paths in `initializer`, written as `{0}`, `{1}` … there."""
    seeded: bool = False


def keras_initializer(name: str) -> str | None:
    """Keras path of a TensorFlow initializer class or function."""
    if name.startswith("tf.initializers."):
        return "keras.initializers." + name.removeprefix("tf.initializers.")
    return KERAS_NAMES.get(name)


def filling(module: Module, value: ast.expr) -> Filling | None:
    """What `tf.zeros(shape)` or `initializer(shape)` says, or None where it says something else."""
    if not isinstance(value, ast.Call):
        return None
    symbol = module.symbol(value.func)
    name = symbol.name if symbol is not None else ""
    try:
        if name in _FILLED:
            return _from_function(module, value, name)
        if symbol is None and _is_initializer(module, value.func):
            return _from_initializer(module, value)
    except CallError:
        return None
    return None


def _from_function(module: Module, call: ast.Call, name: str) -> Filling | None:
    arguments = arguments_of(module, call)
    bound = bind(arguments, _FILLED[name])
    given = bound.by_name
    shape = given.get("shape") or given.get("dims")
    if not bound.is_certain or shape is None:
        return None
    kept = (shape.value_extent,)
    dtype = given.get("dtype")
    last = name.rpartition(".")[2]
    if last in ("zeros", "ones"):
        return Filling(kept, (f'"{last}"',), dtype)
    if last == "fill":
        value = given.get("value")
        if value is None or not _is_float(value.value):
            return None
        parts = ("{0}(", value.value_extent, ")")
        return Filling(kept, parts, None, ("keras.initializers.Constant",))
    return _drawn(name, kept, given, dtype)


def _drawn(
    name: str, shape: tuple[Span], given: dict[str, Argument], dtype: Argument | None
) -> Filling | None:
    path, defaults = _DRAWN[name]
    parts: list[str | Span] = ["{0}("]
    for parameter in ("mean", "stddev", "minval", "maxval", "seed"):
        argument = given.get(parameter)
        text: str | Span | None = defaults.get(parameter)
        if argument is not None:
            text = argument.value_extent
        if text is not None:
            parts += [", " if len(parts) > 1 else "", f"{parameter}=", text]
    parts.append(")")
    return Filling(shape, tuple(p for p in parts if p != ""), dtype, (path,), "seed" in given)


def _from_initializer(module: Module, call: ast.Call) -> Filling | None:
    bound = bind(arguments_of(module, call), ("shape", "dtype"))
    shape = bound.by_name.get("shape")
    if not bound.is_certain or shape is None:
        return None
    seeded = isinstance(call.func, ast.Call) and any(k.arg == "seed" for k in call.func.keywords)
    return Filling(
        (shape.value_extent,),
        (module.span(call.func),),
        bound.by_name.get("dtype"),
        seeded=seeded,
    )


def _is_initializer(module: Module, node: ast.expr) -> bool:
    """Whether an expression makes an initializer, or a local name or attribute holds one."""
    if isinstance(node, ast.Call):
        symbol = module.symbol(node.func)
        return symbol is not None and (
            keras_initializer(symbol.name) is not None
            or symbol.name.startswith("keras.initializers.")
        )
    if isinstance(node, ast.Name):
        scope = module.tree.scopes.get(node)
        found = scope.lookup(node.id) if scope is not None else None
        values = [binding.value for binding in found[1]] if found is not None else []
        return bool(values) and all(v is not None and _is_initializer(module, v) for v in values)
    return isinstance(node, ast.Attribute) and node.attr.endswith("initializer")


def _is_float(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, float)
