"""Noise on labels, as GANs train with it: 1 and a little more, which PyTorch does not take."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kerashift.engine.model import Edit, Span
from kerashift.engine.rules.base import RuleContext, replace
from kerashift.engine.rules.members import attribute_of_self
from kerashift.engine.rules.steps.helpers import NOISY

_ONES = frozenset({"tf.ones", "tf.ones_like"})
_NOISE = frozenset({"tf.random.uniform"})


def noisy_label_edits(ctx: RuleContext, function: ast.FunctionDef) -> Iterator[Edit]:
    """Losses of such labels go through a helper: `self.loss_fn(labels, …)` and the like."""
    ones: set[str] = set()
    noisy: set[str] = set()
    for node in ast.walk(function):
        name = _bound(node)
        if name and _calls(ctx, node, _ONES):
            ones.add(name)
        if name and isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add):
            noisy |= {name} if _calls(ctx, node.value, _NOISE) else set()
    for node in ast.walk(function):
        if not isinstance(node, ast.Call) or len(node.args) != 2 or node.keywords:
            continue
        labels = node.args[0]
        if attribute_of_self(node.func) is None or not isinstance(labels, ast.Name):
            continue
        if labels.id in ones & noisy:
            called = ctx.span(node.func)
            text = f"{NOISY}({ctx.module.unit.code[called.start : called.end]}, "
            yield replace(Span(called.start, ctx.span(labels).start), text)


def _bound(node: ast.AST) -> str:
    """The name that an assignment binds or changes."""
    target = None
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
    elif isinstance(node, ast.AugAssign):
        target = node.target
    return target.id if isinstance(target, ast.Name) else ""


def _calls(ctx: RuleContext, node: ast.AST, names: frozenset[str]) -> bool:
    symbols = (ctx.module.symbol(n.func) for n in ast.walk(node) if isinstance(n, ast.Call))
    return any(symbol is not None and symbol.name in names for symbol in symbols)
