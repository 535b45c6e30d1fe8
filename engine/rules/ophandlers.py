"""Rewrites that depend on the values of arguments, by the name that the op tables call them.

A handler changes the plan of a rewrite, or gives the whole fix; it raises `Unsupported` where the
form at hand has no rewrite with the same numbers.
"""
from __future__ import annotations

import ast

from kerashift.engine.model import Fix
from kerashift.engine.rules.calls import Argument
from kerashift.engine.rules.oprewrite import Handler, Rewrite, Unsupported

_INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")


def _flag(plan: Rewrite, name: str) -> bool:
    """A boolean argument that is written out; absent means False."""
    argument = plan.given.get(name)
    return argument is not None and bool(plan.literal(argument))


def _is_int(argument: Argument | None) -> bool:
    return (
        argument is not None
        and isinstance(argument.value, ast.Constant)
        and type(argument.value.value) is int
    )


def matmul(plan: Rewrite) -> Fix | None:
    """`transpose_a`/`transpose_b` become `swapaxes` around the operand."""
    for flag in ("adjoint_a", "adjoint_b", "a_is_sparse", "b_is_sparse"):
        if flag in plan.given and _flag(plan, flag):
            raise Unsupported(f"`{flag}` has no counterpart")
    for flag, operand in (("transpose_a", "a"), ("transpose_b", "b")):
        if flag in plan.given and _flag(plan, flag):
            argument = plan.given[operand]
            plan.wrap(argument, "keras.ops.swapaxes(", ", -1, -2)")
    return None


def split(plan: Rewrite) -> Fix | None:
    """A number of pieces stays; sizes become the places where to cut."""
    sizes = plan.given["num_or_size_splits"]
    if _is_int(sizes):
        return None
    if isinstance(sizes.value, ast.List | ast.Tuple):
        numbers = plan.literal(sizes)
        assert isinstance(numbers, list | tuple)
        if not all(isinstance(n, int) and n >= 0 for n in numbers):
            raise Unsupported("a size of -1 is worked out at run time")
        cuts = [sum(numbers[: i + 1]) for i in range(len(numbers) - 1)]
        plan.editor.set_value(sizes, repr(cuts))
        return None
    plan.review("`num_or_size_splits` must be a number of pieces here, not a list of sizes.")
    return None


def where(plan: Rewrite) -> Fix | None:
    """With one argument, the indices of true elements."""
    if "x" in plan.given and "y" in plan.given:
        return None
    if "x" in plan.given or "y" in plan.given:
        raise Unsupported("only one of `x` and `y` is given")
    plan.review("How many indices come out depends on the data, which JAX cannot compile.")
    return plan.replace_call(
        "keras.ops.transpose(keras.ops.stack(keras.ops.nonzero({condition})))"
    )


def gather(plan: Rewrite) -> Fix | None:
    """`batch_dims=1` along the last axis is `take_along_axis`; others have no short form."""
    batch = plan.given.get("batch_dims")
    if batch is not None and plan.literal(batch) != 0:
        raise Unsupported("`batch_dims` has no direct counterpart; see `keras.ops.take_along_axis`")
    if batch is not None:
        plan.editor.drop(batch)
        plan.done.add("batch_dims")
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
    return None


def norm(plan: Rewrite) -> Fix | None:
    """Without `axis` TensorFlow takes the tensor as one vector, `keras.ops.norm` as a matrix."""
    order = plan.given.get("ord")
    if order is not None and isinstance(order.value, ast.Constant):
        if order.value.value == "euclidean":
            plan.editor.drop(order)
            plan.done.add("ord")
            order = None
        elif order.value.value == "fro":
            raise Unsupported("write the Frobenius norm with `keras.ops.norm(…, axis=…)`")
    if "axis" not in plan.given:
        if order is not None:
            raise Unsupported("without `axis` TensorFlow takes the whole tensor as one vector")
        keep = plan.given.get("keepdims")
        if keep is not None:
            raise Unsupported("without `axis` the dimensions to keep depend on the tensor")
        return plan.replace_call("keras.ops.norm(keras.ops.reshape({tensor}, (-1,)))")
    return None


def top_k(plan: Rewrite) -> Fix | None:
    """The result is a plain tuple: `.values` and `.indices` become `[0]` and `[1]`."""
    parent = plan.ctx.module.parent(plan.editor.call)
    if isinstance(parent, ast.Attribute):
        raise Unsupported("`.values` and `.indices` become `[0]` and `[1]`")
    if not isinstance(parent, ast.Subscript | ast.Assign):
        plan.review("The result is a plain tuple: `.values` is `[0]`, `.indices` is `[1]`.")
    elif isinstance(parent, ast.Assign) and not isinstance(parent.targets[0], ast.Tuple):
        plan.review("The result is a plain tuple: `.values` is `[0]`, `.indices` is `[1]`.")
    return None


