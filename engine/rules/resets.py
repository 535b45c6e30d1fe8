"""`reset_states()` of metrics and models, which Keras 3 spells otherwise or does not have."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.model import Safety, Span
from kerashift.engine.rules.base import Finding, RuleContext, fix, insert, replace
from kerashift.engine.rules.layers import comes_from
from kerashift.engine.rules.members import enclosing_method, indentation
from kerashift.engine.rules.receivers import Sureness, is_model

_NESTED = "Models inside of this one are not reset: their layers need the same."


def reset_findings(node: ast.Call, func: ast.Attribute, ctx: RuleContext) -> Iterator[Finding]:
    """What to say of `x.reset_states()`."""
    value, span, context = func.value, ctx.span(node), ctx.context(node)
    found = enclosing_method(ctx.module, node)
    is_super = isinstance(value, ast.Call) and isinstance(value.func, ast.Name)
    own = ctx.class_kind(found[0]) if found is not None and is_super else None
    if Kind.METRIC in (ctx.kind(value), own) or comes_from(ctx, value, "metrics"):
        end = ctx.span(func).end
        edit = replace(Span(end - len("reset_states"), end), "reset_state")
        message = "`reset_states` of a metric is `reset_state` in Keras 3"
        yield Finding(span, message, Safety.SAFE, fix(edit), context=context)
        return
    if is_super or is_model(ctx, value) < Sureness.LIKELY:
        return
    statement = ctx.module.parent(node)
    indent = indentation(ctx, statement) if isinstance(statement, ast.Expr) else None
    message = "Models have no `reset_states` in Keras 3: reset the layers"
    if indent is None:
        yield Finding(span, f"{message} that have it.", Safety.MANUAL, context=context)
        return
    newline = ctx.module.unit.newline
    name = "layer" if not _is_bound("layer", node, ctx) else "stateful_layer"
    loop = (
        f'.layers:{newline}{indent}    if hasattr({name}, "reset_states"):'
        f"{newline}{indent}        {name}.reset_states()"
    )
    edits = (
        insert(span.start, f"for {name} in ", rank=1),
        replace(Span(ctx.span(value).end, span.end), loop),
    )
    yield Finding(span, message, Safety.REVIEW, fix(*edits), _NESTED, context=context)


def _is_bound(name: str, node: ast.Call, ctx: RuleContext) -> bool:
    return ctx.module.tree.scopes[node].lookup(name) is not None
