"""Shapes that a layer took for the whole model: they belong to a `keras.Input` before it."""

from __future__ import annotations

import ast

from kerashift.engine.model import Edit, ImportNeed
from kerashift.engine.rules.base import RuleContext, insert
from kerashift.engine.rules.calls import Argument
from kerashift.engine.rules.expressions import is_none
from kerashift.engine.rules.members import indentation

_INPUT = {
    "batch_input_shape": "batch_shape={}",
    "input_length": "shape=({},)",
    "input_shape": "shape={}",
}
Change = tuple[tuple[Edit, ...], tuple[ImportNeed, ...]]


def input_before(ctx: RuleContext, call: ast.Call, argument: Argument) -> Change | None:
    """The edits, beside dropping the argument, that keep the model's input shape.

    No edits where the layer is not the first of a `Sequential`: the argument did nothing there.
    None where it cannot be seen what the layer becomes part of.
    """
    if is_none(argument.value):
        return (), ()
    parent = ctx.module.parent(call)
    if isinstance(parent, ast.Call) and parent.func is call:
        return (), ()
    spelled, needs = ctx.spell("keras.Input")
    shape = _INPUT[str(argument.name)].format(ctx.text(argument.value))
    text = f"{spelled}({shape})"
    if isinstance(parent, ast.List):
        if not _is_sequential(ctx, ctx.module.parent(parent)):
            return None
        if parent.elts[0] is not call:
            return (), ()
        return (insert(ctx.span(call).start, f"{text}, "),), needs
    if isinstance(parent, ast.Call) and parent.args[:1] == [call]:
        return _added(ctx, parent, text, needs)
    return None


def _is_sequential(ctx: RuleContext, node: ast.AST | None) -> bool:
    if not isinstance(node, ast.Call):
        return False
    symbol = ctx.module.symbol(node.func, ctx.module.tree.scopes.get(node))
    return symbol is not None and symbol.name in ("keras.Sequential", "keras.models.Sequential")


def _added(
    ctx: RuleContext, add: ast.Call, text: str, needs: tuple[ImportNeed, ...]
) -> Change | None:
    """For `model.add(layer)`: a line before it if this is the model's first layer."""
    statement = ctx.module.parent(add)
    if not (isinstance(add.func, ast.Attribute) and add.func.attr == "add"):
        return None
    if not isinstance(statement, ast.Expr):
        return None
    model = ctx.text(add.func.value)
    for earlier in reversed(_before(ctx, statement)):
        if isinstance(earlier, ast.Assign) and ctx.text(earlier.targets[0]) == model:
            value = earlier.value
            if not (isinstance(value, ast.Call) and _is_sequential(ctx, value)):
                return None
            if value.args or any(k.arg != "name" for k in value.keywords):
                return None
            indent = indentation(ctx, statement)
            if indent is None:
                return None
            line = f"{model}.add({text}){ctx.module.unit.newline}{indent}"
            return (insert(ctx.span(statement).start, line),), needs
        if ctx.text(earlier).startswith(f"{model}.add("):
            return (), ()
    return None


def _before(ctx: RuleContext, statement: ast.stmt) -> list[ast.stmt]:
    """The statements before this one in its block."""
    parent = ctx.module.parent(statement)
    for name in ("body", "orelse", "finalbody"):
        block = getattr(parent, name, None)
        if isinstance(block, list) and statement in block:
            return block[: block.index(statement)]
    return []
