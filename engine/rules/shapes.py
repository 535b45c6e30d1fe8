"""Shapes that Keras hands to `build` and `compute_output_shape`: plain tuples in Keras 3."""

from __future__ import annotations

import ast

from kerashift.engine.analysis.kinds import Kind, attribute_values
from kerashift.engine.analysis.scopes import Kind as Binding
from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.expressions import is_none, last_word
from kerashift.engine.rules.members import attribute_of_self, enclosing_method

_METHODS = ("build", "compute_output_shape", "compute_mask", "_build_graph_network")
_CLASSES = (Kind.LAYER, Kind.MODEL)
_MAX_DEPTH = 4


def is_given_shape(ctx: RuleContext, node: ast.expr, depth: int = 0) -> bool:
    """Whether an expression is such a shape: the parameter, or what was set to it."""
    if depth > _MAX_DEPTH:
        return False
    if isinstance(node, ast.Subscript):
        return is_given_shape(ctx, node.value, depth + 1)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Attribute) and node.func.attr == "compute_output_shape"
    if isinstance(node, ast.Name):
        return _is_parameter(ctx, node) or _is_set_to_shape(ctx, node, depth)
    attribute = attribute_of_self(node)
    found = enclosing_method(ctx.module, node.value) if isinstance(node, ast.Attribute) else None
    if attribute is None or found is None or ctx.class_kind(found[0]) not in _CLASSES:
        return False
    values = [v for v in attribute_values(found[0], attribute) if not is_none(v)]
    certain = [v for v in values if is_given_shape(ctx, v, depth + 1)]
    return bool(certain) and all(v in certain or "shape" in last_word(v) for v in values)


def _is_parameter(ctx: RuleContext, node: ast.Name) -> bool:
    found = enclosing_method(ctx.module, node)
    if found is None or found[1].name not in _METHODS or ctx.class_kind(found[0]) not in _CLASSES:
        return False
    return any(arg.arg == node.id for arg in found[1].args.args[1:])


def _is_set_to_shape(ctx: RuleContext, node: ast.Name, depth: int) -> bool:
    scope = ctx.module.tree.scopes.get(node)
    found = scope.lookup(node.id) if scope is not None else None
    if found is None or len(found[1]) != 1 or found[1][0].kind is not Binding.ASSIGN:
        return False
    value = found[1][0].value
    return value is not None and is_given_shape(ctx, value, depth + 1)
