"""`super().__init__(dynamic=True)` in a layer or model: Keras 3 has no such argument."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.model import Safety
from kerashift.engine.rules.base import Finding, RuleContext, fix
from kerashift.engine.rules.calls import CallEditor, CallError
from kerashift.engine.rules.members import enclosing_method

_EAGER = "A layer that must run eagerly needs compile(run_eagerly=True), on TensorFlow or PyTorch."


def dynamic_findings(node: ast.Call, ctx: RuleContext) -> Iterator[Finding]:
    """What to say of the argument where a class hands it to its base."""
    if not (isinstance(node.func, ast.Attribute) and node.func.attr == "__init__"):
        return
    found = enclosing_method(ctx.module, node)
    if found is None or ctx.class_kind(found[0]) not in (Kind.LAYER, Kind.MODEL):
        return
    try:
        editor = CallEditor(ctx.module, node)
    except CallError:
        return
    for argument in editor.arguments:
        if argument.name != "dynamic":
            continue
        editor.drop(argument)
        is_off = isinstance(argument.value, ast.Constant) and argument.value.value is False
        yield Finding(
            argument.extent,
            "Layers have no `dynamic` in Keras 3",
            Safety.SAFE if is_off else Safety.REVIEW,
            fix(*editor.build()),
            "" if is_off else _EAGER,
            context=ctx.context(node),
        )
