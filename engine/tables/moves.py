"""Where a Keras 2 path went: `moves.toml` and the generated list of Keras 3 names."""
from __future__ import annotations

from functools import cache

from kerashift.engine.tables import api

_STUBS = ("keras.optimizers.legacy.",)
"""Paths that exist in Keras 3 but raise as soon as they are used."""


@cache
def _moves() -> tuple[dict[str, str], tuple[tuple[str, str], ...]]:
    table = api.load("moves.toml")["moves"]
    assert isinstance(table, dict)
    exact = {old: new for old, new in table.items() if not old.endswith(".*")}
    prefixes = [(old[:-1], new) for old, new in table.items() if old.endswith(".*")]
    return exact, tuple(sorted(prefixes, reverse=True))


@cache
def new_path(old: str) -> str | None:
    """The public Keras 3 path of a Keras 2 symbol or module; None where there is none.

    `old` may go on below the symbol (`keras.layers.Dense.from_config`): the rest is kept.
    """
    exact, prefixes = _moves()
    parts = old.split(".")
    for length in range(len(parts), 1, -1):
        head, rest = ".".join(parts[:length]), "".join(f".{p}" for p in parts[length:])
        if head in exact:
            return exact[head] + rest if exact[head] else None
    for prefix, module in prefixes:
        if old.startswith(prefix):
            moved = f"{module}.{old[len(prefix):]}"
            return moved if _resolves(moved) else None
    return old if _resolves(old) else None


def _resolves(path: str) -> bool:
    """Whether the path is public, or a member of something public that is no module."""
    if path.startswith(_STUBS):
        return False
    head, rest = api.public_prefix(path)
    return bool(head) and (not rest or (head != "keras" and not api.is_module(head)))
