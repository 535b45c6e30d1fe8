"""Whether an expression is certainly one floating-point number."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kerashift.engine.analysis.kinds import attribute_values
from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.calls import Argument
from kerashift.engine.rules.members import attribute_of_self

_MAX_DEPTH = 4


def is_float(
    ctx: RuleContext, node: ast.expr, owner: ast.ClassDef, dtype: Argument | None, depth: int = 0
) -> bool:
    """Whether an expression is certainly one number, of a float dtype as a variable."""
    floats = dtype is not None and "float" in ctx.text(dtype.value)
    if dtype is not None and not floats:
        return False
    return depth < _MAX_DEPTH and all(
        _is_number(part, floats) for part in _origins(ctx, node, owner, depth)
    )


def _origins(
    ctx: RuleContext, node: ast.expr, owner: ast.ClassDef, depth: int
) -> Iterator[ast.expr]:
    """What a name or attribute was set to: defaults of parameters, values of assignments."""
    attribute = attribute_of_self(node)
    if attribute is not None:
        values = attribute_values(owner, attribute)
        for value in values if depth < _MAX_DEPTH else ():
            yield from _origins(ctx, value, owner, depth + 1)
        if not values:
            yield node
    elif isinstance(node, ast.Name):
        yield _default(ctx, node) or node
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield from _origins(ctx, node.operand, owner, depth)
    elif isinstance(node, ast.BinOp):
        yield from _origins(ctx, node.left, owner, depth)
        yield from _origins(ctx, node.right, owner, depth)
    else:
        yield node


def _default(ctx: RuleContext, node: ast.Name) -> ast.expr | None:
    """The default of the parameter that a name is, or the constant that a module sets."""
    scope = ctx.module.tree.scopes.get(node)
    found = scope.lookup(node.id) if scope is not None else None
    if found is None or len(found[1]) != 1:
        return None
    binding = found[1][0]
    if binding.value is not None:
        return binding.value if isinstance(binding.value, ast.Constant) else None
    function = found[0].node
    if not isinstance(function, ast.FunctionDef) or not isinstance(binding.node, ast.arg):
        return None
    arguments = function.args
    plain = [*arguments.posonlyargs, *arguments.args]
    paired = dict(zip(reversed(plain), reversed(arguments.defaults), strict=False))
    paired |= {
        arg: default
        for arg, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is not None
    }
    return paired.get(binding.node)


def _is_number(node: ast.expr, floats: bool) -> bool:
    if isinstance(node, ast.Constant):
        kinds = (int, float) if floats else (float,)
        return isinstance(node.value, kinds) and not isinstance(node.value, bool)
    if isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        return name == "float" and len(node.args) == 1
    return False
