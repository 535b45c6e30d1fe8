"""Conditions on tensors that decide whether variables change, as gradient accumulation has them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kerashift.engine.model import Edit, Span
from kerashift.engine.rules.base import RuleContext, replace
from kerashift.engine.rules.calls import Bound, CallEditor, CallError
from kerashift.engine.rules.expressions import is_none
from kerashift.engine.rules.steps.helpers import CHANGE
from kerashift.engine.rules.steps.tapes import NotUnderstood

_NAMES = ("tf.cond", "keras.ops.cond")
_PARAMETERS = ("pred", "true_fn", "false_fn")
_WHY = (
    "a tensor decides which variables change; to add up gradients, give the optimizer "
    "gradient_accumulation_steps instead"
)


def condition_edits(ctx: RuleContext, function: ast.FunctionDef) -> Iterator[Edit]:
    """`tf.cond(p, self.change, lambda: None)` as a statement → `change_if(p, self.change, self)`.

    Raises `NotUnderstood` where both branches change something.
    """
    for node in ast.walk(function):
        call = node.value if isinstance(node, ast.Expr) else None
        if not isinstance(call, ast.Call):
            continue
        symbol = ctx.module.symbol(call.func)
        if symbol is None or symbol.name not in _NAMES:
            continue
        try:
            bound = CallEditor(ctx.module, call).bind(_PARAMETERS)
        except CallError:
            raise NotUnderstood(call, _WHY) from None
        if not _changes_in_one_branch(bound):
            raise NotUnderstood(call, _WHY)
        yield replace(ctx.span(call.func), CHANGE)
        for name in _PARAMETERS:
            argument = bound.by_name[name]
            if argument.keyword is not None:
                yield replace(Span(argument.extent.start, argument.value_extent.start))
        yield replace(bound.by_name["false_fn"].value_extent, "self")


def _changes_in_one_branch(bound: Bound) -> bool:
    """Whether the branches are written in their order, and the second does nothing."""
    if not bound.is_certain or set(bound.by_name) != {*_PARAMETERS}:
        return False
    places = [bound.by_name[name].extent.start for name in _PARAMETERS]
    other = bound.by_name["false_fn"].value
    return places == sorted(places) and isinstance(other, ast.Lambda) and is_none(other.body)
