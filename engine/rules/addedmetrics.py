"""`self.add_metric(value, name=…)`: a metric that the layer makes and updates itself."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.model import Edit, Fix, ImportNeed, Span
from kerashift.engine.rules.base import RuleContext, replace
from kerashift.engine.rules.calls import CallEditor, CallError
from kerashift.engine.rules.classlines import NoPlace, init_slot
from kerashift.engine.rules.expressions import is_self
from kerashift.engine.rules.latevalues import Values
from kerashift.engine.rules.members import creates_state, enclosing_method, uses_of_self

_PARAMETERS = ("value", "name", "aggregation")
_STEPS = ("train_step", "test_step", "predict_step")
_MEAN = "keras.metrics.Mean"


@dataclass(frozen=True, slots=True)
class Added:
    """What becomes of the calls of one class: those that one fix rewrites, and the rest."""

    first: ast.Call | None
    rewritten: tuple[ast.Call, ...]
    fix: Fix | None
    refused: dict[ast.Call, str]


def added_metrics(ctx: RuleContext, owner: ast.ClassDef) -> Added:
    """The fix for all `self.add_metric(…)` in a class."""
    edits: list[Edit] = []
    lines: list[list[str | Span]] = []
    needs: set[ImportNeed] = set()
    done: list[ast.Call] = []
    refused: dict[ast.Call, str] = {}
    names = set(uses_of_self(owner))
    for call in _calls(owner):
        try:
            found, line = _one(ctx, owner, call, names, needs)
            if line:
                init_slot(ctx, owner)
                lines.append(line)
        except NoPlace as reason:
            refused[call] = str(reason)
            continue
        done.append(call)
        edits += found
    if lines:
        edits.append(init_slot(ctx, owner).edit(lines))
    fix = Fix(tuple(edits), tuple(sorted(needs))) if edits else None
    return Added(done[0] if done else None, tuple(done), fix, refused)


def _calls(owner: ast.ClassDef) -> list[ast.Call]:
    found = [
        node
        for node in ast.walk(owner)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "add_metric"
        and is_self(node.func.value)
    ]
    return sorted(found, key=lambda node: (node.lineno, node.col_offset))


def _one(
    ctx: RuleContext, owner: ast.ClassDef, call: ast.Call, names: set[str], needs: set[ImportNeed]
) -> tuple[tuple[Edit, ...], list[str | Span]]:
    """The edits of one call, and the line for `__init__`; raises `NoPlace`."""
    where = enclosing_method(ctx.module, call)
    if where is None or creates_state(owner, where[1].name) or where[1].name in _STEPS:
        raise NoPlace("it is not in call()")
    if not isinstance(ctx.module.parent(call), ast.Expr):
        raise NoPlace("its result is used")
    try:
        editor = CallEditor(ctx.module, call)
    except CallError:
        raise NoPlace("the call cannot be edited in place") from None
    bound = editor.bind(_PARAMETERS)
    value, name = bound.by_name.get("value"), bound.by_name.get("name")
    if value is None or not bound.is_certain:
        raise NoPlace("its arguments are not all written out")
    measured = value.value
    if isinstance(measured, ast.Call) and ctx.kind(measured.func) is Kind.METRIC:
        if not _is_own(measured.func):
            raise NoPlace("make the metric an attribute of the layer, and call its update_state")
        whole = ctx.span(call)
        inner = Span(ctx.span(measured.func).end, ctx.span(measured).end)
        kept = (ctx.span(measured.func), ".update_state", inner)
        return (replace(whole, *kept),), []
    if name is None:
        raise NoPlace("it has no name")
    text = Values(ctx, owner, where[1], "input_shape").parts(name.value)
    attribute = _free(name.value, names)
    made, wanted = ctx.spell(_MEAN)
    needs.update(wanted)
    editor.rename(f"self.{attribute}.update_state")
    if value.keyword is not None:
        editor.set_keyword(value, "values")
    for argument in editor.arguments:
        if argument is not value:
            editor.drop(argument)
    return editor.build(), [f"self.{attribute} = {made}(name=", *text, ")"]


def _is_own(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and is_self(node.value)


def _free(name: ast.expr, names: set[str]) -> str:
    """An attribute for the metric: `kl_metric` for a metric that is called "kl"."""
    said = str(name.value) if isinstance(name, ast.Constant) else ""
    word = re.sub(r"\W+", "_", said).strip("_").lower()
    word = f"{word}_metric" if word and not word[0].isdigit() else "added_metric"
    attribute, number = word, 0
    while attribute in names:
        number += 1
        attribute = f"{word}_{number}"
    names.add(attribute)
    return attribute
