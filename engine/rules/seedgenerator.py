"""The `keras.random.SeedGenerator` of a layer: the one it has, or the lines that make one."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from kerashift.engine.analysis.kinds import Kind, attribute_values
from kerashift.engine.analysis.symbols import Symbol
from kerashift.engine.model import Edit, ImportNeed
from kerashift.engine.rules.base import RuleContext, insert
from kerashift.engine.rules.members import (
    base_init,
    indentation,
    line_after,
    lineage,
    method,
    methods,
)

_PATH = "keras.random.SeedGenerator"
_LAYERS = ("keras.layers.Layer", "keras.Layer")
_NAMES = ("seed_generator", "random_seed_generator")


class NoPlace(Exception):
    """The generator cannot be put into the class; the message says why."""


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
        return _new_init(ctx, owner, line)
    statement = base_init(init)
    edit = line_after(ctx, statement, line) if statement is not None else None
    if edit is None:
        raise NoPlace("its __init__ has no plain line that calls super().__init__()")
    return edit


def _new_init(ctx: RuleContext, owner: ast.ClassDef, line: str) -> Edit:
    """A whole `__init__`, put before the class's first method."""
    first = next(methods(owner), None)
    indent = indentation(ctx, first) if first is not None else None
    if first is None or indent is None:
        raise NoPlace("it has no __init__")
    start = min([first.lineno, *(d.lineno for d in first.decorator_list)])
    offset = ctx.module.unit.line_starts[start - 1]
    step = _step(ctx, first, indent)
    names = "**kwargs" if _is_plain_layer(ctx, owner) else "*args, **kwargs"
    newline = ctx.module.unit.newline
    lines = (
        f"{indent}def __init__(self, {names}):",
        f"{indent}{step}super().__init__({names})",
        f"{indent}{step}{line}",
        "",
        "",
    )
    return insert(offset, newline.join(lines))


def _step(ctx: RuleContext, function: ast.FunctionDef, indent: str) -> str:
    """One level of indentation, as the method's body has it."""
    inner = indentation(ctx, function.body[0])
    return inner[len(indent) :] if inner is not None and inner.startswith(indent) else "    "


def _is_plain_layer(ctx: RuleContext, owner: ast.ClassDef) -> bool:
    """Whether every ancestor is Keras's own layer class, which takes keywords only."""
    if ctx.class_kind(owner) is not Kind.LAYER:
        return False
    found = list(lineage(ctx.module, owner))
    return len(found) == len(owner.bases) and all(
        isinstance(base, Symbol) and base.name in _LAYERS for base in found
    )
