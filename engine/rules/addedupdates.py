"""`self.add_update(…)` of Keras 2 layers: what it was given runs by itself in Keras 3."""

from __future__ import annotations

import ast

from kerashift.engine.model import Fix, Span
from kerashift.engine.rules.base import RuleContext, fix, replace
from kerashift.engine.rules.expressions import is_self
from kerashift.engine.rules.members import creates_state, enclosing_method, indentation

_ASSIGN = ("assign", "assign_add", "assign_sub")
_FUNCTIONS = ("update", "update_add", "update_sub", "moving_average_update")


def without_add_update(ctx: RuleContext, node: ast.Attribute) -> Fix | None:
    """The assignments as statements; None where what is added is something else."""
    call = ctx.module.parent(node)
    found = enclosing_method(ctx.module, node.value) if isinstance(node.value, ast.Name) else None
    if not isinstance(call, ast.Call) or call.func is not node or found is None:
        return None
    if not is_self(node.value) or creates_state(found[0], found[1].name) or not call.args:
        return None
    statement = ctx.module.parent(call)
    given = call.args[0]
    updates = list(given.elts) if isinstance(given, ast.List | ast.Tuple) else [given]
    updates = [u.body if isinstance(u, ast.Lambda) and not u.args.args else u for u in updates]
    if not isinstance(statement, ast.Expr) or not updates:
        return None
    indent = indentation(ctx, statement)
    if indent is None or not all(_assigns(ctx, update) for update in updates):
        return None
    parts: list[str | Span] = []
    for update in updates:
        parts += [f"{ctx.module.unit.newline}{indent}", ctx.span(update)]
    return fix(replace(ctx.span(statement), *parts[1:]))


def _assigns(ctx: RuleContext, node: ast.expr) -> bool:
    """Whether an expression is a call that assigns to a variable."""
    if not isinstance(node, ast.Call):
        return False
    symbol = ctx.module.symbol(node.func)
    if symbol is not None:
        path, _, name = symbol.name.rpartition(".")
        return path == "keras.backend" and name in _FUNCTIONS
    return isinstance(node.func, ast.Attribute) and node.func.attr in _ASSIGN
