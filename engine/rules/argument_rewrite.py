"""What becomes of the arguments of a call after rows of `arguments.toml`."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from kerashift.engine.model import Edit, Fix, ImportNeed, Safety
from kerashift.engine.rules.base import Finding, RuleContext, insert
from kerashift.engine.rules.calls import Argument, CallEditor, CallError
from kerashift.engine.rules.first_layer import input_before
from kerashift.engine.tables.arguments import ArgumentRow

_LABELS = "Labels that are tensors give a tensor, which has no `astype`."


@dataclass
class _Group:
    """Arguments of one call whose fixes are taken together."""

    editor: CallEditor
    notes: list[str] = field(default_factory=list)
    cautions: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    more: list[Edit] = field(default_factory=list)
    needs: set[ImportNeed] = field(default_factory=set)


def argument_findings(
    call: ast.Call, name: str, rows: Mapping[str, ArgumentRow], ctx: RuleContext
) -> Iterator[Finding]:
    """Findings for the keywords of a call of `name` that have a row."""
    if not any(k.arg in rows for k in call.keywords):
        return
    span, context = ctx.span(call.func), ctx.context(call)
    try:
        groups = {s: _Group(CallEditor(ctx.module, call)) for s in (Safety.SAFE, Safety.REVIEW)}
    except CallError:
        return
    for argument in groups[Safety.SAFE].editor.arguments:
        row = rows.get(argument.name or "")
        if row is None or _is_asked_for(call, row.name, ctx):
            continue
        advice = _apply(call, argument, row, groups, ctx)
        for group in groups.values():
            if len(group.notes) > len(group.rows):
                group.rows.append(row.key)
        if advice:
            message = f"`{name}` does not take `{row.name}` any more. {advice}"
            place = ctx.span(argument.value)
            yield Finding(place, message, Safety.MANUAL, context=context, row=row.key)
    for safety, group in groups.items():
        if group.notes:
            message = f"`{name}`: {'; '.join(group.notes)}"
            edits = (*group.more, *group.editor.build())
            fix = Fix(edits, tuple(sorted(group.needs)))
            caution = " ".join(group.cautions)
            yield Finding(span, message, safety, fix, caution, None, context, group.rows[0])


def _is_asked_for(call: ast.Call, name: str, ctx: RuleContext) -> bool:
    """Whether an `if` around the call asks whether the argument is there, by its name."""
    child: ast.AST = call
    while (parent := ctx.module.parent(child)) is not None:
        if isinstance(parent, ast.If) and child is not parent.test:
            words = (n.value for n in ast.walk(parent.test) if isinstance(n, ast.Constant))
            if name in words:
                return True
        child = parent
    return False


def _apply(
    call: ast.Call,
    argument: Argument,
    row: ArgumentRow,
    groups: Mapping[Safety, _Group],
    ctx: RuleContext,
) -> str:
    """Plan what becomes of one argument; the advice for a person where there is no fix."""
    value = ctx.text(argument.value)
    safe, review = groups[Safety.SAFE], groups[Safety.REVIEW]
    if row.handler == "first_layer":
        return _first_layer(call, argument, safe, ctx)
    if row.handler == "astype":
        _astype(call, argument, value, groups, ctx)
    elif value in row.harmless or "*" in row.harmless:
        safe.editor.drop(argument)
        safe.notes.append(f"`{row.name}` is gone and changed no numbers")
    elif value in row.values:
        if row.to:
            safe.editor.set_keyword(argument, row.to)
        safe.editor.set_value(argument, row.values[value])
        safe.notes.append(f"`{row.name}={value}` is `{row.to or row.name}={row.values[value]}`")
    elif row.to and not row.values:
        safe.editor.set_keyword(argument, row.to)
        safe.notes.append(f"`{row.name}` is called `{row.to}`")
    elif row.caution:
        review.editor.drop(argument)
        review.notes.append(f"`{row.name}` is gone")
        review.cautions.append(row.caution)
    else:
        return row.message
    return ""


def _first_layer(call: ast.Call, argument: Argument, group: _Group, ctx: RuleContext) -> str:
    change = input_before(ctx, call, argument)
    if change is None:
        return "Put a `keras.Input` of that shape before the layer."
    edits, needs = change
    group.editor.drop(argument)
    group.more += edits
    group.needs |= set(needs)
    where = "goes to a `keras.Input`" if edits else "did nothing here"
    group.notes.append(f"`{argument.name}` {where}")
    return ""


def _astype(
    call: ast.Call,
    argument: Argument,
    value: str,
    groups: Mapping[Safety, _Group],
    ctx: RuleContext,
) -> None:
    if value.strip("'\"") in ("float32", "None"):
        groups[Safety.SAFE].editor.drop(argument)
        groups[Safety.SAFE].notes.append("`dtype` is gone and was the default")
        return
    group = groups[Safety.REVIEW]
    group.editor.drop(argument)
    end = ctx.span(call).end
    group.more.append(insert(end, f".astype({value})"))
    group.notes.append("`dtype` is gone: the result is converted")
    group.cautions.append(_LABELS)
