"""Targets in losses and metrics of one's own."""

from __future__ import annotations

import ast

from kerashift.engine.rules.base import RuleContext

_PREDICTIONS = ("y_pred", "y_hat", "pred", "preds", "prediction", "predictions", "logits")
_TARGETS = ("y_true", "y", "true", "target", "targets", "label", "labels", "y_label")
_SAME = ("reshape", "squeeze", "expand_dims", "stop_gradient", "flatten", "ravel")


def is_of_targets(ctx: RuleContext, node: ast.expr) -> bool:
    """Whether it is the targets of the loss or metric around it, in another shape at most."""
    while isinstance(node, ast.Call) and node.args:
        func = node.func
        name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
        if name not in _SAME:
            return False
        node = node.args[0]
    if not isinstance(node, ast.Name):
        return False
    around = ctx.module.tree.within.get(node)
    if around is None or not isinstance(around.node, ast.FunctionDef):
        return False
    names = [a.arg for a in around.node.args.args if a.arg != "self"]
    is_loss = len(names) > 1 and names[0] in _TARGETS and names[1] in _PREDICTIONS
    return is_loss and node.id == names[0] and not _is_bound_anew(around.node, node.id)


def _is_bound_anew(function: ast.FunctionDef, name: str) -> bool:
    return any(
        isinstance(part, ast.Name) and part.id == name and isinstance(part.ctx, ast.Store)
        for part in ast.walk(function)
    )
