"""Where a Keras 2 path went: `moves.toml` and the generated list of Keras 3 names."""

from __future__ import annotations

from functools import cache

from kerashift.engine.tables import api

_STUBS = ("keras.optimizers.legacy.",)
"""Paths that exist in Keras 3 but raise as soon as they are used."""


def _section(name: str) -> dict[str, str]:
    table = api.load("moves.toml")[name]
    assert isinstance(table, dict)
    return table


@cache
def _modules() -> tuple[tuple[str, str], ...]:
    """Old and new modules, submodules before the modules that hold them."""
    return tuple(sorted(_section("modules").items(), reverse=True))


def modules() -> dict[str, str]:
    """Old modules and those that hold their names now."""
    return _section("modules")


def names() -> dict[str, str]:
    """Old names and the new ones, in the table's order."""
    return {old: new for old, new in _section("moves").items() if new}


@cache
def new_path(old: str) -> str | None:
    """The public Keras 3 path of a Keras 2 symbol or module; None where there is none.

    `old` may go on below the symbol (`keras.layers.Dense.from_config`): the rest is kept.
    """
    exact = _section("moves")
    parts = old.split(".")
    for length in range(len(parts), 1, -1):
        head, rest = ".".join(parts[:length]), "".join(f".{p}" for p in parts[length:])
        if head in exact:
            return exact[head] + rest if exact[head] else None
    for module, new in _modules():
        if old == module:
            return new
        if old.startswith(module + "."):
            return _within(new, old[len(module) + 1 :].split("."))
    return old if _resolves(old) else None


def _within(module: str, names: list[str]) -> str | None:
    """The path of `names` in a public module; private submodules on the way are left out."""
    while names:
        moved = ".".join([module, *names])
        if _resolves(moved):
            return moved
        if not names[0].islower() or api.existed(f"{module}.{names[0]}"):
            return None
        names = names[1:]
    return None


def is_old_module(path: str) -> bool:
    """Whether the path is a module of Keras 2 whose names are in another one now."""
    return path in _section("modules")


@cache
def row_name(old: str) -> str:
    """The row of the table that moves a path; empty where it stays by itself."""
    exact = _section("moves")
    parts = old.split(".")
    heads = (".".join(parts[:length]) for length in range(len(parts), 1, -1))
    moved = next((head for head in heads if head in exact), "")
    modules = (m for m, _ in _modules() if old == m or old.startswith(m + "."))
    return moved or next(modules, "")


@cache
def caution(old: str) -> str:
    """What is not the same after a move; empty for a pure one."""
    for path, text in _section("cautions").items():
        if old == path or old.startswith(path + "."):
            return text
    return ""


def _resolves(path: str) -> bool:
    """Whether the path is public, or a member of something public that is no module."""
    if path.startswith(_STUBS):
        return False
    head, rest = api.public_prefix(path)
    return bool(head) and (not rest or (head != "keras" and not api.is_module(head)))
