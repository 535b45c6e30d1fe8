"""Whether statements may stand in a function that a backend traces: they have no effects."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.analysis.symbols import Symbol
from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.control.places import NotUnderstood
from kerashift.engine.rules.expressions import is_none
from kerashift.engine.rules.receivers import maker

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_CHANGES = frozenset(
    {"assign", "assign_add", "assign_sub", "scatter_update", "add_loss", "add_metric", "add_update"}
    | {"update_state", "reset_state", "reset_states", "apply_gradients", "add_weight", "write"}
)
_REFUSED: dict[type[ast.AST], str] = {
    ast.Raise: "it raises an error, which a compiled function cannot do for the values of a tensor",
    ast.Try: "it has a `try`",
    ast.Global: "it sets a global name",
    ast.Nonlocal: "it sets a name of the function around it",
    ast.Delete: "it deletes something",
    ast.Yield: "it yields",
    ast.YieldFrom: "it yields",
    ast.Await: "it waits",
    ast.Assert: "it has an `assert`",
}
_STATELESS = frozenset(
    {"Dense", "EinsumDense", "Embedding", "Activation", "ReLU", "LeakyReLU", "ELU", "PReLU"}
    | {"Softmax", "LayerNormalization", "UnitNormalization", "Concatenate", "Add", "Subtract"}
    | {"Multiply", "Average", "Maximum", "Minimum", "Dot", "Flatten", "Reshape", "Permute"}
    | {"RepeatVector", "ZeroPadding1D", "ZeroPadding2D", "Cropping1D", "Cropping2D", "Rescaling"}
    | {"UpSampling1D", "UpSampling2D", "Masking", "Normalization"}
)
_STATELESS_PARTS = ("Conv", "Pool")


def check_pure(ctx: RuleContext, statements: Sequence[ast.stmt]) -> None:
    """Raises `NotUnderstood` for the first thing that a traced function must not do."""
    for statement in statements:
        for node in _own(statement):
            reason = _refusal(ctx, node)
            if reason:
                raise NotUnderstood(f"line {_line(ctx, node)}: {reason}")
        if _leaves_loop(statement):
            raise NotUnderstood("it leaves a loop with `break` or `continue`")


def _line(ctx: RuleContext, node: ast.AST) -> int:
    return ctx.module.unit.locate(ctx.span(node).start).line


def _refusal(ctx: RuleContext, node: ast.AST) -> str:
    if type(node) in _REFUSED:
        return _REFUSED[type(node)]
    if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
        return f"it changes `{ctx.text(node)}`"
    if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant):
        return f"`{_short(ctx, node)}` is run for what it does, not for a value"
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGES:
            return f"`{_short(ctx, node.func)}` changes something"
        if isinstance(node.func, ast.Name) and node.func.id == "super" and not node.args:
            return "`super()` without arguments does not work in a function within a method"
    return ""


def _short(ctx: RuleContext, node: ast.AST) -> str:
    text = ctx.text(node).split("\n")[0]
    return text if len(text) < 40 else f"{text[:37]}…"


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """A node and what is in it, save for functions."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, _FUNCTIONS):
            yield from _own(child)


def _leaves_loop(node: ast.AST) -> bool:
    """Whether a `break` or `continue` leaves a loop that the node is in."""
    if isinstance(node, ast.Break | ast.Continue):
        return True
    if isinstance(node, (*_LOOPS, *_FUNCTIONS)):
        return False
    return any(_leaves_loop(child) for child in ast.iter_child_nodes(node))


def always_returns(statements: Sequence[ast.stmt]) -> bool:
    """Whether every way through the statements ends with a `return`."""
    for statement in statements:
        if isinstance(statement, ast.Return):
            return True
        if isinstance(statement, ast.If) and all(
            always_returns(block) for block in (statement.body, statement.orelse)
        ):
            return True
        if isinstance(statement, ast.With) and always_returns(statement.body):
            return True
    return False


def has_return(statements: Sequence[ast.stmt]) -> bool:
    return any(isinstance(node, ast.Return) for s in statements for node in _own(s))


def returns_nothing(statements: Sequence[ast.stmt]) -> bool:
    """Whether a `return` in the statements gives None."""
    returns = [node for s in statements for node in _own(s) if isinstance(node, ast.Return)]
    return any(node.value is None or is_none(node.value) for node in returns)


def may_keep_state(ctx: RuleContext, nodes: Sequence[ast.AST]) -> bool:
    """Whether a layer in the code may be one that changes when it is called (dropout …)."""
    return any(
        isinstance(node, ast.Call)
        and ctx.kind(node.func) in (Kind.LAYER, Kind.MODEL)
        and not _is_stateless(ctx, node.func)
        for part in nodes
        for node in ast.walk(part)
    )


def _is_stateless(ctx: RuleContext, node: ast.expr) -> bool:
    made = maker(ctx, node)
    if not isinstance(made, Symbol):
        return False
    name = made.name.rpartition(".")[2]
    return name in _STATELESS or any(part in name for part in _STATELESS_PARTS)
