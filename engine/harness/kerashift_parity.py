"""Compare a measured model with its reference: how far apart, in numbers and in words."""

# ruff: noqa: B905 (`zip` has no `strict` in Python 3.9)
from __future__ import annotations

from typing import Any

import numpy as np
from kerashift_measure import Measurement
from kerashift_nest import largest_difference, largest_size, leaves

EQUAL = 1e-5
CLOSE = 1e-3
RANKS = ("equal", "close", "different")


class Comparison:
    """`rank` is the worst of all that was compared."""

    def __init__(self) -> None:
        self.numbers: dict[str, Any] = {
            "forward_max_abs": None,
            "loss_abs": None,
            "gradient_max_abs": None,
            "step_max_abs": None,
            "first_divergent_layer": None,
        }
        self.rank = "equal"
        self.words: list[str] = []

    @property
    def agrees(self) -> bool:
        return self.rank != "different"

    def add(self, name: str, word: str, theirs: Any, ours: Any) -> None:
        """Compare one quantity; larger values may differ by more."""
        gap = largest_difference(theirs, ours)
        self.numbers[name] = gap
        rank = rank_of(gap, largest_size(theirs))
        self.rank = max(self.rank, rank, key=RANKS.index)
        self.words.append(f"{word} {rank} ({gap:.1e})")

    def say(self, who: str) -> str:
        return f"{self.rank} to {who}: " + ", ".join(self.words)


def rank_of(gap: float, size: float) -> str:
    """`equal`, `close` or `different`, for numbers of that size."""
    scale = max(1.0, size)
    if gap <= EQUAL * scale:
        return "equal"
    return "close" if gap <= CLOSE * scale else "different"


def compare(
    theirs: Measurement, ours: Measurement, numbers: list[Any], records: list[dict[str, Any]]
) -> Comparison:
    """`numbers` lead from our weights to theirs; `records` describe ours."""
    result = Comparison()
    result.add("forward_max_abs", "forward", leaves(theirs.outputs), leaves(ours.outputs))
    if theirs.loss is not None and ours.loss is not None:
        result.add("loss_abs", "loss", theirs.loss, ours.loss)
    trainable = [weight["trainable"] for layer in records for weight in layer["weights"]]
    everything = [True] * len(numbers)
    for name, word, left, right, wanted in (
        ("gradient_max_abs", "gradients", theirs.gradients, ours.gradients, trainable),
        ("step_max_abs", "weights after steps", theirs.stepped, ours.stepped, everything),
    ):
        if left is not None and right is not None:
            pairs = [
                (left[number], mine)
                for number, mine, is_wanted in zip(numbers, right, wanted)
                if number is not None and is_wanted
            ]
            result.add(name, word, [a for a, _ in pairs], [b for _, b in pairs])
    if result.rank != "equal":
        result.numbers["first_divergent_layer"] = first_divergent_layer(theirs, ours)
    return result


def first_divergent_layer(theirs: Measurement, ours: Measurement) -> str | None:
    """The first layer, in the order of the original, whose output is not equal to ours."""
    left = list(ours.layers)
    for name, kind, output in theirs.layers:
        mate = _counterpart(name, kind, output, left)
        if mate is None:
            continue
        left.remove(mate)
        if rank_of(largest_difference(output, mate[2]), largest_size(output)) != "equal":
            return mate[0]
    return None


def _counterpart(
    name: str, kind: str, output: np.ndarray, candidates: list[Any]
) -> tuple[str, str, np.ndarray] | None:
    """Our layer of that name, else the first of that class with an output of that shape."""
    fits = [c for c in candidates if c[2].shape == output.shape]
    named = [c for c in fits if c[0] == name.replace("/", "_")]
    return next(iter(named or [c for c in fits if c[1] == kind]), None)
