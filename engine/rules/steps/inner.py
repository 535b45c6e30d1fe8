"""Gradients of what a layer inside of a model gives, as Grad-CAM takes them.

JAX differentiates functions of their arguments, so that an inner output must become an argument:
the rest of the model, from that output on, is a model of its own.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from kerashift.engine.model import Fix, Span
from kerashift.engine.rules.base import RuleContext, replace
from kerashift.engine.rules.members import indentation
from kerashift.engine.rules.receivers import Sureness, bindings_of, is_model

_NAMES = ("rest", "rest_of_model", "tail_model")


@dataclass(frozen=True, slots=True)
class _Inner:
    """`inner, final = model(x)` at `place` of a block, and the expression of the model."""

    block: ast.With
    place: int
    inner: str
    final: str
    call: ast.Call


def inner_fix(ctx: RuleContext, tape: ast.Call) -> Fix | None:
    """Compute the inner output before the tape, which watches it; None for other blocks."""
    found = _find(ctx, tape)
    if found is None:
        return None
    block, code, newline = found.block, ctx.module.unit.code, ctx.module.unit.newline
    outer, inside = indentation(ctx, block), indentation(ctx, block.body[0])
    if outer is None or inside is None:
        return None
    start = ctx.span(block).start
    parts: list[str | Span] = []
    before = block.body[: found.place]
    for index, statement in enumerate(before):
        span, following = ctx.span(statement), ctx.span(block.body[index + 1])
        if statement.end_lineno != statement.lineno:
            return None
        parts += [span, code[span.end : following.start].replace(inside, outer)]
    unpacked = block.body[found.place]
    spelled, needs = ctx.spell("keras.Model")
    model = ctx.text(found.call.func)
    name = _free(ctx, tape)
    rest = f"{name} = {spelled}({model}.outputs[0], {model}.outputs[1])"
    head = Span(start, code.index(":", ctx.span(block.items[-1].optional_vars or tape).end) + 1)
    lines = (
        f"{newline}{outer}{rest}  # from the inner output on",
        f"{newline}{outer}{code[head.start : head.end]}",
        f"{newline}{inside}{_tape_name(block)}.watch({found.inner})",
        f"{newline}{inside}{found.final} = {name}({found.inner})",
    )
    call = ctx.span(found.call)
    parts += [f"{found.inner}, _ = ", call, *lines]
    return Fix((replace(Span(start, ctx.span(unpacked).end), *parts),), needs)


def _tape_name(block: ast.With) -> str:
    name = block.items[0].optional_vars
    return name.id if isinstance(name, ast.Name) else ""


def _find(ctx: RuleContext, tape: ast.Call) -> _Inner | None:
    item = ctx.module.parent(tape)
    block = ctx.module.parent(item) if item is not None else None
    if not isinstance(block, ast.With) or len(block.items) != 1 or not _tape_name(block):
        return None
    if tape.args or block.body[0].lineno == block.lineno:
        return None
    for place, statement in enumerate(block.body):
        target = statement.targets[0] if isinstance(statement, ast.Assign) else None
        call = statement.value if isinstance(statement, ast.Assign) else None
        if not isinstance(target, ast.Tuple) or not isinstance(call, ast.Call):
            continue
        names = [e.id for e in target.elts if isinstance(e, ast.Name)]
        if len(names) == len(target.elts) == 2 and _is_source(ctx, block, names[0]):
            found = _Inner(block, place, names[0], names[1], call)
            return found if _gives_two(ctx, call.func) else None
    return None


def _is_source(ctx: RuleContext, block: ast.With, name: str) -> bool:
    """Whether a gradient of the tape is taken for the name, and it is not bound anew before."""
    tape = _tape_name(block)
    within = ctx.module.tree.within
    for call in ctx.module.tree.calls:
        func = call.func
        if not (isinstance(func, ast.Attribute) and func.attr == "gradient"):
            continue
        if not isinstance(func.value, ast.Name) or func.value.id != tape or len(call.args) != 2:
            continue
        source = call.args[1]
        same = within.get(call) is within.get(block.items[0].context_expr)
        if same and isinstance(source, ast.Name) and source.id == name:
            return True
    return False


def _gives_two(ctx: RuleContext, model: ast.expr) -> bool:
    """Whether it is a functional model of two outputs, or one that nothing is known of."""
    if not isinstance(model, ast.Name | ast.Attribute) or is_model(ctx, model) < Sureness.LIKELY:
        return False
    if not isinstance(model, ast.Name):
        return True
    for binding in bindings_of(model.id, ctx.module.tree.scopes.get(model)):
        made = binding.value
        if not isinstance(made, ast.Call):
            continue
        named = [k.value for k in made.keywords if k.arg == "outputs"]
        outputs = named[0] if named else made.args[1] if len(made.args) > 1 else None
        if isinstance(outputs, ast.List | ast.Tuple) and len(outputs.elts) != 2:
            return False
    return True


def _free(ctx: RuleContext, tape: ast.Call) -> str:
    taken = {n.id for n in ast.walk(ctx.module.tree.module) if isinstance(n, ast.Name)}
    return next(name for name in _NAMES if name not in taken)
