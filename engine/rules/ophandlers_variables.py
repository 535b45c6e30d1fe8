"""Handlers of the op tables for what `keras.ops` does not take from a variable (Keras 3.15).

Weights are known by their place: attributes of `self`, and what a loop takes one by one.
"""

from __future__ import annotations

import ast

from kerashift.engine.model import Fix
from kerashift.engine.rules.members import attribute_of_self
from kerashift.engine.rules.oprewrite import Handler, Rewrite


def like(plan: Rewrite) -> Fix | None:
    """On JAX `zeros_like` and `ones_like` refuse a variable."""
    given = plan.given.get(plan.row.params[0])
    if given is not None and _may_be_variable(plan, given.value):
        plan.wrap(given, "keras.ops.convert_to_tensor(", ")")
    return None


def stack(plan: Rewrite) -> Fix | None:
    """TensorFlow cannot stack a list of nothing but variables along the first axis."""
    value = plan.given[plan.row.params[0]].value
    items = value.elts if isinstance(value, ast.List | ast.Tuple) else []
    if items and all(attribute_of_self(item) for item in items):
        plan.review(
            "If these are all weights, TensorFlow cannot stack them: write `+ 0` after the first."
        )
    return None


def _may_be_variable(plan: Rewrite, node: ast.expr) -> bool:
    if attribute_of_self(node) is not None:
        return True
    if not isinstance(node, ast.Name):
        return False
    scope = plan.ctx.module.tree.scopes.get(node)
    found = scope.lookup(node.id) if scope is not None else None
    return found is not None and any(_is_loop(plan, binding.node) for binding in found[1])


def _is_loop(plan: Rewrite, node: ast.AST) -> bool:
    parent = plan.ctx.module.parent(node)
    while isinstance(parent, ast.Tuple):
        parent = plan.ctx.module.parent(parent)
    return isinstance(parent, ast.For | ast.comprehension)


VARIABLES: dict[str, Handler] = {"like": like, "stack": stack}
