"""Handlers of the op tables for arithmetic: reductions, products, matrices, order."""

from __future__ import annotations

import ast

from kerashift.engine.model import Fix
from kerashift.engine.rules.guarded import is_masked
from kerashift.engine.rules.opplaces import has_two_axes, is_name, is_number, stands_alone
from kerashift.engine.rules.oprewrite import Handler, Rewrite, Unsupported

_INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
_MATRIX_AXES = (1, 2)


def flag(plan: Rewrite, name: str) -> bool:
    """A boolean argument that is written out; absent means False."""
    argument = plan.given.get(name)
    return argument is not None and bool(plan.literal(argument))


def drop_unless_set(plan: Rewrite, *names: str) -> None:
    """Drop flags that are off; raises `Unsupported` for one that is on."""
    for name in names:
        if flag(plan, name):
            raise Unsupported(f"`{name}` has no direct counterpart")
        plan.drop(name)


def is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def reduction(plan: Rewrite) -> Fix | None:
    """A list of tensors is stacked first; PyTorch cannot keep dimensions without an axis."""
    first = plan.given[plan.row.params[0]]
    axis = plan.given.get("axis")
    keep = plan.given.get("keepdims")
    keeps = keep is not None and not _is_false(keep.value)
    if keeps and (axis is None or is_none(axis.value)):
        raise Unsupported("without `axis` the dimensions are not kept on PyTorch")
    if isinstance(first.value, ast.List | ast.Tuple | ast.ListComp):
        items = [] if isinstance(first.value, ast.ListComp) else first.value.elts
        numbers = bool(items) and all(is_number(item) for item in items)
        made = "convert_to_tensor" if numbers else "stack"
        plan.wrap(first, f"keras.ops.{made}(", ")")
    return None


def reduce_mean(plan: Rewrite) -> Fix | None:
    """TensorFlow rounds the mean of integers down; Keras gives a float."""
    value = plan.given["input_tensor"].value
    if isinstance(value, ast.Call):
        dtype = plan.ctx.text(value.args[1]) if len(value.args) > 1 else ""
        dtypes = [plan.ctx.text(k.value) for k in value.keywords if k.arg == "dtype"]
        for text in [dtype, *dtypes]:
            if text.strip("'\"").rpartition(".")[2] in _INTEGERS:
                raise Unsupported("the mean of integers is an integer in TensorFlow, a float here")
    return reduction(plan)


def norm(plan: Rewrite) -> Fix | None:
    """Without `axis` TensorFlow takes the tensor as one vector, `keras.ops.norm` as a matrix."""
    order = plan.given.get("ord")
    if order is not None:
        if plan.literal(order) == "euclidean":
            plan.drop("ord")
            order = None
        elif plan.literal(order) == "fro":
            raise Unsupported("write the Frobenius norm with `keras.ops.norm(…, axis=…)`")
    axis = plan.given.get("axis")
    if axis is None or is_none(axis.value):
        if order is not None:
            raise Unsupported("without `axis` TensorFlow takes the whole tensor as one vector")
        if "keepdims" in plan.given:
            raise Unsupported("without `axis` the dimensions to keep depend on the tensor")
        return plan.replace_call("keras.ops.norm(keras.ops.reshape({tensor}, (-1,)))")
    return None


def l2_normalize(plan: Rewrite) -> Fix | None:
    """Written out, because `keras.ops.normalize` treats tiny vectors otherwise."""
    axis = plan.given.get("axis")
    if axis is None or is_none(axis.value):
        raise Unsupported("without `axis` TensorFlow takes the whole tensor as one vector")
    if not is_name(plan.given["x"].value):
        plan.review("Vectors shorter than 1e-6 and their gradients come out a little different.")
        epsilon = "{epsilon}" if "epsilon" in plan.given else "1e-12"
        return plan.replace_call(f"keras.ops.normalize({{x}}, axis={{axis}}, epsilon={epsilon})")
    text = (
        "{x} * keras.ops.rsqrt(keras.ops.maximum(keras.ops.sum(keras.ops.square({x}), "
        "axis={axis}, keepdims=True), {epsilon}))"
    )
    return plan.replace_call(text if stands_alone(plan) else f"({text})")


def twice(plan: Rewrite) -> Fix | None:
    """The template names its first argument twice, so that must be a plain name."""
    first = plan.row.params[0]
    if not is_name(plan.given[first].value):
        raise Unsupported(f"give `{first}` a name first: the new text says it twice")
    return plan.replace_call(plan.row.template)


def cumulative(plan: Rewrite) -> Fix | None:
    """`exclusive` and `reverse` have no counterpart unless they are off."""
    drop_unless_set(plan, "exclusive", "reverse")
    return None


