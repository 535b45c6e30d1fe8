"""The forward pass of a model without `call`: what its steps give to its parts, and what they say.

GANs, autoencoders, distillers are often mere containers: their steps call networks that they keep.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kerashift_nest import leaves, map_nest

MAX_PARTS = 24


class PartCall:
    """One call of a part by a step of the model: where the part stands, and the arrays given."""

    def __init__(self, place: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.place = place
        self.args = args
        self.kwargs = kwargs


def lacks_call(framework: Any, model: Any) -> bool:
    """Whether the project wrote no forward pass for it."""
    return type(model).call is framework.Model.call


@contextmanager
def watch_parts(framework: Any, model: Any) -> Iterator[list[PartCall]]:
    """Keep the first call of each part within the block, where there are numbers to be seen."""
    places = {number: place for number, place in framework.places(model) if number != id(model)}
    found: dict[str, PartCall] = {}
    result: list[PartCall] = []
    depth = 0
    original = framework.Layer.__call__

    @functools.wraps(original)
    def called(layer: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal depth
        place = places.get(id(layer))
        if depth == 0 and place is not None and place not in found and len(found) < MAX_PARTS:
            call = _part_call(framework, place, args, kwargs)
            if call is not None:
                found[place] = call
        depth += 1
        try:
            return original(layer, *args, **kwargs)
        finally:
            depth -= 1

    framework.Layer.__call__ = called
    try:
        yield result
    finally:
        framework.Layer.__call__ = original
        result += found.values()


def call_parts(framework: Any, model: Any, calls: list[PartCall], training: bool) -> list[Any]:
    """What the parts of the model give for these calls, as arrays; raises `LookupError`."""
    numbers = {place: number for number, place in framework.places(model)}
    layers = {id(layer): layer for layer in framework.layers(model)}
    found = []
    for call in calls:
        part = layers.get(numbers.get(call.place, 0))
        if part is None:
            raise LookupError(f"the model has no part at {call.place.strip('/')}")
        found.append(framework.call(part, call.args, call.kwargs, training))
    return found


def _part_call(framework: Any, place: str, args: Any, kwargs: Any) -> PartCall | None:
    """The call with arrays, or nothing where it is given other things or is being traced."""
    named = {k: v for k, v in kwargs.items() if k != "training" and v is not None}
    given = leaves([*args, *named.values()])
    if not given or not all(hasattr(leaf, "shape") and hasattr(leaf, "dtype") for leaf in given):
        return None
    try:
        return PartCall(place, *map_nest(framework.array, (tuple(args), named)))
    except Exception:
        return None
