"""Weights as a tree of layers, to carry them between frameworks by structure.

A node is {"name", "class", "hard", "weights": [{"name", "shape"}], "children": [node]}; a layer
that is used in several places stands at the first. Arrays are kept in the order of a walk over the
tree, outer before inner.
"""
# ruff: noqa: B905 (`zip` has no `strict` in Python 3.9)
from __future__ import annotations

import re
from typing import Any

import numpy as np

Node = dict[str, Any]
HARD = ("activation", "recurrent_activation")


def tree(framework: Any, model: Any) -> Node:
    """The tree of a model's layers with their weights."""
    return _node(framework, model, set())


def _node(framework: Any, layer: Any, seen: set[int]) -> Node:
    seen.add(id(layer))
    children = []
    for inner in _inner(layer):
        if id(inner) not in seen:
            children.append(_node(framework, inner, seen))
    own = framework.own_weights(layer)
    return {
        "name": layer.name,
        "class": type(layer).__name__,
        "hard": [name for name in HARD if _is_hard(layer, name)],
        "weights": [{"name": _plain(w.name), "shape": [int(n) for n in w.shape]} for w in own],
        "children": children,
    }


def variables(framework: Any, model: Any) -> list[Any]:
    """The weights themselves, in the order of the tree."""
    seen: set[int] = set()
    found: list[Any] = []

    def walk(layer: Any) -> None:
        seen.add(id(layer))
        place = len(found)
        for inner in _inner(layer):
            if id(inner) not in seen:
                walk(inner)
        found[place:place] = framework.own_weights(layer)

    walk(model)
    return found


def _inner(layer: Any) -> list[Any]:
    return [
        inner
        for inner in layer._flatten_layers(include_self=False, recursive=False)
        if hasattr(inner, "_flatten_layers")
    ]


def _is_hard(layer: Any, name: str) -> bool:
    function = getattr(layer, name, None)
    return getattr(function, "__name__", "") == "hard_sigmoid"


def _plain(name: str) -> str:
    return re.sub(r":\d+$", "", name).rpartition("/")[2]


def flat(node: Node, path: str = "") -> list[tuple[Node, str]]:
    """The nodes of a tree, outer before inner, each with its path."""
    found = [(node, path)]
    for child in node["children"]:
        found += flat(child, f"{path}/{child['name']}" if path else child["name"])
    return found


class Match:
    """Which of their weights each of ours takes, and which on either side stay alone."""

    def __init__(self, theirs: Node, ours: Node) -> None:
        self._starts = _starts(theirs)
        self._mates: dict[int, Node] = {}
        self._pair(theirs, ours)
        self.numbers: list[tuple[int | None, Node, str]] = []
        """For each of our weights: the number of theirs, the layer that takes it (`hard` in both
        frameworks), and the weight's path."""
        self.unlike: list[str] = []
        """Layers whose hard sigmoid is something else now."""
        self.alone: list[str] = []
        taken = set()
        for node, path in flat(ours):
            mate = self._mates.get(id(node))
            taker = {**node, "hard": _still_hard(mate, node)}
            if mate is not None and len(taker["hard"]) < len(mate["hard"]):
                self.unlike.append(path)
            for weight, number in zip(node["weights"], self._within(mate, node)):
                self.numbers.append((number, taker, f"{path}/{weight['name']}"))
                taken.add(number)
                if number is None:
                    self.alone.append(f"{path}/{weight['name']} (new)")
        for node, path in flat(theirs):
            for place, weight in enumerate(node["weights"]):
                if self._starts[id(node)] + place not in taken:
                    self.alone.append(f"{path}/{weight['name']} (of the file)")

    def _pair(self, theirs: Node, ours: Node) -> None:
        """Pair two layers, and what is in them: by name, then by class, then by shapes in order."""
        self._mates[id(ours)] = theirs
        left = [node for node in theirs["children"] if _has_weights(node)]
        waiting = [node for node in ours["children"] if _has_weights(node)]
        for key in (_by_name, _by_class, _by_shape):
            for node in list(waiting):
                fits = [other for other in left if key(other) == key(node)]
                if fits:
                    left.remove(fits[0])
                    waiting.remove(node)
                    self._pair(fits[0], node)
        if len(left) == 1 and len(waiting) == 1:
            self._pair(left[0], waiting[0])

    def _within(self, theirs: Node | None, ours: Node) -> list[int | None]:
        """Weights of one layer: by name and shape, else in order among those of one shape."""
        if theirs is None:
            return [None] * len(ours["weights"])
        left = list(range(len(theirs["weights"])))
        chosen: dict[int, int] = {}
        for by_name in (True, False):
            for place, weight in enumerate(ours["weights"]):
                fits = [n for n in left if _fits(theirs["weights"][n], weight, by_name)]
                if place not in chosen and fits:
                    chosen[place] = fits[0]
                    left.remove(fits[0])
        start = self._starts[id(theirs)]
        places = range(len(ours["weights"]))
        return [start + chosen[place] if place in chosen else None for place in places]


