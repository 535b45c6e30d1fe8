"""Where random numbers are drawn as part of a model, so that they need a seed generator."""

from __future__ import annotations

import ast

from kerashift.engine.analysis.module import Reference
from kerashift.engine.model import Context
from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.expressions import root_name
from kerashift.engine.rules.randomcalls import NUMPY, ROWS

GENERATORS = (
    "tf.random.Generator.from_seed",
    "tf.random.Generator.from_non_deterministic_state",
    "tf.random.get_global_generator",
)
"""What makes a generator of TensorFlow; KS328 speaks of them."""
_QUIET = ("tf.random.set_seed", "numpy.random.seed", *GENERATORS)


def context_of(ref: Reference, ctx: RuleContext) -> Context:
    root = root_name(ref.node)
    return ctx.context(root) if root is not None else Context.HOST


def is_drawn_in_model(ref: Reference, ctx: RuleContext) -> bool:
    """Whether a call draws random numbers each time that a model runs.

    A function of the old backend is looked at in host code too: it is gone there as well.
    """
    name = ref.symbol.name
    if ref.call is None or name in _QUIET or not is_random(name):
        return False
    context = context_of(ref, ctx)
    is_backend = name.startswith("keras.backend.")
    if context is Context.DATA or (context is Context.HOST and not is_backend):
        return False
    return not (_fills_variable(ref.call, ctx) or _is_drawn_once(ref, context, ctx))


def is_random(name: str) -> bool:
    return name in ROWS or name.startswith(("tf.random.", NUMPY))


def _is_drawn_once(ref: Reference, context: Context, ctx: RuleContext) -> bool:
    """Whether a function that makes a graph draws numbers of a shape that is written out: it did
    so once in Keras 2 too, outside of the graph."""
    model, _ = ctx.contexts.uses(ref.function)
    if context is not Context.MODEL or model is None or ref.function is None or ref.call is None:
        return False
    makes_graph = model.node is ref.function.node and "." not in model.name
    names = {a.arg for a in ref.function.node.args.args}
    if not makes_graph or {"y_true", "y_pred"} <= names:
        return False
    given = [*ref.call.args, *(k.value for k in ref.call.keywords)]
    parts = [part for value in given for part in ast.walk(value)]
    return not any(isinstance(part, ast.Call | ast.Subscript) for part in parts)


def _fills_variable(call: ast.Call, ctx: RuleContext) -> bool:
    """Whether the numbers are a variable's initial value."""
    node = ctx.module.parent(call)
    while node is not None and not isinstance(node, ast.stmt):
        if isinstance(node, ast.Call):
            symbol = ctx.module.symbol(node.func)
            if symbol is not None and symbol.name in ("tf.Variable", "keras.backend.variable"):
                return True
        node = ctx.module.parent(node)
    return False
