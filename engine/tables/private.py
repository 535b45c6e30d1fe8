"""Keras paths that were never public, and the public path of what they hold."""

from __future__ import annotations

from functools import cache

from kerashift.engine.analysis.symbols import Origin, Symbol
from kerashift.engine.tables import api
from kerashift.engine.tables.moves import new_path

_PRIVATE = (
    "keras.src.",
    "keras.engine.",
    "keras.api.",
    "keras.python.",
    "keras.legacy.interfaces.",
)


def is_private(symbol: Symbol) -> bool:
    """Whether the path is one that Keras never promised."""
    return symbol.origin is Origin.PRIVATE or (symbol.name + ".").startswith(_PRIVATE)


@cache
def public_path(private: str) -> str | None:
    """The public path of what a private path holds; None where that is not known for sure."""
    moved = new_path(private)
    if moved is not None:
        return moved
    parts = private.split(".")
    if parts[1:2] in (["src"], ["api"], ["python"]):
        public = ".".join(["keras", *parts[2:]])
        moved = new_path(public)
        if moved is not None:
            return moved
        parts = public.split(".")
    name = parts[-1]
    if name.startswith("_") or not name[:1].isupper():
        return None
    for length in range(len(parts) - 1, 0, -1):
        module = ".".join(parts[:length])
        if api.is_module(module) and api.exists(f"{module}.{name}"):
            return f"{module}.{name}"
    return None
