"""Compare a measured model with its reference: how far apart, in numbers and in words."""

# ruff: noqa: B905 (`zip` has no `strict` in Python 3.9)
from __future__ import annotations

from typing import Any

import kerashift_draws as draws
import kerashift_optimizer as optimizers
from kerashift_bisect import first_divergence, side_by_side
from kerashift_measure import Measurement
from kerashift_nest import largest_difference, largest_size, leaves

EQUAL = 1e-5
CLOSE = 1e-3
SAME_STEPS = 1e-3
"""Share of an optimizer's step by which it may differ."""
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
        self.place = ""
        self._is_sure = False

    @property
    def agrees(self) -> bool:
        return self.rank != "different"

    def add(self, name: str, word: str, theirs: Any, ours: Any) -> str:
        """Compare one quantity, larger values may differ by more; gives the rank."""
        gap = largest_difference(theirs, ours)
        self.numbers[name] = gap
        rank = rank_of(gap, largest_size(theirs))
        self.rank = max(self.rank, rank, key=RANKS.index)
        self.words.append(f"{word} {rank} ({gap:.1e})")
        return rank

    def diverges(self, name: str, words: str, is_sure: bool = False) -> None:
        """Name the place where the two part: the first, but a sure one before a doubtful one."""
        if is_sure:
            self.rank = "different"
        if not self.place or (is_sure and not self._is_sure):
            self.numbers["first_divergent_layer"] = name
            self.place = words
            self._is_sure = is_sure

    def fails(self, what: str, name: str, words: str) -> None:
        """Something differs that is no array."""
        self.words.append(what)
        self.diverges(name, words, is_sure=True)

    def say(self, who: str) -> str:
        said = f"{self.rank} to {who}: " + ", ".join(self.words)
        return f"{said}; {self.place}" if self.place else said


def rank_of(gap: float, size: float) -> str:
    """`equal`, `close` or `different`, for numbers of that size."""
    scale = max(1.0, size)
    if gap <= EQUAL * scale:
        return "equal"
    return "close" if gap <= CLOSE * scale else "different"


def compare(
    theirs: Measurement,
    ours: Measurement,
    numbers: list[Any],
    records: list[dict[str, Any]],
    again: Any,
) -> Comparison:
    """`numbers` lead from our weights to theirs; `records` describe ours.

    `again(path, array)` calls one of our layers on an array.
    """
    result = Comparison()
    result.add("forward_max_abs", "forward", leaves(theirs.outputs), leaves(ours.outputs))
    divergence = first_divergence(theirs.calls, ours.calls, again)
    if divergence is not None and (divergence.is_sure or result.rank != "equal"):
        result.diverges(divergence.name, divergence.say(), divergence.is_sure)
    if theirs.loss is not None and ours.loss is not None:
        rank = result.add("loss_abs", "loss", theirs.loss, ours.loss)
        if rank != "equal":
            words = f"first at the loss: {theirs.loss:.6g} in Keras 2, {ours.loss:.6g} here"
            result.diverges("loss", words, rank == "different")
    _compare_logs(result, theirs, ours)
    _compare_training(result, theirs, ours, numbers, records)
    _compare_chance(result, theirs, ours)
    _compare_optimizers(result, theirs, ours)
    return result


def _compare_logs(result: Comparison, theirs: Measurement, ours: Measurement) -> None:
    """What steps of the project's own log: losses and metrics, each by its own size."""
    for when, left in theirs.logs.items():
        right = ours.logs.get(when, {})
        gaps = {name: largest_difference(left[name], right[name]) for name in left if name in right}
        if not gaps:
            continue
        ranks = {name: rank_of(gap, abs(left[name])) for name, gap in gaps.items()}
        rank = max(ranks.values(), key=RANKS.index)
        result.rank = max(result.rank, rank, key=RANKS.index)
        result.numbers["loss_abs"] = max(result.numbers["loss_abs"] or 0.0, *gaps.values())
        result.words.append(f"{', '.join(gaps)} {when} {rank} ({max(gaps.values()):.1e})")
        if rank != "equal":
            name = next(name for name in ranks if ranks[name] == rank)
            words = f"{name} {when}: {left[name]:.6g} in Keras 2, {right[name]:.6g} here"
            result.diverges(name, f"first at {words}", rank == "different")


def _compare_training(
    result: Comparison,
    theirs: Measurement,
    ours: Measurement,
    numbers: list[Any],
    records: list[dict[str, Any]],
) -> None:
    described = [
        (f"{layer['path']}/{weight['name']}", weight["trainable"])
        for layer in records
        for weight in layer["weights"]
    ]
    for name, word, left, right, trainable_only in (
        ("gradient_max_abs", "gradients", theirs.gradients, ours.gradients, True),
        ("step_max_abs", "weights after steps", theirs.stepped, ours.stepped, False),
    ):
        if left is None or right is None:
            continue
        pairs = [
            (path, left[number], mine)
            for number, mine, (path, trainable) in zip(numbers, right, described)
            if number is not None and (trainable or not trainable_only)
        ]
        rank = result.add(name, word, [a for _, a, _ in pairs], [b for _, _, b in pairs])
        if rank != "equal":
            path, one, two = max(pairs, key=lambda pair: largest_difference(pair[1], pair[2]))
            values = side_by_side([one], [two])
            words = f"most in the {word}, at {path}: {values}"
            result.diverges(path, words, rank == "different")


def _compare_chance(result: Comparison, theirs: Measurement, ours: Measurement) -> None:
    """Dropout and noise are off while comparing: their strength must be the same."""
    other = draws.say_other_strength(theirs.strengths, ours.strengths)
    if other is not None:
        layer, words = other
        result.fails("dropout and noise different", layer, f"first at {words}")
        return
    # Of different inputs different things come out.
    is_known = result.rank == "different"
    difference = None if is_known else draws.say_difference(theirs.draws, ours.draws)
    if difference is not None:
        layer, words = difference
        result.fails("dropout and noise different", layer, f"first at {layer}: {words}")


def _compare_optimizers(result: Comparison, theirs: Measurement, ours: Measurement) -> None:
    for place, left in theirs.optimizers.items():
        right = ours.optimizers.get(place)
        if right is None:
            continue
        gap = optimizers.relative_gap(left, right)
        if gap <= SAME_STEPS:
            result.words.append(f"{place} equal ({gap:.1e} of a step)")
            continue
        name = f"{place} {ours.optimizer_names[place]}"
        words = optimizers.say_difference(left, right)
        result.fails(f"{place} different ({gap:.1e} of a step)", name, f"first at {name}: {words}")
