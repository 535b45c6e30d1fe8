"""Handlers of the op tables for what is no tensor: shapes, devices, dtypes and scopes."""

from __future__ import annotations

import ast
import re

from kerashift.engine.model import Fix
from kerashift.engine.rules.ophandlers_math import is_none
from kerashift.engine.rules.oprewrite import Handler, Rewrite, Unsupported

_DEVICE = re.compile(r"/?(?:device:)?(cpu|gpu)(?::(\d+))?", re.IGNORECASE)


def tensor_shape(plan: Rewrite) -> Fix | None:
    """A shape is a plain tuple; what only TensorShape can do has no counterpart."""
    call = plan.editor.call
    dims = plan.given.get("dims")
    if dims is None or is_none(dims.value):
        raise Unsupported("a shape of unknown rank has no counterpart")
    if isinstance(dims.value, ast.Constant):
        raise Unsupported("it must be given the sizes of the axes")
    parent = plan.ctx.module.parent(call)
    if isinstance(parent, ast.Attribute):
        raise Unsupported("shapes are plain tuples: use len(…), list(…) and +")
    if isinstance(parent, ast.Call) and _is_tensorflow(plan, parent):
        raise Unsupported("it is handed to a TensorFlow function")
    return plan.replace_call("tuple({dims})")


def _is_tensorflow(plan: Rewrite, call: ast.Call) -> bool:
    symbol = plan.ctx.module.symbol(call.func)
    return symbol is not None and symbol.is_tf


def device(plan: Rewrite) -> Fix | None:
    """`/GPU:0` and `/device:GPU:0` are written `gpu:0`."""
    given = plan.given["device_name"]
    found = _DEVICE.fullmatch(str(plan.literal(given)))
    if found is None:
        raise Unsupported("keras.device takes names like 'cpu:0' and 'gpu:0'")
    plan.editor.set_value(given, f'"{found.group(1).lower()}:{found.group(2) or 0}"')
    return None


def dtype_name(plan: Rewrite) -> Fix | None:
    """A dtype is its name; what only TensorFlow's object has needs another way."""
    parent = plan.ctx.module.parent(plan.editor.call)
    if isinstance(parent, ast.Attribute):
        raise Unsupported(
            "dtypes are names in Keras 3: for `.is_floating` and the like see "
            "keras.backend.is_float_dtype and is_int_dtype"
        )
    return None


def scope_name(plan: Rewrite) -> Fix | None:
    """Where the name is None, the default one counts."""
    default = plan.given.get("default_name")
    if default is None:
        return None
    if not is_none(plan.given["name"].value):
        plan.drop("default_name")
        return None
    return plan.replace_call("keras.name_scope({default_name})")


def group(plan: Rewrite) -> Fix | None:
    """The operations are done when the tuple of their results is made."""
    if "a" not in plan.given:
        raise Unsupported("there is nothing in it")
    plan.drop("name")
    plan.editor.rename("")
    return Fix(plan.editor.build())


def placeholder(plan: Rewrite) -> Fix | None:
    """A shape has to be there."""
    if "shape" not in plan.given:
        raise Unsupported("use keras.Input with the sizes of the axes")
    return None


NAMES: dict[str, Handler] = {
    "device": device,
    "dtype_name": dtype_name,
    "group": group,
    "placeholder": placeholder,
    "scope_name": scope_name,
    "tensor_shape": tensor_shape,
}
