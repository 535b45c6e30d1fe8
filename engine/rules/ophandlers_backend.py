"""Handlers of the op tables for the Keras 2 backend: phases of learning, functions, sessions."""

from __future__ import annotations

import ast

from kerashift.engine.model import Edit, Fix, Span
from kerashift.engine.rules.opplaces import stands_alone
from kerashift.engine.rules.oprewrite import Handler, Rewrite, Unsupported

_LOOP_NAMES = ("variable", "value")
_ADVICE = "take `training` as an argument of call() and choose with `if training:`"


def in_train_phase(plan: Rewrite) -> Fix | None:
    """The first value in training, the second else."""
    return _chosen(plan, "x", "alt")


def in_test_phase(plan: Rewrite) -> Fix | None:
    """The second value in training, the first else."""
    return _chosen(plan, "alt", "x")


def _chosen(plan: Rewrite, trained: str, tested: str) -> Fix:
    given = plan.given.get("training")
    condition: str | Span = given.value_extent if given is not None else _training(plan)
    parts: list[str | Span] = ["(", *_value(plan, trained), " if ", condition]
    parts += [" else ", *_value(plan, tested), ")"]
    if stands_alone(plan):
        parts = [*parts[1:-1], ""]
    return Fix((Edit(plan.ctx.span(plan.editor.call), tuple(parts)),))


def _value(plan: Rewrite, name: str) -> list[str | Span]:
    """A branch's value; functions were called."""
    if name not in plan.given:
        raise Unsupported("a value is missing")
    argument = plan.given[name]
    if isinstance(argument.value, ast.Lambda):
        return ["(", plan.ctx.span(argument.value.body), ")"]
    if isinstance(argument.value, ast.Name):
        plan.review("`x` and `alt` must be tensors, not functions.")
    return ["(", argument.value_extent, ")"]


def _training(plan: Rewrite) -> str:
    """The parameter of that name of the function around the call."""
    function = plan.ctx.module.tree.within.get(plan.editor.call)
    while function is not None:
        arguments = function.node.args
        if any(a.arg == "training" for a in (*arguments.args, *arguments.kwonlyargs)):
            return "training"
        function = function.outer
    raise Unsupported(_ADVICE)


def learning_phase(plan: Rewrite) -> Fix | None:
    """In a function that has it, the argument `training`."""
    text = _training(plan)
    return Fix((Edit(plan.ctx.span(plan.editor.call), (text,)),))


def batch_set_value(plan: Rewrite) -> Fix | None:
    """One assignment after the other."""
    call = plan.editor.call
    if not isinstance(plan.ctx.module.parent(call), ast.Expr):
        raise Unsupported("assign each variable: for variable, value in …: variable.assign(value)")
    scope = plan.ctx.module.tree.scopes[call]
    if any(scope.lookup(name) for name in _LOOP_NAMES):
        raise Unsupported("assign each variable in a loop")
    return plan.replace_call("for variable, value in {tuples}: variable.assign(value)")


def function(plan: Rewrite) -> Fix | None:
    """A graph from inputs to outputs; updates and the learning phase are no part of one."""
    for node in ast.walk(plan.given["inputs"].value) if "inputs" in plan.given else ():
        symbol = plan.ctx.module.symbol(node.func) if isinstance(node, ast.Call) else None
        if symbol is not None and symbol.name.endswith("learning_phase"):
            raise Unsupported("make a keras.Model of it and call that with training=True or False")
    if not isinstance(plan.given["inputs"].value, ast.List | ast.Tuple):
        plan.review("`inputs` must be a list, and the results are tensors, not NumPy arrays.")
    return None


def gone(plan: Rewrite) -> Fix | None:
    """A statement that has nothing to do any more."""
    ctx, call = plan.ctx, plan.editor.call
    statement = ctx.module.parent(call)
    block = ctx.module.parent(statement) if isinstance(statement, ast.Expr) else None
    body = getattr(block, "body", [])
    text, span = ctx.module.unit.code, ctx.span(call)
    start, end = text.rfind("\n", 0, span.start) + 1, text.find("\n", span.end)
    is_line = end > 0 and not text[start : span.start].strip() and not text[span.end : end].strip()
    if statement not in body or len(body) < 2 or not is_line:
        raise Unsupported(plan.row.message)
    return Fix((Edit(Span(start, end + 1), ()),))


BACKEND: dict[str, Handler] = {
    "batch_set_value": batch_set_value,
    "function": function,
    "gone": gone,
    "in_test_phase": in_test_phase,
    "in_train_phase": in_train_phase,
    "learning_phase": learning_phase,
}
