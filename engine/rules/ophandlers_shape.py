"""Handlers of the op tables for making, cutting and picking tensors."""

from __future__ import annotations

import ast

from kerashift.engine.model import Fix
from kerashift.engine.rules.guarded import has_guarded_gradient
from kerashift.engine.rules.losstargets import is_of_targets
from kerashift.engine.rules.ophandlers_math import is_none
from kerashift.engine.rules.opplaces import is_number, is_used_as_shape, sees_real_tensors
from kerashift.engine.rules.oprewrite import Handler, Rewrite, Unsupported

_MODES = ("constant", "reflect")


def split(plan: Rewrite) -> Fix | None:
    """A number of pieces stays; sizes become the places where to cut."""
    sizes = plan.given["num_or_size_splits"]
    if isinstance(sizes.value, ast.Constant) and type(sizes.value.value) is int:
        return None
    if isinstance(sizes.value, ast.List | ast.Tuple):
        numbers = plan.literal(sizes)
        assert isinstance(numbers, list | tuple)
        if not all(isinstance(n, int) and n >= 0 for n in numbers):
            raise Unsupported("a size of -1 is worked out at run time")
        if len(numbers) == 1:
            plan.editor.set_value(sizes, "1")
            return None
        cuts = [sum(numbers[: i + 1]) for i in range(len(numbers) - 1)]
        plan.editor.set_value(sizes, repr(cuts))
        return None
    plan.review("`num_or_size_splits` must be a number of pieces here, not a list of sizes.")
    return None


def where(plan: Rewrite) -> Fix | None:
    """With one argument, the indices of true elements."""
    if "x" in plan.given and "y" in plan.given:
        if any(has_guarded_gradient(plan, plan.given[name].value) for name in ("x", "y")):
            plan.review(
                "Where the root or reciprocal in a branch is not taken and its argument is zero "
                "or negative, TensorFlow gives the gradient 0, JAX and PyTorch give NaN: put "
                "another `where` around that argument."
            )
        return None
    if "x" in plan.given or "y" in plan.given:
        raise Unsupported("only one of `x` and `y` is given")
    plan.review("How many indices come out depends on the data, which JAX cannot compile.")
    return plan.replace_call("keras.ops.transpose(keras.ops.stack(keras.ops.nonzero({condition})))")


def gather(plan: Rewrite) -> Fix | None:
    """`batch_dims` has no short form unless it is 0."""
    batch = plan.given.get("batch_dims")
    if batch is not None and plan.literal(batch) != 0:
        raise Unsupported("`batch_dims` has no direct counterpart; see `keras.ops.take_along_axis`")
    plan.drop("batch_dims")
    axis = plan.given.get("axis")
    if axis is not None and is_none(axis.value):
        plan.editor.set_value(axis, "0")
    return gather_targets(plan)


def gather_targets(plan: Rewrite) -> Fix | None:
    """Keras 3 hands whole-number targets to a loss of one's own as float32, which are no index."""
    indices = next((plan.given[n] for n in ("indices", "ids") if n in plan.given), None)
    if indices is not None and is_of_targets(plan.ctx, indices.value):
        plan.wrap(indices, "keras.ops.cast(", ', "int32")')
    return None


def one_hot(plan: Rewrite) -> Fix | None:
    """`on_value` and `off_value` only with their defaults; integers would change the dtype."""
    for name, usual in (("on_value", 1), ("off_value", 0)):
        argument = plan.given.get(name)
        if argument is None:
            continue
        value = plan.literal(argument)
        if value not in (usual, None):
            raise Unsupported("other values than 1 and 0 need `keras.ops.where`")
        if isinstance(value, int) and "dtype" not in plan.given:
            raise Unsupported("the result has the dtype of `on_value`; give `dtype`")
        plan.drop(name)
    return None


