"""Whether an expression holds a layer, as `model.layers` and `get_layer` give them."""

from __future__ import annotations

import ast

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.analysis.scopes import Binding
from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.expressions import last_word
from kerashift.engine.rules.receivers import Sureness

_MAX_DEPTH = 6
_WALKERS = ("enumerate", "reversed", "list", "tuple", "zip", "filter", "tqdm")


def is_layer(ctx: RuleContext, node: ast.expr) -> Sureness:
    """Whether an expression holds a layer (and not a whole model)."""
    kind = ctx.kind(node)
    if kind is not None:
        return Sureness.YES if kind is Kind.LAYER else Sureness.NO
    if comes_from(ctx, node, "layers"):
        return Sureness.YES
    word = last_word(node)
    if isinstance(node, ast.Name) and (word == "layer" or word.endswith("_layer")):
        return Sureness.LIKELY
    return Sureness.UNKNOWN


def comes_from(ctx: RuleContext, node: ast.expr, collection: str, depth: int = 0) -> bool:
    """Whether an expression is an item of a list attribute, as `model.layers`."""
    if depth > _MAX_DEPTH:
        return False
    if isinstance(node, ast.Subscript):
        if isinstance(node.slice, ast.Slice):
            return False
        return _is_collection(ctx, node.value, collection, depth + 1)
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute):
            return collection == "layers" and node.func.attr == "get_layer"
        is_next = isinstance(node.func, ast.Name) and node.func.id == "next" and node.args
        return bool(is_next) and _is_collection(ctx, node.args[0], collection, depth + 1)
    if isinstance(node, ast.Name):
        return any(_binds_item(ctx, b, collection, depth + 1) for b in _bindings(ctx, node))
    return False


def is_looped(ctx: RuleContext, node: ast.expr) -> bool:
    """Whether a name is a loop variable, so that it holds layers of every sort."""
    return isinstance(node, ast.Name) and any(
        _loop_of(ctx, b.node) is not None for b in _bindings(ctx, node)
    )


def _bindings(ctx: RuleContext, node: ast.Name) -> list[Binding]:
    scope = ctx.module.tree.scopes.get(node)
    found = scope.lookup(node.id) if scope is not None else None
    return found[1] if found is not None else []


def _binds_item(ctx: RuleContext, binding: Binding, collection: str, depth: int) -> bool:
    if binding.value is not None:
        return comes_from(ctx, binding.value, collection, depth)
    walked = _loop_of(ctx, binding.node)
    return walked is not None and _is_collection(ctx, walked, collection, depth)


def _loop_of(ctx: RuleContext, node: ast.AST) -> ast.expr | None:
    """What the loop goes over whose target a name is."""
    parent = ctx.module.parent(node)
    while isinstance(parent, ast.Tuple | ast.List):
        parent = ctx.module.parent(parent)
    return parent.iter if isinstance(parent, ast.For | ast.comprehension) else None


def _is_collection(ctx: RuleContext, node: ast.expr, collection: str, depth: int) -> bool:
    """Whether an expression is the list, a part of it, or made from its items."""
    if isinstance(node, ast.Attribute):
        return node.attr == collection
    if isinstance(node, ast.Subscript):
        return _is_collection(ctx, node.value, collection, depth)
    if isinstance(node, ast.ListComp | ast.GeneratorExp):
        return comes_from(ctx, node.elt, collection, depth + 1)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _WALKERS:
        return any(_is_collection(ctx, a, collection, depth) for a in node.args)
    return False
