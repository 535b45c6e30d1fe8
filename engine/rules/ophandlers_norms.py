"""Handlers of the op tables for clipping by a norm, and for several identity matrices at once."""

from __future__ import annotations

import ast
from dataclasses import replace

from kerashift.engine.model import Fix, Span
from kerashift.engine.rules.expressions import is_none
from kerashift.engine.rules.opplaces import is_name
from kerashift.engine.rules.oprewrite import Handler, Rewrite, Unsupported

_CLIPPED = (
    "{{t}} * {{clip_norm}} / keras.ops.maximum(keras.ops.sqrt("
    "keras.ops.sum(keras.ops.square({{t}}){})), {{clip_norm}})"
)
_EYE = "keras.ops.tile(keras.ops.eye({}), [{{batch_shape}}, 1, 1])"
_SIZES = "On JAX the sizes must be numbers, as those of a known shape are."


def clip_by_norm(plan: Rewrite) -> Fix | None:
    """Without axes the tensor is one vector; with them the dimensions are kept."""
    if not is_name(plan.given["t"].value):
        raise Unsupported("give `t` a name first: the new text says it twice")
    axes = plan.given.get("axes")
    if axes is None or is_none(axes.value):
        return plan.replace_call(_CLIPPED.format(""))
    keeps = "True" if _is_written(axes.value) else "{axes} is not None"
    return plan.replace_call(_CLIPPED.format(f", axis={{axes}}, keepdims={keeps}"))


def clip_by_global_norm(plan: Rewrite) -> Fix | None:
    """The template says both arguments several times, among names of its own."""
    if "use_norm" in plan.given:
        raise Unsupported("it is given the norm")
    limit = plan.given["clip_norm"].value
    tensors = plan.given["t_list"].value
    written = tensors.elts if isinstance(tensors, ast.List) else [tensors]
    if not all(is_name(tensor) for tensor in written):
        raise Unsupported("give the list a name first: the new text says it twice")
    if not (is_name(limit) or isinstance(limit, ast.Constant)):
        raise Unsupported("give `clip_norm` a name first: the new text says it twice")
    return plan.replace_call(plan.row.template)


def eye(plan: Rewrite) -> Fix | None:
    """Several matrices at once are one that is tiled."""
    batch = plan.given.get("batch_shape")
    if batch is None or is_none(batch.value):
        plan.drop("batch_shape")
        return None
    if not isinstance(batch.value, ast.List | ast.Tuple) or not batch.value.elts:
        raise Unsupported("it is not seen how many sizes `batch_shape` has; tile the matrix")
    if any(isinstance(size, ast.Starred) for size in batch.value.elts):
        raise Unsupported("it is not seen how many sizes `batch_shape` has; tile the matrix")
    if not all(isinstance(size, ast.Constant) for size in batch.value.elts):
        plan.review(_SIZES)
    first, last = (plan.ctx.span(batch.value.elts[n]) for n in (0, -1))
    plan.given["batch_shape"] = replace(batch, value_extent=Span(first.start, last.end))
    given = [f"{{{name}}}" for name in ("num_rows", "num_columns") if name in plan.given]
    if "dtype" in plan.given:
        given.append("dtype={dtype}")
    return plan.replace_call(_EYE.format(", ".join(given)))


def _is_written(node: ast.expr) -> bool:
    """Whether axes are written out, so that they are not None."""
    return isinstance(node, ast.Constant | ast.List | ast.Tuple | ast.UnaryOp)


NORMS: dict[str, Handler] = {
    "clip_by_norm": clip_by_norm,
    "clip_by_global_norm": clip_by_global_norm,
    "eye": eye,
}
