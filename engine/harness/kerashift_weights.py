"""Weights of a model by structure, to carry them from one framework to another."""

# ruff: noqa: B905 (`zip` has no `strict` in Python 3.9)
from __future__ import annotations

import re
from typing import Any

import numpy as np
from kerashift_names import is_counted

Record = dict[str, Any]
"""One layer that has weights of its own: {"path", "class", "weights": [{"name", "shape", …}]}."""


def records(framework: Any, model: Any) -> list[Record]:
    """The layers with weights of their own, outer before inner, in the model's order."""
    trainable = {id(weight) for weight in model.trainable_weights}
    paths = dict(framework.paths(model))
    found = []
    for layer in framework.layers(model):
        own = framework.own_weights(layer)
        if own:
            weights = [
                {
                    "name": _plain_name(weight.name),
                    "shape": list(weight.shape),
                    "trainable": id(weight) in trainable,
                }
                for weight in own
            ]
            path = paths[id(layer)].partition("/")[2] or layer.name
            found.append({"path": path, "class": type(layer).__name__, "weights": weights})
    return found


def variables(framework: Any, model: Any) -> list[Any]:
    """The weights themselves, in the order of `records`."""
    return [w for layer in framework.layers(model) for w in framework.own_weights(layer)]


def read(framework: Any, model: Any) -> list[np.ndarray]:
    """Copies of the weights, in the order of `records`."""
    return [np.array(framework.array(weight)) for weight in variables(framework, model)]


def write(framework: Any, model: Any, arrays: list[np.ndarray | None]) -> None:
    """Set the weights, in the order of `records`; `None` leaves one as it is."""
    for weight, array in zip(variables(framework, model), arrays):
        if array is not None:
            weight.assign(array)


def match(theirs: list[Record], ours: list[Record]) -> tuple[list[int | None], list[str]]:
    """For each of our weights the number of theirs, and the names of all that stay alone."""
    layers = _match_layers(theirs, ours)
    starts = _starts(theirs)
    numbers: list[int | None] = []
    alone: list[str] = []
    for layer, mate in zip(ours, layers):
        if mate is None:
            numbers += [None] * len(layer["weights"])
            alone += [f"{layer['path']}/{weight['name']}" for weight in layer["weights"]]
            continue
        for position in _match_within(theirs[mate]["weights"], layer["weights"]):
            numbers.append(starts[mate] + position)
    for number, layer in enumerate(theirs):
        if number not in layers:
            alone += [f"{layer['path']}/{weight['name']} (original)" for weight in layer["weights"]]
    return numbers, alone


def _match_layers(theirs: list[Record], ours: list[Record]) -> list[int | None]:
    """Where a layer stands and what it is called decides, then its class and shape in order.

    Names that Keras counts up (`dense_1`) say nothing unless both sides have the same ones: a
    model that was built before shifts them.
    """
    mates: list[int | None] = [None] * len(ours)
    shifted = _shifted_names(theirs, ours)
    for key in (_by_path, _by_name, _by_class, _by_shape):
        free: dict[Any, list[int]] = {}
        for number, layer in enumerate(theirs):
            if number not in mates and not (key in NAMING and _is_automatic(layer, shifted)):
                free.setdefault(key(layer), []).append(number)
        for number, layer in enumerate(ours):
            if key in NAMING and _is_automatic(layer, shifted):
                continue
            waiting = free.get(key(layer))
            if mates[number] is None and waiting:
                mates[number] = waiting.pop(0)
    return mates


def _shifted_names(theirs: list[Record], ours: list[Record]) -> set[str]:
    """Classes whose counted names are not the same on both sides."""
    return {
        layer["class"]
        for layer in [*theirs, *ours]
        if _counted_names(theirs, layer["class"]) != _counted_names(ours, layer["class"])
    }


def _counted_names(layers: list[Record], kind: str) -> list[str]:
    return sorted(
        layer["path"] for layer in layers if layer["class"] == kind and _is_counted(layer)
    )


def _is_automatic(layer: Record, shifted: set[str]) -> bool:
    return layer["class"] in shifted and _is_counted(layer)


def _is_counted(layer: Record) -> bool:
    return is_counted(layer["path"].rpartition("/")[2], layer["class"])


def _match_within(theirs: list[Record], ours: list[Record]) -> list[int]:
    """Weights of one layer: by name and shape, else in order among those of one shape."""
    left = list(range(len(theirs)))
    chosen = []
    for weight in ours:
        fits = [n for n in left if theirs[n]["shape"] == weight["shape"]]
        named = [n for n in fits if theirs[n]["name"] == weight["name"]]
        number = (named or fits)[0]
        left.remove(number)
        chosen.append(number)
    return chosen


def _by_path(layer: Record) -> Any:
    return layer["path"].replace("/", "_"), _by_shape(layer)


def _by_name(layer: Record) -> Any:
    return layer["path"].rpartition("/")[2], layer["class"], _by_shape(layer)


def _by_class(layer: Record) -> Any:
    return layer["class"], _by_shape(layer)


def _by_shape(layer: Record) -> Any:
    return tuple(sorted(tuple(weight["shape"]) for weight in layer["weights"]))


NAMING = (_by_path, _by_name)


def _starts(layers: list[Record]) -> list[int]:
    starts = [0]
    for layer in layers:
        starts.append(starts[-1] + len(layer["weights"]))
    return starts


def _plain_name(name: str) -> str:
    return re.sub(r":\d+$", "", name).rpartition("/")[2]
