"""Steps that do something and hand the data on to the step of the base class."""

from __future__ import annotations

import ast

from kerashift.engine.model import Fix
from kerashift.engine.rules.base import RuleContext, insert
from kerashift.engine.rules.steps.tapes import NotUnderstood


def forwarding_fix(ctx: RuleContext, step: ast.FunctionDef) -> Fix:
    """`(self, data)` → `(self, *data)`: JAX hands over its state as well.

    Raises `NotUnderstood` where the step looks at the data or at what the base's gives back.
    """
    data = step.args.args[1]
    calls = [node for node in ast.walk(step) if calls_base(node, step.name)]
    given = [a for call in calls if isinstance(call, ast.Call) for a in call.args]
    uses = [n for n in ast.walk(step) if isinstance(n, ast.Name) and n.id == data.arg]
    if any(use not in given for use in uses) or len(given) != len(calls):
        raise NotUnderstood(step, "it looks at the data that it hands on")
    for call in calls:
        if not isinstance(ctx.module.parent(call), ast.Return):
            raise NotUnderstood(
                call, "it looks at the logs, which JAX gives together with the state"
            )
    places = [ctx.span(data).start, *(ctx.span(use).start for use in uses)]
    return Fix(tuple(insert(place, "*") for place in places))


def calls_base(node: ast.AST, name: str) -> bool:
    """Whether a node is `super().name(…)`."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    owner = node.func.value
    return (
        node.func.attr == name
        and isinstance(owner, ast.Call)
        and isinstance(owner.func, ast.Name)
        and owner.func.id == "super"
    )
