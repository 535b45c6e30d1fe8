"""Where a call of an op stands: what its result is used for, and which tensors reach it."""

from __future__ import annotations

import ast

from kerashift.engine.analysis.kinds import MODEL_SIDE
from kerashift.engine.rules.members import enclosing_method
from kerashift.engine.rules.oprewrite import Rewrite

_SHAPE_FIRST = frozenset(
    {"zeros", "ones", "fill", "uniform", "normal", "random_uniform", "random_normal"}
)
_SHAPE_SECOND = frozenset({"reshape", "broadcast_to"})
_SHAPE_KEYWORDS = ("shape", "noise_shape", "output_shape", "dims")


def sees_real_tensors(plan: Rewrite) -> bool:
    """Whether the call runs in a method of a layer or loss, or in a loss or metric function.

    Elsewhere it may be handed the symbolic tensors of a functional graph, whose batch size is None.
    """
    call = plan.editor.call
    found = enclosing_method(plan.ctx.module, call)
    if found is not None:
        owner, method = found
        return plan.ctx.class_kind(owner) in MODEL_SIDE and method.name != "__init__"
    function = plan.ctx.module.tree.within.get(call)
    while function is not None:
        names = {argument.arg for argument in function.node.args.args}
        if {"y_true", "y_pred"} <= names:
            return True
        function = function.outer
    return False


def is_used_as_shape(plan: Rewrite) -> bool:
    """Whether the result is indexed, or handed to a function that takes a shape."""
    call = plan.editor.call
    parent = plan.ctx.module.parent(call)
    if isinstance(parent, ast.keyword):
        return parent.arg in _SHAPE_KEYWORDS
    if isinstance(parent, ast.Assign):
        return _only_indexed(plan, parent)
    if isinstance(parent, ast.Call) and call in parent.args[:2]:
        symbol = plan.ctx.module.symbol(parent.func)
        last = symbol.name.rpartition(".")[2] if symbol is not None else ""
        is_first = parent.args[0] is call
        return last in (_SHAPE_FIRST if is_first else _SHAPE_SECOND)
    return False


def _only_indexed(plan: Rewrite, statement: ast.Assign) -> bool:
    """Whether the assigned name is unpacked, or used with a number in brackets only."""
    target = statement.targets[0]
    if len(statement.targets) != 1:
        return False
    if isinstance(target, ast.Tuple | ast.List):
        return True
    if not isinstance(target, ast.Name):
        return False
    module = plan.ctx.module
    scope = module.tree.scopes[plan.editor.call]
    uses = [
        n
        for n in module.tree.names
        if n.id == target.id and (found := module.tree.scopes[n].lookup(n.id)) and found[0] is scope
    ]
    for use in uses:
        parent = module.parent(use)
        if not (isinstance(parent, ast.Subscript) and not isinstance(parent.slice, ast.Slice)):
            return False
    return True


def stands_alone(plan: Rewrite) -> bool:
    """Whether an operator in the new text needs no parentheses around it."""
    call = plan.editor.call
    parent = plan.ctx.module.parent(call)
    return isinstance(parent, ast.Assign | ast.Return | ast.keyword | ast.Expr | ast.List) or (
        isinstance(parent, ast.Call) and call in parent.args
    )


def is_name(node: ast.expr) -> bool:
    """Whether the expression may be written twice: it is short, and has no effect."""
    return isinstance(node, ast.Name | ast.Constant) or (
        isinstance(node, ast.Attribute) and is_name(node.value)
    )


def is_number(node: ast.expr) -> bool:
    """A number that is written out."""
    if isinstance(node, ast.UnaryOp):
        return is_number(node.operand)
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


def has_two_axes(plan: Rewrite, node: ast.expr) -> bool:
    """Whether an expression is a weight that the class makes with a shape of two numbers."""
    found = enclosing_method(plan.ctx.module, plan.editor.call)
    if found is None or not isinstance(node, ast.Attribute):
        return False
    shapes = []
    for item in ast.walk(found[0]):
        if not (isinstance(item, ast.Assign) and isinstance(item.value, ast.Call)):
            continue
        if any(ast.dump(target, False) == _stored(node) for target in item.targets):
            shapes.append(_weight_shape(item.value))
    return bool(shapes) and all(
        isinstance(shape, ast.Tuple | ast.List) and len(shape.elts) == 2 for shape in shapes
    )


def _stored(node: ast.Attribute) -> str:
    target = ast.Attribute(node.value, node.attr, ast.Store())
    return ast.dump(target, False)


def _weight_shape(call: ast.Call) -> ast.expr | None:
    if not (isinstance(call.func, ast.Attribute) and call.func.attr == "add_weight"):
        return None
    given = [k.value for k in call.keywords if k.arg == "shape"]
    if given:
        return given[0]
    shapes = [a for a in call.args if isinstance(a, ast.Tuple | ast.List)]
    return shapes[0] if shapes else None