def ordering(plan: Rewrite) -> Fix | None:
    """`direction="DESCENDING"` turns the sorted tensor round."""
    direction = plan.given.get("direction")
    if direction is None:
        return None
    if plan.literal(direction) != "ASCENDING":
        raise Unsupported("sort in ascending order and flip the result with `keras.ops.flip`")
    plan.editor.drop(direction)
    plan.done.add("direction")
    return None


def cumulative(plan: Rewrite) -> Fix | None:
    """`exclusive` and `reverse` have no counterpart unless they are off."""
    for flag in ("exclusive", "reverse"):
        argument = plan.given.get(flag)
        if argument is not None:
            if _flag(plan, flag):
                raise Unsupported(f"`{flag}` has no direct counterpart")
            plan.editor.drop(argument)
            plan.done.add(flag)
    return None


def one_hot(plan: Rewrite) -> Fix | None:
    """`on_value` and `off_value` only with their defaults."""
    for name, usual in (("on_value", 1), ("off_value", 0)):
        argument = plan.given.get(name)
        if argument is not None:
            if plan.literal(argument) not in (usual, None):
                raise Unsupported("other values than 1 and 0 need `keras.ops.where`")
            plan.editor.drop(argument)
            plan.done.add(name)
    return None


def eye(plan: Rewrite) -> Fix | None:
    if "batch_shape" in plan.given:
        raise Unsupported("`batch_shape` has no counterpart; tile the matrix")
    return None


def pad(plan: Rewrite) -> Fix | None:
    """Modes are lower case; SYMMETRIC differs on PyTorch."""
    mode = plan.given.get("mode")
    if mode is not None:
        name = str(plan.literal(mode)).lower()
        if name == "symmetric":
            raise Unsupported("Keras pads otherwise on PyTorch with mode 'symmetric'")
        if name != "constant" and "constant_values" in plan.given:
            raise Unsupported("`constant_values` goes with the constant mode only")
    return None


def range_(plan: Rewrite) -> Fix | None:
    """`tf.range(limit=n)` starts at 0 without saying so."""
    start, limit = plan.given.get("start"), plan.given.get("limit")
    if start is None and limit is not None:
        raise Unsupported("write `keras.ops.arange(0, …)`")
    return None


def shape(plan: Rewrite) -> Fix | None:
    """A tuple of numbers instead of a tensor: the same only where single items are taken."""
    call = plan.editor.call
    parent = plan.ctx.module.parent(call)
    if "out_type" in plan.given:
        plan.editor.drop(plan.given["out_type"])
        plan.done.add("out_type")
    if isinstance(parent, ast.Subscript) and parent.value is call:
        if isinstance(parent.slice, ast.Slice):
            plan.review("The slice is a tuple of numbers, not a tensor: join such with `+`.")
        return None
    if isinstance(parent, ast.keyword) and parent.arg in ("shape", "noise_shape", "output_shape"):
        return None
    if isinstance(parent, ast.Assign) and _only_indexed(plan, parent):
        return None
    if isinstance(parent, ast.Call) and call in parent.args[:2]:
        symbol = plan.ctx.module.symbol(parent.func)
        last = symbol.name.rpartition(".")[2] if symbol is not None else ""
        first = {"zeros", "ones", "fill", "uniform", "normal", "truncated_normal", "random_uniform"}
        second = {"reshape", "broadcast_to"}
        if (last in first and parent.args[0] is call) or (last in second and parent.args[0] is not call):
            return None
    plan.review("The shape is a tuple of numbers, not a tensor: arithmetic on it means other things.")
    return None


def _only_indexed(plan: Rewrite, statement: ast.Assign) -> bool:
    """Whether the assigned name is unpacked, or used with a number in brackets only."""
    target = statement.targets[0]
    if len(statement.targets) != 1:
        return False
    if isinstance(target, ast.Tuple | ast.List):
        return True
    if not isinstance(target, ast.Name):
        return False
    module = plan.ctx.module
    scope = module.tree.scopes[plan.editor.call]
    uses = [
        n
        for n in module.tree.names
        if n.id == target.id and (found := module.tree.scopes[n].lookup(n.id)) and found[0] is scope
    ]
    for use in uses:
        parent = module.parent(use)
        if not (isinstance(parent, ast.Subscript) and not isinstance(parent.slice, ast.Slice)):
            return False
    return True


