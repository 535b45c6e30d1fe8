"""Functions whose gradient TensorFlow takes as 0 wherever the gradient that comes in is 0.

With a plain `0 * inf` JAX and PyTorch give NaN there: equal values, other training. Measured for
`where(x > 0.5, f(x), 0.)` at x = -1 and 0; log, power and division give the same on all three.
"""

from __future__ import annotations

import ast

from kerashift.engine.analysis.scopes import Kind
from kerashift.engine.rules.oprewrite import Rewrite

_FUNCTIONS = frozenset({"sqrt", "rsqrt", "reciprocal", "norm", "reduce_std", "std"})
_CONDITIONS = frozenset(
    {"equal", "not_equal", "greater", "greater_equal", "less", "less_equal"}
    | {"logical_and", "logical_or", "logical_not"}
)
_DEPTH = 4


def has_guarded_gradient(plan: Rewrite, node: ast.expr, depth: int = 0) -> bool:
    """Whether an expression, or what its names were assigned, calls such a function."""
    module = plan.ctx.module
    for part in ast.walk(node):
        if isinstance(part, ast.Call):
            symbol = module.symbol(part.func)
            if symbol is not None and symbol.name.rpartition(".")[2] in _FUNCTIONS:
                return True
        elif isinstance(part, ast.Name) and depth < _DEPTH:
            scope = module.tree.scopes.get(part)
            found = scope.lookup(part.id) if scope is not None else None
            for binding in found[1] if found is not None else ():
                assigned = binding.value if binding.kind is Kind.ASSIGN else None
                if assigned is not None and has_guarded_gradient(plan, assigned, depth + 1):
                    return True
    return False


def is_masked(plan: Rewrite) -> bool:
    """Whether the call, or the name that it is assigned to, is multiplied by a mask."""
    module, call = plan.ctx.module, plan.editor.call
    if _is_times_mask(plan, call):
        return True
    parent = module.parent(call)
    target = parent.targets[0] if isinstance(parent, ast.Assign) else None
    if not isinstance(target, ast.Name):
        return False
    scope = module.tree.scopes.get(call)
    return any(
        name.id == target.id
        and module.tree.scopes.get(name) is scope
        and _is_times_mask(plan, name)
        for name in module.tree.names
    )


def _is_times_mask(plan: Rewrite, node: ast.expr) -> bool:
    parent = plan.ctx.module.parent(node)
    if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Mult):
        return _is_mask(plan, parent.right if parent.left is node else parent.left)
    if isinstance(parent, ast.Call) and len(parent.args) == 2:
        symbol = plan.ctx.module.symbol(parent.func)
        if symbol is not None and symbol.name in ("tf.multiply", "tf.math.multiply"):
            return any(_is_mask(plan, item) for item in parent.args if item is not node)
    return False


def _is_mask(plan: Rewrite, node: ast.expr) -> bool:
    """By its name, or because it is a condition made a number."""
    if isinstance(node, ast.Name | ast.Attribute):
        name = node.id if isinstance(node, ast.Name) else node.attr
        return "mask" in name.lower()
    if not isinstance(node, ast.Call):
        return False
    symbol = plan.ctx.module.symbol(node.func)
    last = symbol.name.rpartition(".")[2] if symbol is not None else ""
    if last in ("cast", "to_float"):
        first = node.args[:1]
        return any(_is_condition(plan, item) or _is_mask(plan, item) for item in first)
    return last == "sequence_mask"


def _is_condition(plan: Rewrite, node: ast.expr) -> bool:
    if isinstance(node, ast.Compare):
        return True
    symbol = plan.ctx.module.symbol(node.func) if isinstance(node, ast.Call) else None
    return symbol is not None and symbol.name.rpartition(".")[2] in _CONDITIONS
