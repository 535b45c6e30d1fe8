"""Where losses, metrics, activations … are given, and may be given by a name."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kerashift.engine.analysis.callables import leaves
from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.compilecalls import compiled

_COMPILED = {"loss": "loss", "metrics": "metric", "weighted_metrics": "metric"}
_GETTERS = {
    "keras.losses.get": "loss",
    "keras.metrics.get": "metric",
    "keras.activations.get": "activation",
    "keras.initializers.get": "initializer",
    "keras.regularizers.get": "regularizer",
    "keras.constraints.get": "constraint",
}
_ENDINGS = ("activation", "initializer", "regularizer", "constraint")


def identifier_places(node: ast.Call, ctx: RuleContext) -> Iterator[tuple[ast.expr, str]]:
    """The expressions of a call that say which loss, metric, activation … is meant, and its sort.

    The sorts are `loss`, `metric`, `activation`, `initializer`, `regularizer` and `constraint`.
    """
    for name, value in compiled(node, ctx).items():
        if name in _COMPILED:
            yield from ((leaf, _COMPILED[name]) for leaf in leaves(value))
    symbol = ctx.module.symbol(node.func, ctx.module.tree.scopes[node])
    if symbol is None or not symbol.is_keras:
        return
    if symbol.name in _GETTERS and len(node.args) == 1:
        yield node.args[0], _GETTERS[symbol.name]
    if not symbol.name.startswith("keras.layers."):
        return
    for keyword in node.keywords:
        ending = str(keyword.arg).rpartition("_")[2]
        if ending in _ENDINGS:
            yield keyword.value, ending
    if symbol.name == "keras.layers.Activation" and node.args:
        yield node.args[0], "activation"
    if symbol.name == "keras.layers.Dense" and len(node.args) > 1:
        yield node.args[1], "activation"
