"""Recurrent layers and cells: what makes them, and lists that their results were in Keras 2."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from kerashift.engine.analysis.kinds import attribute_values, owner_class
from kerashift.engine.model import Context, Safety
from kerashift.engine.rules.base import Finding, RuleContext, fix, insert
from kerashift.engine.rules.expressions import is_none
from kerashift.engine.rules.receivers import bindings_of, made_by

_LAYERS = {
    f"keras.layers.{name}"
    for name in ("LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
}
_WRAPPERS = {"keras.layers.Bidirectional"}
_OF_STATE = ("inputs", "batch_size", "dtype")
_OF_LISTS = ("append", "extend", "insert", "pop", "remove", "reverse", "sort")


def is_recurrent(node: ast.expr, ctx: RuleContext) -> bool:
    """Whether an expression is a recurrent layer of Keras, made here or held by a name."""
    if isinstance(node, ast.Call):
        symbol = ctx.module.symbol(node.func, ctx.module.tree.scopes.get(node))
    elif isinstance(node, ast.Name | ast.Attribute):
        symbol = made_by(ctx, node)
    else:
        return False
    return symbol is not None and symbol.name in _LAYERS


@dataclass(frozen=True, slots=True)
class CellState:
    """What the size of a cell's first state follows from: the batch's size, or the inputs."""

    size: ast.expr
    is_batch: bool


def state_of_cell(node: ast.Call, ctx: RuleContext) -> CellState | None:
    """A call `cell.get_initial_state(inputs, batch_size, dtype)` in the manner of Keras 2."""
    func = node.func
    if not isinstance(func, ast.Attribute) or func.attr != "get_initial_state":
        return None
    made = made_by(ctx, func.value)
    if made is None or not made.is_keras or not made.name.endswith(("Cell", "RNNCells")):
        return None
    given = dict(zip(_OF_STATE, node.args, strict=False))
    given |= {k.arg: k.value for k in node.keywords if k.arg is not None}
    if not given.keys() & {"inputs", "dtype"} or (len(node.args) == 1 and len(given) == 1):
        return None  # the first argument may be the batch already
    for name in ("batch_size", "inputs"):
        value = given.get(name)
        if value is not None and not is_none(value):
            return CellState(value, is_batch=name == "batch_size")
    return None


def list_findings(node: ast.Assign, ctx: RuleContext) -> Iterator[Finding]:
    """`parts = lstm(x)` whose parts are used as a list: Keras 3 gives a tuple."""
    target, value = node.targets[0], node.value
    if not (len(node.targets) == 1 and isinstance(target, ast.Name)):
        return
    if not isinstance(value, ast.Call):
        return
    if not _gives_states(value.func, ctx) or not _is_list(target.id, node, ctx):
        return
    span = ctx.span(value)
    made = fix(insert(span.start, "list(", rank=1), insert(span.end, ")", rank=-2))
    message = "Keras 3 gives output and states in a tuple, which does not do what a list does here"
    yield Finding(span, message, Safety.SAFE, made, context=Context.MODEL)


def _gives_states(func: ast.expr, ctx: RuleContext) -> bool:
    """Whether what is called is a recurrent layer with `return_state=True`."""
    making = func if isinstance(func, ast.Call) else _making(func, ctx)
    if making is None:
        return False
    symbol = ctx.module.symbol(making.func, ctx.module.tree.scopes.get(making))
    if symbol is None:
        return False
    if symbol.name in _WRAPPERS and making.args and isinstance(making.args[0], ast.Call):
        return _gives_states(making.args[0], ctx)
    return symbol.name in _LAYERS and any(
        k.arg == "return_state" and isinstance(k.value, ast.Constant) and k.value.value is True
        for k in making.keywords
    )


def _making(node: ast.expr, ctx: RuleContext) -> ast.Call | None:
    """The call, the only one, that made what a name or an attribute of `self` holds."""
    values: list[ast.expr | None] = []
    if isinstance(node, ast.Name):
        values = [b.value for b in bindings_of(node.id, ctx.module.tree.scopes.get(node))]
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        owner = owner_class(ctx.module, node.value) if node.value.id == "self" else None
        values = [*attribute_values(owner, node.attr)] if owner is not None else []
    made = values[0] if len(values) == 1 else None
    return made if isinstance(made, ast.Call) else None


def _is_list(name: str, assigned: ast.Assign, ctx: RuleContext, depth: int = 0) -> bool:
    """Whether a name of a function, or a slice of it under another name, is used as a list."""
    for use in _uses(name, assigned, ctx):
        parent = ctx.module.parent(use)
        held: ast.AST = use
        if isinstance(parent, ast.Attribute) and parent.attr in _OF_LISTS:
            return True
        if isinstance(parent, ast.Subscript) and parent.value is use:
            if not isinstance(parent.ctx, ast.Load):
                return True
            if not isinstance(parent.slice, ast.Slice):
                continue
            held, parent = parent, ctx.module.parent(parent)
        if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Add):
            return True
        if isinstance(parent, ast.Assign) and parent.value is held and not depth:
            target = parent.targets[0]
            if isinstance(target, ast.Name) and _is_list(target.id, parent, ctx, depth + 1):
                return True
    return False


def _uses(name: str, assigned: ast.Assign, ctx: RuleContext) -> Iterator[ast.Name]:
    """Where the name is read in the function, or module, that assigns it."""
    within = ctx.module.tree.within
    around = within.get(assigned.value)
    for node in ctx.module.tree.names:
        if node.id == name and within.get(node) is around:
            yield node
