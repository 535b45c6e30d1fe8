"""The branches of an `if` statement: what each does, and where it stands in the text."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.control.places import NotUnderstood
from kerashift.engine.rules.control.texts import after_colon, else_of


@dataclass(frozen=True, slots=True)
class Arm:
    """A branch: the condition (None for `else`), and where its head begins and ends."""

    test: ast.expr | None
    body: list[ast.stmt]
    start: int
    colon: int


def arms_of(ctx: RuleContext, node: ast.If) -> list[Arm]:
    """The branches with every `elif`; raises `NotUnderstood` where one asks Python."""
    if not ctx.tensors.decides(node.test):
        raise NotUnderstood("an `elif` asks something of Python: make it an `if` in an `else`")
    span = ctx.span(node)
    arms = [Arm(node.test, node.body, span.start, after_colon(ctx, ctx.span(node.test).end))]
    if not node.orelse:
        return arms
    first = node.orelse[0]
    if isinstance(first, ast.If) and is_elif(ctx, first):
        return arms + arms_of(ctx, first)
    start = else_of(ctx, node.body)
    return [*arms, Arm(None, node.orelse, start, after_colon(ctx, start + len("else")))]


def is_elif(ctx: RuleContext, node: ast.If) -> bool:
    return ctx.module.unit.code.startswith("elif", ctx.span(node).start)


def only_value(body: Sequence[ast.stmt], results: Sequence[str]) -> ast.expr | None:
    """What a block of one statement returns, or sets the one result to."""
    if len(body) != 1:
        return None
    statement = body[0]
    if isinstance(statement, ast.Return):
        return statement.value
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    target = statement.targets[0]
    is_result = isinstance(target, ast.Name) and [target.id] == list(results)
    return statement.value if is_result else None
