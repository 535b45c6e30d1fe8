"""How strongly a project's own random layers draw: dropout that forgets to scale shows only so."""

# ruff: noqa: B905 (`zip` has no `strict` in Python 3.9)
from __future__ import annotations

import math
import time
from typing import Any

import kerashift_weights as weights
import numpy as np
from kerashift_calls import watch_calls
from kerashift_calm import strengths
from kerashift_names import is_counted

MOST_DRAWS, FEWEST_DRAWS = 24, 6
SECONDS = 5.0
SURE = 6.0
"""Standard errors beyond which chance is no explanation."""
SAME_STRENGTH = 1e-6
MATTERS = 0.03
"""Of the size of the numbers: less is not told."""


def draws(
    framework: Any, model: Any, x: Any, start: list[np.ndarray]
) -> dict[str, list[float]]:
    """For each random layer that the project wrote: the mean size of what it gives, per draw."""
    own = {
        path
        for number, path in framework.paths(model)
        for layer in framework.layers(model)
        if id(layer) == number and _is_own(framework, layer)
    }
    if not own or not strengths(framework, model):
        return {}
    found: dict[str, list[float]] = {}
    began = time.monotonic()
    for number in range(MOST_DRAWS):
        if number >= FEWEST_DRAWS and time.monotonic() - began > SECONDS:
            break
        try:
            with watch_calls(framework, model) as calls:
                framework.forward(model, x, training=True)
        except Exception:
            return {}
        finally:
            weights.write(framework, model, start)
        for position, call in enumerate(calls.made):
            if call["path"] in own:
                outputs = calls.outputs(position)
                if outputs and outputs[0].size:
                    name = call["path"].partition("/")[2]
                    found.setdefault(name, []).append(float(np.abs(outputs[0]).mean()))
    return found


def _is_own(framework: Any, layer: Any) -> bool:
    if type(layer).__module__.startswith(f"{framework.name}."):
        return False
    return not isinstance(layer, framework.Model) and hasattr(layer, "call")


def say_difference(
    theirs: dict[str, list[float]], ours: dict[str, list[float]]
) -> tuple[str, str] | None:
    """(layer, words) of the first whose draws differ for sure."""
    for name, left in theirs.items():
        right = ours.get(name)
        if not right or len(left) < 2 or len(right) < 2:
            continue
        one, two = float(np.mean(left)), float(np.mean(right))
        error = math.sqrt(float(np.var(left)) / len(left) + float(np.var(right)) / len(right))
        gap = abs(one - two)
        if gap > SURE * error + 1e-6 and gap > MATTERS * max(one, two):
            layer = name.rpartition("/")[2]
            return layer, f"{one:.4g} on average in training in Keras 2, {two:.4g} here"
    return None


def say_other_strength(theirs: list[Any], ours: list[Any]) -> tuple[str, str] | None:
    """(layer, words) of the first whose strength is another one; entries as `strengths` gives them.

    Names that Keras counts up are shifted by layers within layers: of those, all of a kind are
    compared at once.
    """
    mine = {(layer, name): value for layer, _, name, value in ours}
    for layer, kind, name, value in theirs:
        left, right = [value], [mine.get((layer.replace("/", "_"), name), value)]
        if is_counted(layer, kind):
            left, right = _values(theirs, kind, name), _values(ours, kind, name)
        if len(left) != len(right):
            continue
        for one, two in zip(left, right):
            if abs(one - two) > SAME_STRENGTH:
                return layer, f"{name} of {layer} ({kind}) {one:g} in Keras 2, {two:g} here"
    return None


def _values(entries: list[Any], kind: str, name: str) -> list[float]:
    """What layers of a kind with counted names have, from least to most."""
    return sorted(
        value
        for layer, other, attribute, value in entries
        if other == kind and attribute == name and is_counted(layer, kind)
    )
