"""Whether an expression is a whole number of Python, of NumPy, or a float."""

from __future__ import annotations

import ast
from enum import Enum, auto
from functools import cache

from kerashift.engine.analysis.scopes import Kind as BindingKind
from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.receivers import bindings_of
from kerashift.engine.tables import api

_MAX_DEPTH = 5
_PYTHON = ("int", "len")


class Number(Enum):
    """What sort of number an expression gives."""

    WHOLE = auto()
    """A whole number of Python."""
    NUMPY = auto()
    """A whole number of NumPy."""
    FLOAT = auto()
    """A float, of Python or NumPy."""
    TEXT = auto()


def number(ctx: RuleContext, node: ast.expr, depth: int = 0) -> Number | None:
    """The sort of number that an expression is for sure; None if that is not known."""
    if depth > _MAX_DEPTH:
        return None
    if isinstance(node, ast.Constant):
        return _constant(node)
    if isinstance(node, ast.BinOp):
        return _arithmetic(ctx, node, depth)
    if isinstance(node, ast.Call):
        return _call(ctx, node)
    if isinstance(node, ast.Name):
        made = bindings_of(node.id, ctx.module.tree.scopes.get(node))
        if len(made) == 1 and made[0].kind is BindingKind.ASSIGN and made[0].value is not None:
            return number(ctx, made[0].value, depth + 1)
        return None
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant | ast.UnaryOp):
        is_shape = isinstance(node.value, ast.Attribute) and node.value.attr == "shape"
        return Number.WHOLE if is_shape else None
    return None


def _constant(node: ast.Constant) -> Number | None:
    if isinstance(node.value, bool):
        return None
    if isinstance(node.value, int):
        return Number.WHOLE
    if isinstance(node.value, float):
        return Number.FLOAT
    return Number.TEXT if isinstance(node.value, str) and node.value.isdigit() else None


def _arithmetic(ctx: RuleContext, node: ast.BinOp, depth: int) -> Number | None:
    sides = {number(ctx, node.left, depth + 1), number(ctx, node.right, depth + 1)}
    if isinstance(node.op, ast.Div):
        # A path is divided too: one side at least must be a number.
        return Number.FLOAT if sides & {Number.WHOLE, Number.NUMPY, Number.FLOAT} else None
    if not isinstance(node.op, ast.Add | ast.Sub | ast.Mult | ast.FloorDiv | ast.Pow | ast.Mod):
        return None
    if Number.FLOAT in sides and None not in sides:
        return Number.FLOAT
    if Number.NUMPY in sides and sides <= {Number.NUMPY, Number.WHOLE}:
        return Number.NUMPY
    return Number.WHOLE if sides == {Number.WHOLE} else None


def _call(ctx: RuleContext, node: ast.Call) -> Number | None:
    if isinstance(node.func, ast.Name) and node.func.id in _PYTHON:
        return Number.WHOLE
    symbol = ctx.module.symbol(node.func, ctx.module.tree.scopes.get(node))
    if symbol is None or not symbol.name.startswith("numpy."):
        return None
    name = symbol.name.removeprefix("numpy.")
    if name not in _numpy("whole") | _numpy("floats") or any(
        k.arg in ("axis", "keepdims", "out") for k in node.keywords
    ):
        return None
    if len(node.args) != 1 or (node.keywords and name not in ("prod", "sum")):
        return None
    return Number.FLOAT if name in _numpy("floats") else Number.NUMPY


@cache
def _numpy(sort: str) -> frozenset[str]:
    table = api.load("sizes.toml")["numpy"]
    assert isinstance(table, dict)
    return frozenset(str(table[sort]).split())
