"""`fit_generator` and its like: the methods that take any data do their work now."""

from __future__ import annotations

import ast

from kerashift.engine.model import Edit, Fix, Safety, Span
from kerashift.engine.rules.base import Finding, RuleContext
from kerashift.engine.rules.calls import CallEditor, CallError

_LOADING = ("max_queue_size", "workers", "use_multiprocessing", "pickle_safe", "max_q_size")
_PARAMETERS = {
    "fit_generator": (
        "generator steps_per_epoch epochs verbose callbacks validation_data validation_steps "
        "validation_freq class_weight max_queue_size workers use_multiprocessing shuffle "
        "initial_epoch"
    ),
    "evaluate_generator": (
        "generator steps callbacks max_queue_size workers use_multiprocessing verbose"
    ),
    "predict_generator": (
        "generator steps callbacks max_queue_size workers use_multiprocessing verbose"
    ),
}
_POSITIONAL = 6
"""Later arguments changed their places between versions of Keras 2."""


def generator_call(call: ast.Call, ctx: RuleContext) -> Finding | None:
    """The finding for a call of such a method; None if it is not one."""
    assert isinstance(call.func, ast.Attribute)
    old = call.func.attr
    if old not in _PARAMETERS:
        return None
    new = old.removesuffix("_generator")
    message = f"`{old}` is gone: `{new}` takes generators"
    span, context = ctx.span(call.func), ctx.context(call)
    try:
        editor = CallEditor(ctx.module, call)
    except CallError:
        return Finding(span, message, Safety.MANUAL, context=context)
    parameters = _PARAMETERS[old].split()
    bound = editor.bind([*parameters, *(p for p in _LOADING if p not in parameters)])
    positional = sum(a.keyword is None for a in editor.arguments)
    if not bound.is_certain or positional > _POSITIONAL:
        message += "; name the arguments that come after the first, by `fit`'s names"
        return Finding(span, message, Safety.MANUAL, context=context)
    for name, argument in bound.by_name.items():
        if name in _LOADING:
            editor.drop(argument)
        elif name == "generator":
            if argument.keyword is not None:
                editor.set_keyword(argument, "x")
        else:
            editor.set_keyword(argument, name)
    if new != "fit" and "verbose" not in bound.by_name:
        editor.add("verbose=0")
    rename = Edit(Span(span.end - len(old), span.end), (new,))
    fix = Fix((rename, *editor.build()))
    return Finding(span, message, Safety.SAFE, fix, context=context)
