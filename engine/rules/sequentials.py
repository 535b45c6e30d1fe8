"""Which models may be a `Sequential`, which has no tensors of its own before it is called."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kerashift.engine.analysis.module import Definition
from kerashift.engine.analysis.scopes import Kind as BindingKind
from kerashift.engine.analysis.symbols import Symbol
from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.receivers import bindings_of, maker

_SEQUENTIAL = ("keras.Sequential", "keras.models.Sequential")
_LOADING = ("keras.models.load_model", "keras.saving.load_model", "keras.models.model_from_json")
_MAX_DEPTH = 3


def is_sequential(made: Symbol) -> bool:
    """Whether a symbol is the class."""
    return made.name in _SEQUENTIAL


def may_be_sequential(node: ast.expr, ctx: RuleContext, depth: int = 0) -> bool:
    """Whether an expression holds a model from a file, or one that is a `Sequential` somewhere.

    The latter are what a function of the project returns, and what it is called with in this file.
    """
    if depth > _MAX_DEPTH:
        return False
    found = maker(ctx, node)
    if isinstance(found, Symbol):
        return found.name in _LOADING or is_sequential(found)
    if isinstance(found, Definition):
        return _returns_sequential(found, ctx, depth + 1)
    return any(may_be_sequential(value, ctx, depth + 1) for value in _handed_over(node, ctx))


def _returns_sequential(found: Definition, ctx: RuleContext, depth: int) -> bool:
    if not isinstance(found.node, ast.FunctionDef):
        return False
    other = RuleContext(found.module, ctx.contexts, ctx.is_keras3)
    return any(
        isinstance(part, ast.Return)
        and isinstance(part.value, ast.Name | ast.Call)
        and may_be_sequential(part.value, other, depth)
        for part in ast.walk(found.node)
    )


def _handed_over(node: ast.expr, ctx: RuleContext) -> Iterator[ast.expr]:
    """What the function around a parameter is given for it, where this file calls it by name."""
    if not isinstance(node, ast.Name):
        return
    bindings = bindings_of(node.id, ctx.module.tree.scopes.get(node))
    around = ctx.module.tree.within.get(node)
    if len(bindings) != 1 or bindings[0].kind is not BindingKind.PARAMETER or around is None:
        return
    function = around.node
    if not isinstance(function, ast.FunctionDef) or around.owner is not None:
        return
    names = [a.arg for a in function.args.args]
    if node.id not in names:
        return
    for call in ctx.module.tree.calls:
        if not isinstance(call.func, ast.Name) or call.func.id != function.name:
            continue
        given = dict(zip(names, call.args, strict=False))
        given |= {str(k.arg): k.value for k in call.keywords}
        if node.id in given:
            yield given[node.id]
