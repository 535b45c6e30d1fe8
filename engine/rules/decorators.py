"""`@tf.function` on methods that Keras compiles by itself."""

from __future__ import annotations

import ast

from kerashift.engine.analysis.kinds import MODEL_SIDE
from kerashift.engine.analysis.module import Reference
from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.members import derives_from

_SIGNATURE = "input_signature"


def needless_tf_function(ref: Reference, ctx: RuleContext) -> ast.expr | None:
    """The decorator, where `ref` is a `@tf.function` that can go from a method of a Keras object.

    One with an input signature stays: it makes a function for export.
    """
    if ref.symbol.name != "tf.function":
        return None
    decorator: ast.expr = ref.call if ref.call is not None else ref.node
    method = ctx.module.parent(decorator)
    if not isinstance(method, ast.FunctionDef) or decorator not in method.decorator_list:
        return None
    owner = ctx.module.parent(method)
    if not isinstance(owner, ast.ClassDef) or ctx.class_kind(owner) not in MODEL_SIDE:
        return None
    if derives_from(ctx.module, owner, "tf.Module"):
        return None
    if ref.call is not None and (
        ref.call.args or any(k.arg in (_SIGNATURE, None) for k in ref.call.keywords)
    ):
        return None
    return decorator
