"""What went into and came out of each layer while a model was called, inner layers first.

This sees into subclassed models and shared layers as well as into functional graphs.
"""
from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from kerashift_nest import leaves

MAX_CALLS = 3000
MAX_VALUES = 20_000_000
UNNAMED = ("InputLayer", "TFOpLambda", "SlicingOpLambda", "ClassMethod", "InstanceProperty")
"""What Keras 2 makes layers of, and Keras 3 does not."""


class Calls:
    """`made` are calls in the order of their ends; tensors are kept once, by their number."""

    def __init__(self) -> None:
        self.made: list[dict[str, Any]] = []
        self.arrays: list[np.ndarray] = []
        self.is_whole = True

    def inputs(self, number: int) -> list[np.ndarray]:
        return [self.arrays[n] for n in self.made[number]["in"]]

    def outputs(self, number: int) -> list[np.ndarray]:
        return [self.arrays[n] for n in self.made[number]["out"]]


@contextmanager
def watch_calls(framework: Any, model: Any) -> Iterator[Calls]:
    """Keep the calls of the model's layers within the block, in which nothing may be traced."""
    calls = Calls()
    paths, places = dict(framework.paths(model)), dict(framework.places(model))
    kept: dict[int, tuple[Any, int]] = {}
    size = 0

    def number_of(tensor: Any) -> int | None:
        nonlocal size
        if id(tensor) not in kept:
            array = np.asarray(framework.array(tensor))
            size += array.size
            kept[id(tensor)] = (tensor, len(calls.arrays))
            calls.arrays.append(array)
        return kept[id(tensor)][1]

    original = framework.Layer.__call__

    @functools.wraps(original)
    def called(layer: Any, *args: Any, **kwargs: Any) -> Any:
        result = original(layer, *args, **kwargs)
        path = paths.get(id(layer))
        if path is None or type(layer).__name__ in UNNAMED:
            return result
        if size > MAX_VALUES or len(calls.made) >= MAX_CALLS:
            calls.is_whole = False
            return result
        given = [leaf for leaf in leaves([*args, *kwargs.values()]) if _is_tensor(leaf)]
        try:
            entry = {
                "path": path,
                "place": places[id(layer)],
                "class": type(layer).__name__,
                "in": [number_of(leaf) for leaf in given],
                "out": [number_of(leaf) for leaf in leaves(result) if _is_tensor(leaf)],
                "plain": _is_plain(args, given),
            }
        except Exception:
            # Called within a loop that the backend traces: there are no numbers.
            return result
        calls.made.append(entry)
        return result

    framework.Layer.__call__ = called
    try:
        yield calls
    finally:
        framework.Layer.__call__ = original


def _is_tensor(leaf: Any) -> bool:
    return hasattr(leaf, "shape") and hasattr(leaf, "dtype")


def _is_plain(args: Any, given: list[Any]) -> bool:
    """Whether the layer can be called again on that one tensor alone."""
    if len(args) != 1 or len(given) != 1 or args[0] is not given[0]:
        return False
    return getattr(given[0], "_keras_mask", None) is None
