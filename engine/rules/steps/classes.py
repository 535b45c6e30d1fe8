"""A model's steps for every backend: the tapes, the decorator, and what the class needs besides."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kerashift.engine.model import Edit, Fix, Span
from kerashift.engine.rules.base import RuleContext, insert, replace
from kerashift.engine.rules.members import (
    attribute_of_self,
    indentation,
    method,
    methods,
)
from kerashift.engine.rules.steps.blocks import block_edits
from kerashift.engine.rules.steps.building import built_edits, is_built_by_step
from kerashift.engine.rules.steps.conditions import condition_edits
from kerashift.engine.rules.steps.forwarding import calls_base
from kerashift.engine.rules.steps.helpers import (
    BUILD,
    CHANGE,
    NOISY,
    OPTIMIZERS,
    RECORD,
    STEP,
    additions,
    collision,
    has_part,
)
from kerashift.engine.rules.steps.labels import noisy_label_edits
from kerashift.engine.rules.steps.optimizers import gradients_kept, methods_for, own_optimizers
from kerashift.engine.rules.steps.tapes import NotUnderstood, describe, tape_blocks

STEPS = ("train_step", "test_step", "predict_step")
_GENERATED = ("non_trainable_variables", "make_train_function")
_ONLY_TF = (
    "get_scaled_loss",
    "get_unscaled_gradients",
    "minimize",
    "_minimize",
    "distribute_strategy",
)


def is_for_every_backend(ctx: RuleContext, step: ast.FunctionDef) -> bool:
    """Whether the step has been rewritten, or is written for JAX: it takes more than the data."""
    decorated = any(isinstance(d, ast.Name) and d.id == STEP for d in step.decorator_list)
    if decorated and has_part(ctx, STEP):
        return True
    args = step.args
    return args.vararg is not None or len(args.posonlyargs) + len(args.args) > 2


def step_fix(ctx: RuleContext, owner: ast.ClassDef, step: ast.FunctionDef) -> Fix:
    """The edits for one step method; raises `NotUnderstood`.

    Those of `train_step` are for the tapes in other methods too.
    """
    edits: list[Edit] = []
    parts = [STEP]
    _check(ctx, owner, step)
    if step.name == "train_step":
        for item in methods(owner):
            for block in tape_blocks(ctx, item):
                edits += block_edits(ctx, item, describe(ctx, item, block), "self")
                parts.append(RECORD)
            edits += gradients_kept(ctx, item)
            conditions = [*condition_edits(ctx, item)]
            edits += conditions
            parts += [CHANGE] if conditions else []
            noisy = [*noisy_label_edits(ctx, item)]
            edits += noisy
            parts += [NOISY] if noisy else []
        edits += _optimizers(ctx, owner, step, parts)
    edits += _decorated(ctx, step)
    edits += built_edits(ctx, owner)
    if is_built_by_step(ctx, owner):
        parts += [RECORD, BUILD]
    wanted = tuple(dict.fromkeys(parts))
    taken = collision(ctx, wanted)
    if taken:
        raise NotUnderstood(step, f"the name `{taken}` is taken in this file")
    put, needs = additions(ctx, wanted)
    return Fix((*put, *edits), needs)


def _check(ctx: RuleContext, owner: ast.ClassDef, step: ast.FunctionDef) -> None:
    if len(step.args.args) != 2 or step.args.kwonlyargs or step.args.kwarg:
        raise NotUnderstood(step, f"`{step.name}` takes more than the data")
    parts = methods(owner) if step.name == "train_step" else (step,)
    for node in (n for part in parts for n in ast.walk(part)):
        if not isinstance(node, ast.Attribute):
            continue
        if node.attr in _ONLY_TF:
            raise NotUnderstood(node, f"`{node.attr}` has no counterpart")
    for node in ast.walk(step):
        if any(calls_base(node, name) for name in STEPS):
            raise NotUnderstood(node, "it calls the step of its base class")
    called = _calls_of_step(ctx, step.name)
    if called is not None:
        raise NotUnderstood(called, f"`{step.name}` is called directly, not by fit()")


def _calls_of_step(ctx: RuleContext, name: str) -> ast.Call | None:
    """A call `model.train_step(batch)` in the file."""
    for call in ctx.module.tree.calls:
        func = call.func
        if isinstance(func, ast.Attribute) and func.attr == name and not calls_base(call, name):
            return call
    return None


def _decorated(ctx: RuleContext, step: ast.FunctionDef) -> Iterator[Edit]:
    """The decorator, in the place of `@tf.function` if there is one."""
    for decorator in step.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        symbol = ctx.module.symbol(called)
        if symbol is not None and symbol.name == "tf.function":
            yield replace(ctx.span(decorator), STEP)
            return
        raise NotUnderstood(decorator, "the step has a decorator")
    indent = indentation(ctx, step)
    if indent is None:
        raise NotUnderstood(step, "the step shares a line with something else")
    yield insert(ctx.span(step).start, f"@{STEP}{ctx.module.unit.newline}{indent}", rank=1)


def _optimizers(
    ctx: RuleContext, owner: ast.ClassDef, step: ast.FunctionDef, parts: list[str]
) -> Iterator[Edit]:
    applied = own_optimizers(ctx, owner)
    if not applied:
        return
    for name in _GENERATED:
        if method(owner, name) is not None:
            raise NotUnderstood(step, f"the class has a `{name}` of its own")
    parts.append(OPTIMIZERS)
    indent = indentation(ctx, step)
    if indent is None:
        raise NotUnderstood(step, "the step shares a line with something else")
    spelled, _ = ctx.spell("keras.backend.backend")
    newline = ctx.module.unit.newline
    lines = methods_for(applied, spelled)
    text = "".join(f"{indent}{line}{newline}" if line else newline for line in lines)
    first = min([step.lineno, *(d.lineno for d in step.decorator_list)])
    yield insert(ctx.module.unit.line_starts[first - 1], text)


def head(ctx: RuleContext, node: ast.FunctionDef) -> Span:
    """The line of the `def`, up to its colon."""
    start = ctx.span(node).start
    end = ctx.module.unit.code.find("\n", start)
    return Span(start, len(ctx.module.unit.code) if end < 0 else end)


def uses_compiled(node: ast.FunctionDef) -> bool:
    return any(
        attribute_of_self(part) in ("compiled_loss", "compiled_metrics") for part in ast.walk(node)
    )
