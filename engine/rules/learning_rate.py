"""Reads and writes of an optimizer's learning rate through the Keras 2 backend."""

from __future__ import annotations

import ast

from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.receivers import Sureness, is_optimizer


def rate_call(call: ast.Call, ctx: RuleContext) -> str:
    """`set_value` or `get_value` where the call does that to a learning rate, else nothing."""
    rate = call.args[0] if call.args else None
    if not (isinstance(rate, ast.Attribute) and rate.attr in ("lr", "learning_rate")):
        return ""
    symbol = ctx.module.symbol(call.func, ctx.module.tree.scopes.get(call))
    if symbol is None or not symbol.name.startswith("keras.backend.") or call.keywords:
        return ""
    name = symbol.name.rpartition(".")[2]
    if len(call.args) != {"set_value": 2, "get_value": 1}.get(name):
        return ""
    if name == "set_value" and not isinstance(ctx.module.parent(call), ast.Expr):
        return ""
    return name if is_optimizer(ctx, rate.value) >= Sureness.LIKELY else ""
