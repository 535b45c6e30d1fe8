"""What `model.compile(…)` is given, by the names that Keras 2 gave to the places."""

from __future__ import annotations

import ast

from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.receivers import Sureness, is_model

_PLACES = ("optimizer", "loss", "metrics")


def compiled(node: ast.Call, ctx: RuleContext) -> dict[str, ast.expr]:
    """The arguments of a call that compiles a Keras model; nothing for other calls."""
    func = node.func
    if not (isinstance(func, ast.Attribute) and func.attr == "compile"):
        return {}
    if is_model(ctx, func.value) < Sureness.LIKELY:
        return {}
    given = {str(k.arg): k.value for k in node.keywords if k.arg is not None}
    if not any(isinstance(a, ast.Starred) for a in node.args):
        given = {**dict(zip(_PLACES, node.args, strict=False)), **given}
    return given