def _still_hard(theirs: Node | None, ours: Node) -> list[str]:
    """Activations that are the hard sigmoid in Keras 2 and, with its own slope, in Keras 3."""
    return [name for name in ours["hard"] if theirs is not None and name in theirs["hard"]]


def _fits(theirs: Node, ours: Node, by_name: bool) -> bool:
    same = theirs["name"] == ours["name"] or not by_name
    return same and theirs["shape"] == ours["shape"]


def _has_weights(node: Node) -> bool:
    return bool(node["weights"]) or any(_has_weights(child) for child in node["children"])


def _starts(root: Node) -> dict[int, int]:
    starts = {}
    number = 0
    for node, _ in flat(root):
        starts[id(node)] = number
        number += len(node["weights"])
    return starts


def _shapes(node: Node) -> Any:
    found = [tuple(weight["shape"]) for part, _ in flat(node) for weight in part["weights"]]
    return tuple(sorted(found))


def _by_name(node: Node) -> Any:
    return node["name"].replace("/", "_"), _shapes(node)


def _by_class(node: Node) -> Any:
    return node["class"], _shapes(node)


def _by_shape(node: Node) -> Any:
    return _shapes(node)


# The hard sigmoid: Keras 2 has 0.2 x + 0.5, Keras 3 x / 6 + 0.5. Weights that are 1.2 times as
# large make the one of the other, in float32 to the last digits.

STEEPER = 1.2
GATES = {"LSTMCell": (4, (0, 1, 3)), "GRUCell": (3, (0, 1)), "ConvLSTMCell": (4, (0, 1, 3))}
WHOLE = (
    *("Dense", "EinsumDense", "Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose"),
    *("Conv3DTranspose", "DepthwiseConv1D", "DepthwiseConv2D", "SimpleRNNCell"),
    *("SeparableConv1D", "SeparableConv2D"),
)


def steepened(node: Node, name: str, array: np.ndarray) -> np.ndarray:
    """A weight of the file as the layer `node` needs it; raises `ValueError` where none will do."""
    if not node["hard"]:
        return array
    kind, hard = node["class"], node["hard"]
    if kind in GATES:
        parts, gates = GATES[kind]
        if "activation" in hard:
            raise ValueError(f"{node['name']}: a hard sigmoid as the activation of {kind}")
        pieces = np.split(np.array(array), parts, axis=-1)
        scaled = [p * STEEPER if n in gates else p for n, p in enumerate(pieces)]
        return np.concatenate(scaled, axis=-1).astype(array.dtype)
    if kind in WHOLE:
        spared = kind.startswith("Separable") and name.endswith("depthwise_kernel")
        return array if spared else (array * STEEPER).astype(array.dtype)
    return array  # a layer around cells, or an activation that is scaled in the graph
