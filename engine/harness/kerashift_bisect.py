"""Find the first place where two measured models part, and what stands there on either side."""
# ruff: noqa: B905 (`zip` has no `strict` in Python 3.9)
from __future__ import annotations

from typing import Any

import numpy as np
from kerashift_calls import Calls
from kerashift_names import is_counted
from kerashift_nest import largest_difference, largest_size

EQUAL = 1e-5
SAME_INPUT = 2e-6
ALONE_DIFFERENT = 5e-5
"""A layer on one and the same input: rounding is not an explanation beyond this."""


class Divergence:
    """`name` and `kind` of a layer, the values that are furthest apart, and how they came about."""

    def __init__(self, name: str, kind: str, words: str, is_sure: bool) -> None:
        self.name = name
        self.kind = kind
        self.words = words
        self.is_sure = is_sure
        """The layer computes something else: more than rounding that has added up."""

    def say(self) -> str:
        kind = f" ({self.kind})" if self.kind else ""
        return f"first at {self.name}{kind}: {self.words}"


def first_divergence(theirs: Calls, ours: Calls, again: Any) -> Divergence | None:
    """In the order of the original's calls.

    `again(path, array)` calls our layer of that path on an array, and gives an array or `None`.
    """
    for number, mate in _pairs(theirs, ours):
        gap = _relative(theirs.outputs(number), ours.outputs(mate))
        if gap <= EQUAL:
            continue
        left, right = theirs.made[number], ours.made[mate]
        name = right["path"].rpartition("/")[2]
        before = _relative(theirs.inputs(number), ours.inputs(mate))
        values = side_by_side(theirs.outputs(number), ours.outputs(mate))
        if before > max(SAME_INPUT, gap / 30):
            if before <= EQUAL:
                continue  # rounding that adds up from layer to layer
            above = right["path"].rpartition("/")[0]
            parent = above.rpartition("/")[2] if "/" in above else "the model"
            words = side_by_side(theirs.inputs(number), ours.inputs(mate))
            where = f"what {parent} does before {name}"
            return Divergence(name, "", f"{where}, {words}", before > 1e-3)
        alone = None
        if left["plain"] and right["plain"]:
            alone = again(right["path"], theirs.inputs(number)[0])
        if alone is not None:
            alone_gap = _relative(theirs.outputs(number), [alone])
            if alone_gap <= EQUAL:
                continue
            values = side_by_side(theirs.outputs(number), [alone])
            return Divergence(name, right["class"], values + " from one input",
                              alone_gap > ALONE_DIFFERENT)
        return Divergence(name, right["class"], values, gap > 1e-3)
    return None


def first_other_shape(theirs: Calls, ours: Calls) -> Divergence | None:
    """The first layer that gives another shape, whatever the weights are."""
    for number, mate in _pairs(theirs, ours):
        left, right = theirs.outputs(number), ours.outputs(mate)
        if [array.shape for array in left] != [array.shape for array in right]:
            made = ours.made[mate]
            words = side_by_side(left, right)
            return Divergence(_last(made["path"]), made["class"], words, True)
    return None


def _pairs(theirs: Calls, ours: Calls) -> list[tuple[int, int]]:
    """Calls that belong together: of one name and class in turn, else of one class and shape.

    Names that Keras counts up help only where both sides have the same ones.
    """
    free = list(range(len(ours.made)))
    mates: dict[int, int] = {}
    by_name = _counted_names(theirs) == _counted_names(ours)
    for key in (_by_path, _by_last_name, _by_place) if by_name else (_by_place, _by_own_name):
        free = _pair(key, theirs, ours, mates, free)
    _pair(_by_shape, theirs, ours, mates, free)
    return sorted(mates.items())


def _pair(
    key: Any, theirs: Calls, ours: Calls, mates: dict[int, int], free: list[int]
) -> list[int]:
    """Put pairs with one key into `mates`; gives those of ours that stay free."""
    waiting: dict[Any, list[int]] = {}
    for number in free:
        waiting.setdefault(key(ours, number), []).append(number)
    for number in range(len(theirs.made)):
        fits = waiting.get(key(theirs, number))
        if number not in mates and fits:
            mates[number] = fits.pop(0)
    taken = set(mates.values())
    return [number for number in free if number not in taken]


def _counted_names(calls: Calls) -> set[str]:
    names = [(call["path"], call["class"]) for call in calls.made]
    return {_plain(path) for path, kind in names if is_counted(_last(path), kind)}


def _by_path(calls: Calls, number: int) -> Any:
    return _plain(calls.made[number]["path"]), calls.made[number]["class"]


def _by_place(calls: Calls, number: int) -> Any:
    return calls.made[number]["place"], calls.made[number]["class"]


def _by_last_name(calls: Calls, number: int) -> Any:
    return _last(calls.made[number]["path"])


def _by_own_name(calls: Calls, number: int) -> Any:
    call = calls.made[number]
    name = _last(call["path"])
    return ("", number, id(calls)) if is_counted(name, call["class"]) else name


def _by_shape(calls: Calls, number: int) -> Any:
    return calls.made[number]["class"], str([array.shape for array in calls.outputs(number)])


def _plain(path: str) -> str:
    """Without the model's own name, which Keras chooses."""
    return path.partition("/")[2]


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _relative(left: Any, right: Any) -> float:
    return largest_difference(left, right) / max(1.0, largest_size(left))


def side_by_side(left: list[np.ndarray], right: list[np.ndarray]) -> str:
    """The values that are furthest apart, or the shapes where these differ."""
    if len(left) != len(right):
        return f"{len(left)} arrays in Keras 2, {len(right)} here (a mask, a state, an input)"
    worst: tuple[float, str] = (-1.0, "nothing to compare")
    for one, two in zip(left, right):
        if one.shape != two.shape:
            return f"shape {_shape(one)} in Keras 2, {_shape(two)} here"
        if not one.size:
            continue
        gaps = np.abs(one.astype("float64") - two.astype("float64"))
        gaps = np.where(np.isnan(gaps), np.inf, gaps)
        place = np.unravel_index(int(np.argmax(gaps)), gaps.shape)
        at = f" at [{', '.join(map(str, place))}]" if place else ""
        gap = float(gaps[place])
        if gap > worst[0]:
            worst = gap, f"{one[place]:.6g} in Keras 2, {two[place]:.6g} here{at}"
    return worst[1]


def _shape(array: np.ndarray) -> str:
    return "×".join(map(str, array.shape)) or "scalar"
