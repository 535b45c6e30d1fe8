"""Functions and classes of a module that give a Keras model, as far as reading it shows."""

from __future__ import annotations

import ast
from collections.abc import Iterator

MODEL_CLASSES = frozenset({"Model", "Sequential", "Functional"})


def model_makers(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """(name, reason) of the module's public functions and classes that make a model."""
    makers: set[str] = set()
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    classes = {n.name for n in tree.body if isinstance(n, ast.ClassDef) and _is_model(n)}
    # A function that returns what another one of the module makes is found in a later round.
    while found := {
        function.name
        for function in functions
        if function.name not in makers and _returns_model(function, classes | makers)
    }:
        makers |= found
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in makers:
            if not node.name.startswith("_"):
                yield node.name, "returns a Keras model"
        elif isinstance(node, ast.ClassDef) and node.name in classes:
            yield node.name, "is a Keras model class"


def _is_model(node: ast.ClassDef) -> bool:
    return any(_last_name(base) in MODEL_CLASSES for base in node.bases)


def _returns_model(function: ast.FunctionDef, makers: set[str]) -> bool:
    known = _model_names(function, makers)
    returned = [node.value for node in _own_nodes(function) if isinstance(node, ast.Return)]
    return any(value is not None and _gives(value, makers, known) for value in returned)


def _model_names(function: ast.FunctionDef, makers: set[str]) -> set[str]:
    """Local names that hold a model."""
    names: set[str] = set()
    for node in _own_nodes(function):
        if isinstance(node, ast.Assign) and _gives(node.value, makers, names):
            names.update(t.id for t in node.targets if isinstance(t, ast.Name))
    return names


def _gives(value: ast.expr, makers: set[str], names: set[str]) -> bool:
    if isinstance(value, ast.Tuple):
        return any(_gives(item, makers, names) for item in value.elts)
    if isinstance(value, ast.Name):
        return value.id in names
    return isinstance(value, ast.Call) and _last_name(value.func) in MODEL_CLASSES | makers


def _own_nodes(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """The nodes of a function, in order, without those of functions within it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            continue
        yield node
        waiting[:0] = list(ast.iter_child_nodes(node))


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
