"""Loops outside of `fit`: a tape in a function or a script, for every backend."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kerashift.engine.model import Edit, Fix
from kerashift.engine.rules.base import RuleContext, replace
from kerashift.engine.rules.steps.blocks import block_edits
from kerashift.engine.rules.steps.helpers import FUNCTION, RECORD, additions, collision
from kerashift.engine.rules.steps.tapes import (
    Function,
    NotUnderstood,
    Tape,
    describe,
    tape_blocks,
)
from kerashift.engine.rules.steps.trained import is_variable, trained_variables, variable_edits

_WEIGHTS = ("trainable_variables", "trainable_weights", "variables", "weights")


def loop_fix(ctx: RuleContext, call: ast.Call) -> Fix | None:
    """The edits for the block that a tape records; None if another tape of it is the first.

    Raises `NotUnderstood`.
    """
    function = _function(ctx, call)
    blocks = tape_blocks(ctx, function)
    block = next((b for b in blocks if any(i.context_expr is call for i in b.items)), None)
    if block is None:
        raise NotUnderstood(call, "the tape is not made by a `with`")
    if block.items[0].context_expr is not call:
        return None
    tapes = [describe(ctx, function, b) for b in blocks]
    models = list(dict.fromkeys(m for tape in tapes for m in _models(ctx, function, tape)))
    tape = tapes[blocks.index(block)]
    variables = trained_variables(ctx, function, tape, _sources(ctx, function, tape))
    trained = [*models, *(name for name in variables if name not in models)]
    if not trained and not tape.watched:
        raise NotUnderstood(block, "it is not clear which model is trained")
    edits = [*block_edits(ctx, function, tape, ", ".join(trained))]
    for name, made in variables.items():
        edits += variable_edits(ctx, function, name, made)
    parts = [RECORD]
    for edit in _compiled(ctx, function):
        edits.append(edit)
        parts.append(FUNCTION)
    taken = collision(ctx, tuple(parts))
    if taken:
        raise NotUnderstood(block, f"the name `{taken}` is taken in this file")
    put, needs = additions(ctx, tuple(parts))
    return Fix((*put, *edits), needs)


def _function(ctx: RuleContext, call: ast.Call) -> Function:
    within = ctx.module.tree.within.get(call)
    if within is None:
        return ctx.module.tree.module
    if not isinstance(within.node, ast.FunctionDef):
        raise NotUnderstood(call, "the tape is in a function of another kind")
    return within.node


def _models(ctx: RuleContext, function: Function, tape: Tape) -> Iterator[str]:
    """The models whose weights the gradients are for, as the code names them."""
    for source in _sources(ctx, function, tape):
        for node in ast.walk(source):
            if isinstance(node, ast.Attribute) and node.attr in _WEIGHTS:
                yield " ".join(ctx.text(node.value).split())


def _sources(ctx: RuleContext, function: Function, tape: Tape) -> list[ast.expr]:
    """What the gradients are taken for."""
    found: list[ast.expr] = []
    for use in tape.uses:
        parent = ctx.module.parent(use)
        call = ctx.module.parent(parent) if parent is not None else None
        if isinstance(call, ast.Call):
            found += _written_out(ctx, function, call.args[1])
    return found


def _written_out(ctx: RuleContext, function: Function, source: ast.expr) -> list[ast.expr]:
    """The expression, or the weights that the name it is was assigned."""
    if not isinstance(source, ast.Name):
        return [source]
    assigned = [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        and any(isinstance(t, ast.Name) and t.id == source.id for t in node.targets)
    ]
    return [value for value in assigned if not is_variable(ctx, value)] or [source]


def _compiled(ctx: RuleContext, function: Function) -> Iterator[Edit]:
    """`@tf.function` compiles on TensorFlow only."""
    for decorator in getattr(function, "decorator_list", []):
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        symbol = ctx.module.symbol(called)
        if symbol is None or symbol.name != "tf.function":
            raise NotUnderstood(decorator, "the function has a decorator")
        if isinstance(decorator, ast.Call) and (decorator.args or decorator.keywords):
            raise NotUnderstood(decorator, "tf.function has arguments")
        yield replace(ctx.span(decorator), FUNCTION)
