"""Kinds: which classes are layers, models, losses …, and what an expression holds.

Types are inferred only as far as single assignments and constructors show them; everything else
has no kind, and rules then say so rather than guess.
"""

from __future__ import annotations

import ast
from enum import StrEnum
from functools import lru_cache

from kerashift.engine.analysis.module import Definition, Module, Resolved
from kerashift.engine.analysis.scopes import Kind as BindingKind
from kerashift.engine.analysis.scopes import Scope
from kerashift.engine.analysis.symbols import Symbol

MAX_DEPTH = 8


class Kind(StrEnum):
    """What a class makes, or what an expression holds."""

    LAYER = "layer"
    MODEL = "model"
    LOSS = "loss"
    METRIC = "metric"
    CALLBACK = "callback"
    OPTIMIZER = "optimizer"
    SEQUENCE = "sequence"
    INITIALIZER = "initializer"
    REGULARIZER = "regularizer"
    CONSTRAINT = "constraint"
    TENSOR = "tensor"
    DATASET = "dataset"


MODEL_SIDE = frozenset(
    {
        Kind.LAYER,
        Kind.MODEL,
        Kind.LOSS,
        Kind.METRIC,
        Kind.OPTIMIZER,
        Kind.INITIALIZER,
        Kind.REGULARIZER,
        Kind.CONSTRAINT,
    }
)
"""Kinds whose methods are model code."""

_BY_MODULE = {
    "layers": Kind.LAYER,
    "losses": Kind.LOSS,
    "metrics": Kind.METRIC,
    "callbacks": Kind.CALLBACK,
    "optimizers": Kind.OPTIMIZER,
    "initializers": Kind.INITIALIZER,
    "regularizers": Kind.REGULARIZER,
    "constraints": Kind.CONSTRAINT,
    "applications": Kind.MODEL,
}
_BY_NAME = {
    "Model": Kind.MODEL,
    "Sequential": Kind.MODEL,
    "Functional": Kind.MODEL,
    "Layer": Kind.LAYER,
    "Loss": Kind.LOSS,
    "Metric": Kind.METRIC,
    "Callback": Kind.CALLBACK,
    "Optimizer": Kind.OPTIMIZER,
    "Initializer": Kind.INITIALIZER,
    "Regularizer": Kind.REGULARIZER,
    "Constraint": Kind.CONSTRAINT,
    "Sequence": Kind.SEQUENCE,
    "PyDataset": Kind.SEQUENCE,
}
_MODEL_MAKERS = frozenset(
    {"load_model", "model_from_json", "model_from_yaml", "model_from_config", "clone_model"}
)


def class_kind(symbol: Symbol) -> Kind | None:
    """The kind of objects that a Keras class makes."""
    if symbol.name == "tf.Module":
        return Kind.LAYER
    if not symbol.is_keras:
        return None
    parts = symbol.name.split(".")
    last = parts[-1]
    if not last[:1].isupper():
        return None
    if last == "Input":
        return None
    if last in _BY_NAME:
        return _BY_NAME[last]
    for part in parts[1:-1]:
        if part == "schedules":
            return None
        if part in _BY_MODULE:
            return _BY_MODULE[part]
    return None


def kind_of_class(module: Module, node: ast.ClassDef, depth: int = 0) -> Kind | None:
    """The kind of a project's class, through its bases in this and other files."""
    if depth > MAX_DEPTH:
        return None
    scope = module.tree.scopes.get(node)
    for base in node.bases:
        kind = kind_made(module.resolve(base, scope), depth + 1)
        if kind is not None:
            return kind
    return None


def kind_made(found: Resolved | None, depth: int = 0) -> Kind | None:
    """The kind that calling a resolved class makes."""
    if isinstance(found, Symbol):
        return class_kind(found)
    if isinstance(found, Definition) and isinstance(found.node, ast.ClassDef):
        return kind_of_class(found.module, found.node, depth)
    return None


def kind_of(
    module: Module, node: ast.expr, scope: Scope | None = None, depth: int = 0
) -> Kind | None:
    """What an expression holds, or None if that is not known."""
    if depth > MAX_DEPTH:
        return None
    if isinstance(node, ast.Call):
        return _kind_of_call(module, node, scope, depth)
    if isinstance(node, ast.Name):
        scope = scope or module.tree.scopes.get(node)
        if node.id == "self" and scope is not None:
            return _kind_of_self(module, node)
        return _kind_of_name(module, node.id, scope, depth) if scope else None
    if isinstance(node, ast.Attribute):
        return _kind_of_attribute(module, node, depth)
    return None