def pad(plan: Rewrite) -> Fix | None:
    """Modes are lower case; SYMMETRIC differs on PyTorch."""
    mode = plan.given.get("mode")
    if mode is not None:
        name = str(plan.literal(mode)).lower()
        if name not in _MODES:
            raise Unsupported(f"Keras pads otherwise on PyTorch with mode '{name}'")
        if name != "constant" and "constant_values" in plan.given:
            raise Unsupported("`constant_values` goes with the constant mode only")
    return None


def range_(plan: Rewrite) -> Fix | None:
    """`tf.range(limit=n)` starts at 0 without saying so."""
    if "start" not in plan.given:
        raise Unsupported("write `keras.ops.arange(0, …)`")
    return None


def shape(plan: Rewrite) -> Fix | None:
    """A tuple of numbers instead of a tensor: the same only where single items are taken."""
    call = plan.editor.call
    parent = plan.ctx.module.parent(call)
    plan.drop("out_type")
    if isinstance(parent, ast.Subscript) and parent.value is call:
        if isinstance(parent.slice, ast.Slice):
            plan.review("The slice is a tuple of numbers, not a tensor: join such with `+`.")
            return None
    elif not is_used_as_shape(plan):
        plan.review(
            "The shape is a tuple of numbers, not a tensor: arithmetic on it means other things."
        )
        return None
    if not sees_real_tensors(plan):
        plan.review(
            "The batch size of a functional model's symbolic tensors is None: there, keep this in "
            "a layer, or say it with -1 or zeros_like."
        )
    return None


def constant(plan: Rewrite) -> Fix | None:
    """A value to be repeated over a `shape` has no counterpart."""
    given = plan.given.get("shape")
    if given is not None and not is_none(given.value):
        raise Unsupported("`shape` has no counterpart; see `keras.ops.full`")
    plan.drop("shape")
    value = plan.given["value"].value
    if isinstance(value, ast.Constant) and isinstance(value.value, str | bytes):
        raise Unsupported("strings exist on TensorFlow only")
    return None


def fill(plan: Rewrite) -> Fix | None:
    """`keras.ops.full` makes floats unless it is told the dtype."""
    value = plan.given["value"].value
    if isinstance(value, ast.UnaryOp):
        value = value.operand
    kind = type(value.value) if isinstance(value, ast.Constant) else None
    if kind in (bool, int):
        plan.editor.add(f'dtype="{"bool" if kind is bool else "int32"}"')
    elif kind is not float:
        plan.review("The result is float32: give `dtype` if the value is no float.")
    return None


def linspace(plan: Rewrite) -> Fix | None:
    """PyTorch takes no gradient of the ends."""
    if not all(
        is_number(plan.given[name].value) for name in ("start", "stop") if name in plan.given
    ):
        plan.review("PyTorch takes no gradient of `start` and `stop`.")
    return None


def scatter(plan: Rewrite) -> Fix | None:
    """On JAX `keras.ops.scatter` wants tensors."""
    for name in ("indices", "updates"):
        if isinstance(plan.given[name].value, ast.List | ast.Tuple):
            raise Unsupported(f"`{name}` must be a tensor: see `keras.ops.convert_to_tensor`")
    return None


def saturate(plan: Rewrite) -> Fix | None:
    """To floats every number fits; there `keras.ops.saturate_cast` is wrong."""
    name = plan.ctx.text(plan.given["dtype"].value).strip("'\"").rpartition(".")[2]
    if "float" in name:
        return plan.replace_call("keras.ops.cast({value}, {dtype})")
    if "int" not in name:
        plan.review("The dtype must be one of integers: for floats use keras.ops.cast.")
    return None


SHAPE: dict[str, Handler] = {
    "constant": constant,
    "fill": fill,
    "gather": gather,
    "gather_targets": gather_targets,
    "linspace": linspace,
    "one_hot": one_hot,
    "pad": pad,
    "range": range_,
    "saturate": saturate,
    "scatter": scatter,
    "shape": shape,
    "split": split,
    "where": where,
}