def clip(plan: Rewrite) -> Fix | None:
    """A bound that is None does not bound."""
    low, high = plan.given.get("min_value"), plan.given.get("max_value")
    if low is None or high is None:
        raise Unsupported("a bound is missing")
    if is_none(low.value):
        return plan.replace_call("keras.ops.minimum({x}, {max_value})")
    if is_none(high.value):
        return plan.replace_call("keras.ops.maximum({x}, {min_value})")
    return None


def matmul(plan: Rewrite) -> Fix | None:
    """`transpose_a`/`transpose_b` become `swapaxes` around the operand."""
    drop_unless_set(plan, "adjoint_a", "adjoint_b", "a_is_sparse", "b_is_sparse")
    for name, operand in (("transpose_a", "a"), ("transpose_b", "b")):
        if flag(plan, name):
            plan.wrap(plan.given[operand], "keras.ops.swapaxes(", ", -1, -2)")
        plan.drop(name)
    for name in ("output_type", "grad_a", "grad_b"):
        if name in plan.given:
            raise Unsupported(f"`{name}` has no counterpart")
    return None


def dot(plan: Rewrite) -> Fix | None:
    """Only for a matrix on the right is the product the same on PyTorch."""
    if not has_two_axes(plan, plan.given["y"].value):
        plan.review(
            "The second tensor must be a matrix: with more axes PyTorch multiplies in batches, and "
            "keras.ops.tensordot(x, y, axes=[[-1], [-2]]) is right."
        )
    return None


def batch_dot(plan: Rewrite) -> Fix | None:
    """Matrix product of the last axis with the one before the last, for three axes."""
    axes = plan.given.get("axes")
    if axes is not None and not is_none(axes.value):
        value = plan.literal(axes)
        first, second = value if isinstance(value, list | tuple) else (value, value)
        if first not in _MATRIX_AXES or second not in _MATRIX_AXES:
            raise Unsupported("other `axes` need `keras.ops.einsum` or `keras.layers.Dot`")
        if first == 1:
            plan.wrap(plan.given["x"], "keras.ops.swapaxes(", ", -1, -2)")
        if second == 2:
            plan.wrap(plan.given["y"], "keras.ops.swapaxes(", ", -1, -2)")
    plan.drop("axes")
    plan.review("Both arguments must have three axes; with two axes it is a row-wise dot product.")
    return None


def band_part(plan: Rewrite) -> Fix | None:
    """The lower part is `tril`, the upper part `triu`, both a band."""
    below, above = (plan.literal(plan.given[name]) for name in ("num_lower", "num_upper"))
    if not (isinstance(below, int) and isinstance(above, int)) or (below < 0 and above < 0):
        raise Unsupported("use `keras.ops.tril` and `keras.ops.triu`")
    text = "{input}"
    if above >= 0:
        text = f"keras.ops.tril({text}, {above})" if above else f"keras.ops.tril({text})"
    if below >= 0:
        text = f"keras.ops.triu({text}, {-below})" if below else f"keras.ops.triu({text})"
    return plan.replace_call(text)


def ordering(plan: Rewrite) -> Fix | None:
    """Descending order is the ascending one, flipped; not so for the places of equal values."""
    direction = plan.given.get("direction")
    if direction is not None and plan.literal(direction) != "ASCENDING":
        if "stable" in plan.row.params:
            raise Unsupported("sort the negated values instead")
        text = "keras.ops.flip(keras.ops.sort({values}, axis={axis}), axis={axis})"
        return plan.replace_call(text)
    plan.drop("direction")
    return None


def top_k(plan: Rewrite) -> Fix | None:
    """The result is a plain tuple: `.values` and `.indices` become `[0]` and `[1]`."""
    module, call = plan.ctx.module, plan.editor.call
    parent = module.parent(call)
    if isinstance(parent, ast.Attribute):
        raise Unsupported("`.values` and `.indices` become `[0]` and `[1]`")
    unpacked = isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Tuple)
    if not unpacked and not isinstance(parent, ast.Subscript):
        plan.review("The result is a plain tuple: `.values` is `[0]`, `.indices` is `[1]`.")
    return None


def root(plan: Rewrite) -> Fix | None:
    """Times a mask, its gradient where the mask is zero is NaN on JAX and PyTorch."""
    if is_masked(plan):
        plan.review(
            "Where the mask is 0 and the argument is not positive, TensorFlow gives the gradient "
            "0, JAX and PyTorch give NaN: choose another argument there by `where`."
        )
    return None


MATH: dict[str, Handler] = {
    "band_part": band_part,
    "batch_dot": batch_dot,
    "clip": clip,
    "cumulative": cumulative,
    "dot": dot,
    "l2_normalize": l2_normalize,
    "matmul": matmul,
    "norm": norm,
    "ordering": ordering,
    "reduce_mean": reduce_mean,
    "reduction": reduction,
    "root": root,
    "top_k": top_k,
    "twice": twice,
}
