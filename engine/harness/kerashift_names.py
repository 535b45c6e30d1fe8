"""Names that Keras counts up (`dense_1`), which say nothing about where a layer stands."""

from __future__ import annotations

import re
from typing import Any


def is_counted(name: str, kind: str) -> bool:
    """Whether Keras would give a layer of that class such a name by itself."""
    plain = re.sub(r"[^a-z0-9]", "", kind.lower())
    return re.sub(r"_\d+$", "", name).replace("_", "") == plain


def places_within(layers: list[Any]) -> list[str]:
    """What tells layers of one parent apart, whatever was counted before: names, or turns."""
    turns: dict[str, int] = {}
    places = []
    for layer in layers:
        kind = type(layer).__name__
        if is_counted(str(layer.name), kind):
            turns[kind] = turns.get(kind, 0) + 1
            places.append(f"{kind}#{turns[kind]}")
        else:
            places.append(str(layer.name).replace("/", "_"))
    return places
