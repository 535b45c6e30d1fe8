"""Whether a `tf.Variable` stands where it can become a weight, and which values it takes along."""

from __future__ import annotations

import ast

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.initializers import filling
from kerashift.engine.rules.members import creates_state, derives_from, enclosing_method
from kerashift.engine.rules.variables import Store, precedes_base_init, store_of

TRACKED = (Kind.LAYER, Kind.MODEL, Kind.METRIC)
"""Kinds of objects whose variables Keras 3 tracks."""


def obstacle(
    ctx: RuleContext, owner: ast.ClassDef, method: ast.FunctionDef, call: ast.Call, store: Store
) -> str:
    """Why the variable must be moved or used in another way first; empty if it need not be."""
    if not creates_state(owner, method.name):
        return f"Make it in `__init__` or `build` with self.add_weight, not in `{method.name}`."
    if method.name == "__init__" and precedes_base_init(method, call):
        return "Call super().__init__() first, then make it with self.add_weight."
    if store.lost:
        names = ", ".join(f"`{name}`" for name in sorted(store.lost))
        return f"Use self.add_weight; compute the whole value and `assign` it: there is no {names}."
    return ""


def becomes_weight(ctx: RuleContext, call: ast.Call) -> bool:
    """Whether a call is the initial value of a variable that becomes `self.add_weight`.

    Its shape and dtype go there, and nothing else of it is left to rewrite.
    """
    made = ctx.module.parent(call)
    if isinstance(made, ast.keyword):
        if made.arg != "initial_value":
            return False
        made = ctx.module.parent(made)
    elif isinstance(made, ast.Call) and made.args[:1] != [call]:
        return False
    if not isinstance(made, ast.Call):
        return False
    symbol, found = ctx.module.symbol(made.func), enclosing_method(ctx.module, made)
    if symbol is None or symbol.name != "tf.Variable" or found is None:
        return False
    owner, method = found
    store = store_of(ctx, made, method)
    if store is None or ctx.class_kind(owner) not in TRACKED:
        return False
    if derives_from(ctx.module, owner, "tf.Module") or obstacle(ctx, owner, method, made, store):
        return False
    return filling(ctx.module, call) is not None