def constant(plan: Rewrite) -> Fix | None:
    if "shape" in plan.given and not _is_none(plan.given["shape"].value):
        raise Unsupported("`shape` has no counterpart; see `keras.ops.full`")
    if "shape" in plan.given:
        plan.editor.drop(plan.given["shape"])
        plan.done.add("shape")
    value = plan.given["value"].value
    if isinstance(value, ast.Constant) and isinstance(value.value, str | bytes):
        raise Unsupported("strings exist on TensorFlow only")
    return None


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def l2_normalize(plan: Rewrite) -> Fix | None:
    """Written out, because `keras.ops.normalize` treats tiny vectors otherwise."""
    if "axis" not in plan.given:
        raise Unsupported("without `axis` TensorFlow takes the whole tensor as one vector")
    value = plan.given["x"].value
    if not isinstance(value, ast.Name | ast.Attribute):
        plan.review(
            "Vectors shorter than 1e-6 and their gradients come out a little different."
        )
        epsilon = "{epsilon}" if "epsilon" in plan.given else "1e-12"
        return plan.replace_call(f"keras.ops.normalize({{x}}, axis={{axis}}, epsilon={epsilon})")
    return plan.replace_call(
        "{x} * keras.ops.rsqrt(keras.ops.maximum(keras.ops.sum(keras.ops.square({x}), "
        "axis={axis}, keepdims=True), {epsilon}))"
        if _stands_alone(plan)
        else "({x} * keras.ops.rsqrt(keras.ops.maximum(keras.ops.sum(keras.ops.square({x}), "
        "axis={axis}, keepdims=True), {epsilon})))"
    )


def _stands_alone(plan: Rewrite) -> bool:
    """Whether an operator in the new text needs no parentheses around it."""
    parent = plan.ctx.module.parent(plan.editor.call)
    return isinstance(parent, ast.Assign | ast.Return | ast.keyword) or (
        isinstance(parent, ast.Call) and plan.editor.call in parent.args
    )


def batch_dot(plan: Rewrite) -> Fix | None:
    """Matrix product of the last axis with the one before the last, for three or more axes."""
    axes = plan.given.get("axes")
    if axes is not None and not _is_none(axes.value):
        value = plan.literal(axes)
        pair = tuple(value) if isinstance(value, list | tuple) else (value, value)
        if pair not in ((2, 1), (2, 2), (1, 1)):
            raise Unsupported("other `axes` need `keras.ops.einsum` or `keras.layers.Dot`")
        if pair[0] == 1:
            plan.wrap(plan.given["x"], "keras.ops.swapaxes(", ", -1, -2)")
        if pair[1] == 2:
            plan.wrap(plan.given["y"], "keras.ops.swapaxes(", ", -1, -2)")
        plan.editor.drop(axes)
    elif axes is not None:
        plan.editor.drop(axes)
    plan.done.add("axes")
    plan.review("Both arguments must have three axes; with two axes it is a row-wise dot product.")
    return None


def switch(plan: Rewrite) -> Fix | None:
    """Functions need `cond`, tensors `where`."""
    branches = [plan.given["then_expression"].value, plan.given["else_expression"].value]
    if any(isinstance(b, ast.Lambda) for b in branches):
        plan.to = "keras.ops.cond"
        plan.review("The condition must be a single value, and both branches of the same shape.")
    else:
        plan.review("Right for tensors; functions as branches need `keras.ops.cond`.")
    return None


def conv_padding(plan: Rewrite) -> Fix | None:
    """Explicit padding lists have no counterpart; `NHWC` is the only layout rewritten."""
    padding = plan.given.get("padding")
    if padding is not None and isinstance(padding.value, ast.List | ast.Tuple):
        raise Unsupported("explicit padding needs `keras.ops.pad` before a 'valid' convolution")
    layout = plan.given.get("data_format")
    if layout is not None:
        name = plan.literal(layout)
        if name not in ("NHWC", "NWC", "NDHWC", None):
            raise Unsupported("only the channels-last layout is rewritten")
        plan.editor.drop(layout)
        plan.done.add("data_format")
    plan.editor.add('data_format="channels_last"')
    return None


HANDLERS: dict[str, Handler] = {
    "matmul": matmul,
    "split": split,
    "where": where,
    "gather": gather,
    "reduce_mean": reduce_mean,
    "norm": norm,
    "top_k": top_k,
    "ordering": ordering,
    "cumulative": cumulative,
    "one_hot": one_hot,
    "eye": eye,
    "pad": pad,
    "range": range_,
    "shape": shape,
    "constant": constant,
    "l2_normalize": l2_normalize,
    "batch_dot": batch_dot,
    "switch": switch,
    "conv_padding": conv_padding,
}
