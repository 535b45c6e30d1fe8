"""The `keras.random.SeedGenerator` of a layer: the one it has, or the lines that make one."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from kerashift.engine.analysis.kinds import attribute_values
from kerashift.engine.model import Edit, ImportNeed
from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.classlines import NO_BASE, NoPlace, new_init
from kerashift.engine.rules.members import base_init, line_after, method

_PATH = "keras.random.SeedGenerator"
_NAMES = ("seed_generator", "random_seed_generator")


@dataclass(frozen=True, slots=True)
class Generator:
    """How the layer's generator is written, and the edits that make it."""

    text: str
    edits: tuple[Edit, ...]
    needs: tuple[ImportNeed, ...]


def seed_generator(ctx: RuleContext, owner: ast.ClassDef, seed: str = "") -> Generator:
    """The generator of a layer or model, seeded by the literal `seed`; raises `NoPlace`."""
    made, needs = ctx.spell(_PATH)
    for name in _NAMES:
        values = attribute_values(owner, name)
        if any(_makes_generator(ctx, value) for value in values):
            return Generator(f"self.{name}", (), ())
        if not values:
            line = f"self.{name} = {made}({seed})"
            return Generator(f"self.{name}", (_edit(ctx, owner, line),), needs)
    raise NoPlace("its names for a seed generator are taken")


def _makes_generator(ctx: RuleContext, value: ast.expr) -> bool:
    symbol = ctx.module.symbol(value.func) if isinstance(value, ast.Call) else None
    return symbol is not None and symbol.name == _PATH


def _edit(ctx: RuleContext, owner: ast.ClassDef, line: str) -> Edit:
    init = method(owner, "__init__")
    if init is None:
        return new_init(ctx, owner).edit([[line]])
    statement = base_init(init)
    edit = line_after(ctx, statement, line) if statement is not None else None
    if edit is None:
        raise NoPlace(NO_BASE)
    return edit
