"""Where Keras 2 ran AutoGraph: functions, and the nodes that are theirs."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kerashift.engine.analysis.scopes import Function
from kerashift.engine.model import Context, Safety, Span, Target
from kerashift.engine.rules.base import Finding, RuleContext

NOTHING = "Keras 3 does not turn it into a part of the graph"
WAY_OUT = "With TensorFlow alone, `@tf.function` on the method does what Keras 2 did"
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_UNCONVERTED = "tf.autograph.experimental.do_not_convert"


class NotUnderstood(Exception):
    """It cannot be rewritten; the message says what stands in the way."""


def converted_functions(ctx: RuleContext) -> Iterator[Function]:
    """The module's functions that Keras 2 converted."""
    if ctx.stays:
        return
    for function in ctx.module.tree.functions.values():
        if ctx.contexts.is_converted(function) and not _decorated(ctx, function, _UNCONVERTED):
            yield function


def own_nodes(function: Function) -> Iterator[ast.AST]:
    """The nodes of a function without those of functions in it, in the order of the text."""
    body = function.node.body
    for part in body if isinstance(body, list) else [body]:
        yield from _nodes(part)


def _nodes(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, _FUNCTIONS):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _nodes(child)


def is_turns_of_loop(ctx: RuleContext, call: ast.Call) -> bool:
    """Whether a range is what a converted loop goes over: the loop is written anew with it."""
    parent = ctx.module.parent(call)
    if not isinstance(parent, ast.For) or parent.iter is not call:
        return False
    function = ctx.module.tree.within.get(call)
    is_of_both = ctx.contexts.of_function(function) is Context.BOTH
    return ctx.contexts.is_converted(function) and not is_of_both


def target_of(ctx: RuleContext, function: Function) -> Target:
    """`tf.function` still converts what it is put on, on TensorFlow."""
    around: Function | None = function
    while around is not None:
        if _decorated(ctx, around, "tf.function"):
            return Target.MULTI_BACKEND
        around = around.outer
    return Target.KERAS3


def _decorated(ctx: RuleContext, function: Function, name: str) -> bool:
    for decorator in getattr(function.node, "decorator_list", ()):
        made = decorator.func if isinstance(decorator, ast.Call) else decorator
        symbol = ctx.module.symbol(made, ctx.module.tree.scopes.get(function.node))
        if symbol is not None and symbol.name == name:
            return True
    return False


def manual(
    ctx: RuleContext, span: Span, message: str, reason: str, target: Target, context: Context
) -> Finding:
    """A finding without a fix: why, and what is left."""
    way_out = "" if context is Context.BOTH else f" {WAY_OUT}."
    text = f"{message}. Not rewritten: {reason}.{way_out}"
    return Finding(span, text, Safety.MANUAL, target=target, context=context)
