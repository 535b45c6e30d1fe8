"""Nested structures of arrays: lists, tuples and dictionaries with arrays as leaves."""

# ruff: noqa: B905 (`zip` has no `strict` in Python 3.9)
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def map_nest(function: Callable[[Any], Any], nest: Any) -> Any:
    """The same structure with `function` applied to each leaf; `None` stays."""
    if nest is None:
        return None
    if isinstance(nest, dict):
        return {key: map_nest(function, value) for key, value in nest.items()}
    if isinstance(nest, (list, tuple)):
        return (
            type(nest)([map_nest(function, value) for value in nest])
            if not hasattr(nest, "_fields")
            else tuple(map_nest(function, value) for value in nest)
        )
    return function(nest)


def leaves(nest: Any) -> list[Any]:
    """The leaves in order; dictionaries in the order of their sorted keys."""
    if nest is None:
        return []
    if isinstance(nest, dict):
        return [leaf for key in sorted(nest, key=str) for leaf in leaves(nest[key])]
    if isinstance(nest, (list, tuple)):
        return [leaf for value in nest for leaf in leaves(value)]
    return [nest]


def pack(nest: Any, prefix: str, arrays: dict[str, np.ndarray]) -> Any:
    """Put the leaves into `arrays`, and give a structure that JSON can hold."""
    if nest is None:
        return None
    if isinstance(nest, dict):
        return {"dict": {k: pack(v, prefix, arrays) for k, v in nest.items()}}
    if isinstance(nest, (list, tuple)):
        kind = "tuple" if isinstance(nest, tuple) else "list"
        return {kind: [pack(value, prefix, arrays) for value in nest]}
    key = f"{prefix}{len(arrays)}"
    array = np.asarray(nest)
    arrays[key] = array.astype(str) if array.dtype == object else array
    return {"array": key}


def unpack(structure: Any, arrays: Any) -> Any:
    """The nest that `pack` took apart."""
    if structure is None:
        return None
    ((kind, content),) = structure.items()
    if kind == "dict":
        return {key: unpack(value, arrays) for key, value in content.items()}
    if kind in ("list", "tuple"):
        values = [unpack(value, arrays) for value in content]
        return tuple(values) if kind == "tuple" else values
    return arrays[content]


def largest_difference(left: Any, right: Any) -> float:
    """The largest absolute difference; infinite where shapes or not-a-numbers disagree."""
    lefts, rights = leaves(left), leaves(right)
    if len(lefts) != len(rights):
        return float("inf")
    return max((_difference(_numbers(a), _numbers(b)) for a, b in zip(lefts, rights)), default=0.0)


def largest_size(nest: Any) -> float:
    """The largest absolute value."""
    sizes = [float(np.max(np.abs(leaf))) for leaf in map(_numbers, leaves(nest)) if leaf.size]
    return max(sizes, default=0.0)


def _numbers(leaf: Any) -> np.ndarray:
    return np.asarray(leaf).astype("float64")


def _difference(left: np.ndarray, right: np.ndarray) -> float:
    if left.shape != right.shape:
        return float("inf")
    if left.size == 0:
        return 0.0
    with np.errstate(invalid="ignore"):
        gaps = np.where(left == right, 0.0, np.abs(left - right))
    both_nan = np.isnan(left) & np.isnan(right)
    gaps = np.where(both_nan, 0.0, gaps)
    return float("inf") if np.isnan(gaps).any() else float(gaps.max())
