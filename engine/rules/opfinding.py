"""Findings for calls and bare names of functions that an op table knows."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kerashift.engine.analysis.module import Reference
from kerashift.engine.model import Context, Fix, Safety, Target
from kerashift.engine.rules.base import Finding, RuleContext, fix, replace
from kerashift.engine.rules.ophandlers import HANDLERS
from kerashift.engine.rules.oprewrite import Unsupported, rewrite
from kerashift.engine.tables import api
from kerashift.engine.tables.oprows import OpRow

HOST_CAUTION = (
    "This code runs outside of the model: keep TensorFlow here if the value goes into a tf.data "
    "pipeline or another TensorFlow function."
)


def op_finding(
    ref: Reference, ctx: RuleContext, row: OpRow, target: Target, host_caution: str = ""
) -> Iterator[Finding]:
    """What to say of one use of a function that has a row."""
    context = ctx.context(_root(ref.node))
    if context in (Context.DATA, Context.BOTH):
        return
    if context is Context.HOST and not (ctx.uses_keras and (row.has_fix or not host_caution)):
        return
    span = ctx.span(ref.node)
    old = ctx.text(ref.node)
    try:
        made, safety, caution = _fix(ref, ctx, row)
    except Unsupported as reason:
        advice = row.message or f"`{old}` is not rewritten: {reason}."
        yield Finding(span, advice, Safety.MANUAL, target=target, context=context, row=row.name)
        return
    if context is Context.HOST and safety is Safety.SAFE and host_caution:
        safety, caution = Safety.REVIEW, host_caution
    message = f"`{old}` becomes {_new_name(row)}"
    if not caution and safety is Safety.REVIEW:
        caution = "Check the result."
    yield Finding(span, message, safety, made, caution, target, context, row.name)


def _fix(ref: Reference, ctx: RuleContext, row: OpRow) -> tuple[Fix, Safety, str]:
    if not row.has_fix:
        raise Unsupported(row.message)
    if ref.call is not None:
        return rewrite(ctx, ref.call, row, HANDLERS)
    path = _value_path(ref, ctx, row)
    if not (row.as_value or (row.as_activation and path != row.to)):
        raise Unsupported("it is handed on as a value here, and the arguments differ")
    text, needs = ctx.spell(path)
    return fix(replace(ctx.span(ref.node), text), needs=needs), row.safety, row.caution


def _value_path(ref: Reference, ctx: RuleContext, row: OpRow) -> str:
    """`keras.activations.relu` for `activation=tf.nn.relu`: Keras can save a model with that."""
    parent = ctx.module.parent(ref.node)
    name = f"keras.activations.{row.to.rpartition('.')[2]}"
    if (
        isinstance(parent, ast.keyword)
        and str(parent.arg).endswith("activation")
        and api.exists(name)
    ):
        return name
    return row.to


def _new_name(row: OpRow) -> str:
    if row.to:
        return f"`{row.to.removeprefix('keras.')}`"
    return "an expression of `keras.ops`"


def _root(node: ast.expr) -> ast.Name:
    while isinstance(node, ast.Attribute):
        node = node.value
    assert isinstance(node, ast.Name)
    return node
