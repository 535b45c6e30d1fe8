"""How many outputs a model has, where its making can be seen."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kerashift.engine.analysis.kinds import attribute_values, owner_class
from kerashift.engine.analysis.module import Definition, Module
from kerashift.engine.analysis.scopes import Kind as Binding

_MODELS = ("keras.Model", "keras.models.Model")
_MAX_DEPTH = 5


def outputs_of(module: Module, node: ast.expr, depth: int = 0) -> int | None:
    """The number of outputs of the model that an expression holds; None if it is not known."""
    if depth > _MAX_DEPTH:
        return None
    counts = {_made(module, value, depth) for value in _values(module, node)}
    return counts.pop() if len(counts) == 1 else None


def _values(module: Module, node: ast.expr) -> Iterator[ast.expr]:
    """Expressions that an expression got its value from."""
    if isinstance(node, ast.Name):
        scope = module.tree.scopes.get(node)
        found = scope.lookup(node.id) if scope is not None else None
        for binding in found[1] if found is not None else ():
            if binding.kind is Binding.ASSIGN and binding.value is not None:
                yield binding.value
            else:
                yield ast.Constant(None)  # set in a way that cannot be followed
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        owner = owner_class(module, node.value) if node.value.id == "self" else None
        yield from attribute_values(owner, node.attr) if owner is not None else ()
    else:
        yield node


def _made(module: Module, node: ast.expr, depth: int) -> int | None:
    if isinstance(node, ast.Name | ast.Attribute):
        return outputs_of(module, node, depth + 1)
    if not isinstance(node, ast.Call):
        return None
    symbol = module.symbol(node.func)
    if symbol is not None:
        return _given(module, node) if symbol.name in _MODELS else None
    found = module.resolve(node.func)
    if isinstance(found, Definition) and isinstance(found.node, ast.FunctionDef):
        returned = [
            outputs_of(found.module, part.value, depth + 1)
            for part in ast.walk(found.node)
            if isinstance(part, ast.Return) and part.value is not None
        ]
        return returned[0] if returned and len(set(returned)) == 1 else None
    return None


def _given(module: Module, call: ast.Call) -> int | None:
    """How many outputs `Model(inputs, outputs)` is given."""
    outputs = next((k.value for k in call.keywords if k.arg in ("outputs", "output")), None)
    if outputs is None and len(call.args) > 1:
        outputs = call.args[1]
    if isinstance(outputs, ast.Name):
        values = list(_values(module, outputs))
        outputs = values[0] if len(values) == 1 else None
    if not isinstance(outputs, ast.List | ast.Tuple):
        return None
    return None if any(isinstance(e, ast.Starred) for e in outputs.elts) else len(outputs.elts)