def _kind_of_call(module: Module, node: ast.Call, scope: Scope | None, depth: int) -> Kind | None:
    found = module.resolve(node.func, scope or module.tree.scopes.get(node))
    if isinstance(found, Symbol):
        return _kind_of_library_call(found)
    if isinstance(found, Definition):
        if isinstance(found.node, ast.ClassDef):
            return kind_of_class(found.module, found.node)
        if found.node is not None:
            return kind_returned(found.module, found.node, depth + 1)
    if isinstance(node.func, ast.Attribute):
        owner = kind_of(module, node.func.value, scope, depth + 1)
        return Kind.DATASET if owner is Kind.DATASET else None
    callee = kind_of(module, node.func, scope, depth + 1)
    return Kind.TENSOR if callee in (Kind.LAYER, Kind.MODEL) else None


def _kind_of_library_call(symbol: Symbol) -> Kind | None:
    last = symbol.name.rpartition(".")[2]
    if symbol.name.startswith("tf.data."):
        return Kind.DATASET
    if not symbol.is_keras:
        return Kind.TENSOR if symbol.is_tf and not last[:1].isupper() else None
    if last == "Input" or symbol.name.startswith(("keras.ops.", "keras.backend.")):
        return Kind.TENSOR
    if last in _MODEL_MAKERS:
        return Kind.MODEL
    if last.endswith(("dataset_from_directory", "dataset_from_array")):
        return Kind.DATASET
    return class_kind(symbol)


def kind_returned(module: Module, node: ast.AST, depth: int = 0) -> Kind | None:
    """The kind that a function returns, if all its returns that have a kind agree."""
    kinds = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Return) and part.value is not None:
            kind = kind_of(module, part.value, None, depth + 1)
            if kind is not None:
                kinds.add(kind)
    return kinds.pop() if len(kinds) == 1 else None


def _kind_of_name(module: Module, name: str, scope: Scope, depth: int) -> Kind | None:
    found = scope.lookup(name)
    if found is None:
        return None
    _, bindings = found
    kinds: set[Kind] = set()
    for binding in bindings:
        if binding.kind is BindingKind.IMPORT:
            target = module.index.find(binding.path)
            if isinstance(target, Definition) and target.node is None:
                return None
            continue
        value = binding.value
        if binding.kind is not BindingKind.ASSIGN or value is None:
            continue
        if isinstance(value, ast.Constant) and value.value is None:
            continue
        kind = kind_of(module, value, None, depth + 1)
        if kind is not None:
            kinds.add(kind)
    return kinds.pop() if len(kinds) == 1 else None


def owner_class(module: Module, node: ast.AST) -> ast.ClassDef | None:
    """The class whose method contains `node`."""
    function = module.tree.within.get(node)
    while function is not None:
        if function.owner is not None:
            return function.owner
        function = function.outer
    return None


def _kind_of_self(module: Module, node: ast.Name) -> Kind | None:
    owner = owner_class(module, node)
    return kind_of_class(module, owner) if owner is not None else None


def _kind_of_attribute(module: Module, node: ast.Attribute, depth: int) -> Kind | None:
    """`self.name`, from what the methods of the class assign to it."""
    if not (isinstance(node.value, ast.Name) and node.value.id == "self"):
        return None
    owner = owner_class(module, node.value)
    if owner is None:
        return None
    kinds = set()
    for value in attribute_values(owner, node.attr):
        kind = kind_of(module, value, None, depth + 1)
        if kind is not None:
            kinds.add(kind)
    return kinds.pop() if len(kinds) == 1 else None


def attribute_values(owner: ast.ClassDef, name: str) -> list[ast.expr]:
    """Expressions that the class assigns to `self.name`."""
    return _attributes(owner).get(name, [])


@lru_cache(maxsize=256)
def _attributes(owner: ast.ClassDef) -> dict[str, list[ast.expr]]:
    """What the class assigns to attributes of `self`."""
    found: dict[str, list[ast.expr]] = {}
    for part in ast.walk(owner):
        if not isinstance(part, ast.Assign):
            continue
        for target in part.targets:
            if not isinstance(target, ast.Attribute):
                continue
            if isinstance(target.value, ast.Name) and target.value.id == "self":
                found.setdefault(target.attr, []).append(part.value)
    return found
