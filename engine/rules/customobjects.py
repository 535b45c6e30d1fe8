"""What a project registers under names of its own, for Keras to find it by."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from kerashift.engine.analysis.index import ProjectIndex
from kerashift.engine.analysis.module import Module
from kerashift.engine.rules.base import RuleContext

_OBJECTS = ("keras.utils.get_custom_objects", "keras.saving.get_custom_objects")
_SCOPES = {
    f"keras.{module}.{name}"
    for module in ("utils", "saving")
    for name in ("custom_object_scope", "CustomObjectScope")
}
_WRAPPER = "keras.layers.Activation"


@dataclass(frozen=True, slots=True)
class Registered:
    """A name and the object that it stands for, in the module that says so."""

    module: Module
    value: ast.expr


_CACHE: WeakKeyDictionary[ProjectIndex, dict[str, Registered]] = WeakKeyDictionary()


def registered(ctx: RuleContext) -> dict[str, Registered]:
    """Names of custom objects of the project; one that is given twice stands for the last."""
    index = ctx.contexts.index
    if index not in _CACHE:
        _CACHE[index] = {
            name: Registered(module, value)
            for module in index.by_path.values()
            if "ustom" in module.unit.text
            for name, value in _of_module(module)
        }
    return _CACHE[index]


def spelled(found: Registered, ctx: RuleContext) -> str:
    """How the object is written in this module; empty where it is not in sight there."""
    value = found.value
    if isinstance(value, ast.Call) and len(value.args) == 1 and not value.keywords:
        symbol = found.module.symbol(value.func, found.module.tree.scopes.get(value))
        if symbol is not None and symbol.name == _WRAPPER:
            value = value.args[0]  # the layer applies nothing but the function
    if found.module is not ctx.module:
        return ""
    names = [n.id for n in ast.walk(value) if isinstance(n, ast.Name)]
    top = ctx.module.tree.scope.bindings
    in_sight = bool(names) and all(name in top for name in names)
    return ctx.text(value) if in_sight and isinstance(value, ast.Name | ast.Call) else ""


def _of_module(module: Module) -> Iterator[tuple[str, ast.expr]]:
    for call in module.tree.calls:
        symbol = module.symbol(call.func, module.tree.scopes.get(call))
        func = call.func
        if symbol is not None and symbol.name in _SCOPES and call.args:
            yield from _items(call.args[0])
        is_update = isinstance(func, ast.Attribute) and func.attr == "update" and call.args
        if is_update and isinstance(func, ast.Attribute) and _gives_objects(module, func.value):
            yield from _items(call.args[0])
    for node in module.tree.others:
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(node, ast.Assign) and isinstance(target, ast.Subscript):
            is_text = isinstance(target.slice, ast.Constant)
            if is_text and _gives_objects(module, target.value):
                assert isinstance(target.slice, ast.Constant)
                yield str(target.slice.value), node.value


def _items(node: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, value


def _gives_objects(module: Module, node: ast.expr) -> bool:
    if not isinstance(node, ast.Call):
        return False
    symbol = module.symbol(node.func, module.tree.scopes.get(node))
    return symbol is not None and symbol.name in _OBJECTS
