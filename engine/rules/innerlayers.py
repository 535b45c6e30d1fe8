"""Layers within a layer or model, and whether its `build` gives them their weights."""

from __future__ import annotations

import ast

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.analysis.module import Definition
from kerashift.engine.analysis.symbols import Symbol
from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.classlines import NoPlace
from kerashift.engine.rules.expressions import is_self, root_name
from kerashift.engine.rules.latestate import makes_weighted
from kerashift.engine.rules.members import (
    attribute_of_self,
    creates_state,
    inherits_method,
    lineage,
    method,
    methods,
)

_BASES = ("keras.layers.Layer", "keras.Layer", "keras.Model", "keras.models.Model")
_FILLERS = ("append", "extend", "insert", "setdefault")


def leaves_unbuilt(ctx: RuleContext, owner: ast.ClassDef) -> bool:
    """Whether layers of a class have no weights after it is built.

    So it is with a layer that says its output shape, which Keras then does not trace, and with a
    model that has a `build` of its own, unless `build` builds or calls them.
    """
    kind, build = ctx.class_kind(owner), method(owner, "build")
    if method(owner, "call") is None or not _is_plain(ctx, owner):
        return False
    if kind is Kind.MODEL:
        if build is None:
            return False
    elif kind is not Kind.LAYER or not inherits_method(ctx.module, owner, "compute_output_shape"):
        return False
    if build is None and inherits_method(ctx.module, owner, "build"):
        return False
    if build is not None and _builds(build):
        return False
    return any(_has_layers(ctx, item) for item in methods(owner) if creates_state(owner, item.name))


def argument(owner: ast.ClassDef, shape: str) -> str:
    """What `call` takes, made of its shape, with `{}` for a KerasTensor; raises `NoPlace`."""
    call = method(owner, "call")
    assert call is not None
    given = call.args.args[1:]
    needed = given[: len(given) - len(call.args.defaults)]
    if not given or call.args.vararg is not None or len(needed) > 1:
        raise NoPlace("its call takes several arguments")
    first = given[0].arg
    if _is_unpacked(call, first) or _has_two_indices(owner):
        return f"[{{}}(shape) for shape in {shape}]"
    if any(_is_item(node, first) for node in ast.walk(call)):
        raise NoPlace("it is not seen whether it takes one tensor")
    return f"{{}}({shape})"


def _is_plain(ctx: RuleContext, owner: ast.ClassDef) -> bool:
    """Whether all library classes that it derives from are Keras's base classes."""
    found = list(lineage(ctx.module, owner))
    return bool(found) and all(
        isinstance(base, Definition) or (isinstance(base, Symbol) and base.name in _BASES)
        for base in found
    )


def _builds(build: ast.FunctionDef) -> bool:
    """Whether `build` builds layers, or calls some."""
    for node in ast.walk(build):
        if not isinstance(node, ast.Call):
            continue
        func = node.func
        if isinstance(func, ast.Attribute):
            is_base = isinstance(func.value, ast.Call | ast.Attribute) and _is_base(func.value)
            if func.attr == "build" and not is_base:
                return True
            if func.attr in ("compute_output_spec", "call"):
                return True
        if is_self(func):
            return True
    return False


def _is_base(node: ast.expr) -> bool:
    """`super()`, or `keras.layers.Layer` in `keras.layers.Layer.build(self, shape)`."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "super"
    return attribute_of_self(node) is None and isinstance(node, ast.Attribute)


def _has_layers(ctx: RuleContext, where: ast.FunctionDef) -> bool:
    """Whether a method makes layers with weights and keeps them, in lists and dicts too."""
    for node in ast.walk(where):
        if isinstance(node, ast.Assign):
            roots = (root_name(target) for target in node.targets)
            if any(r is not None and is_self(r) for r in roots) and makes_weighted(ctx, node.value):
                return True
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            given = node.args if node.func.attr in _FILLERS else []
            if any(makes_weighted(ctx, value) for value in given):
                return True
    return False


def _is_unpacked(call: ast.FunctionDef, name: str) -> bool:
    """`a, b = inputs`, which a tensor does not allow."""
    return any(
        isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Tuple | ast.List)
        and isinstance(node.value, ast.Name)
        and node.value.id == name
        for node in ast.walk(call)
    )


def _has_two_indices(owner: ast.ClassDef) -> bool:
    """`input_shape[0][-1]` in what is told of shapes: there are several of them."""
    for name in ("build", "compute_output_shape"):
        where = method(owner, name)
        given = where.args.args[1:2] if where is not None else []
        for node in ast.walk(where) if where is not None and given else ():
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Subscript):
                inner = node.value.value
                if isinstance(inner, ast.Name) and inner.id == given[0].arg:
                    return True
    return False


def _is_item(node: ast.AST, name: str) -> bool:
    """`inputs[0]` or `inputs["a"]`, which may be an item of a list, of a dict or of a batch."""
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and node.value.id == name
        and isinstance(node.slice, ast.Constant)
    )
