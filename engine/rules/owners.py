"""Which Keras 2 class an object is of, for rows about the methods and members of classes."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from kerashift.engine.analysis.kinds import Kind, owner_class
from kerashift.engine.analysis.module import Definition, Module
from kerashift.engine.analysis.symbols import Origin, Symbol
from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.layers import comes_from, is_layer
from kerashift.engine.rules.members import lineage
from kerashift.engine.rules.receivers import Sureness, is_model, is_optimizer, maker

_ROOTS = {
    Kind.LAYER: "keras.layers.Layer",
    Kind.MODEL: "keras.Model",
    Kind.METRIC: "keras.metrics.Metric",
    Kind.OPTIMIZER: "keras.optimizers.Optimizer",
    Kind.LOSS: "keras.losses.Loss",
    Kind.CALLBACK: "keras.callbacks.Callback",
    Kind.INITIALIZER: "keras.initializers.Initializer",
}
NOTHING = ("", Sureness.NO)


@dataclass(frozen=True)
class ClassDefinition:
    """A class of the project and the module that it is in."""

    module: Module
    node: ast.ClassDef


def class_of(ctx: RuleContext, node: ast.expr) -> tuple[str, Sureness]:
    """The Keras 2 class that an expression's object is of, or the nearest known base of it.

    How sure that is: YES where its making is in sight, LIKELY where its name says so.
    """
    found = _base_of_self(ctx, node) or maker(ctx, node)
    if isinstance(found, Definition) and isinstance(found.node, ast.ClassDef):
        found = next((b for b in lineage(found.module, found.node) if isinstance(b, Symbol)), None)
    if isinstance(found, Symbol):
        if found.origin is Origin.LEGACY or not found.is_keras:
            return NOTHING
        if found.name.rpartition(".")[2][:1].isupper():
            return found.name, Sureness.YES
    kind = ctx.kind(node)
    if kind is not None:
        return (_ROOTS[kind], Sureness.YES) if kind in _ROOTS else NOTHING
    return _by_place(ctx, node)


def project_class(ctx: RuleContext, node: ast.expr) -> ClassDefinition | None:
    """The project's own class that an expression's object is of, as far as its making shows."""
    if _is_self(node):
        owner = owner_class(ctx.module, node)
        return ClassDefinition(ctx.module, owner) if owner is not None else None
    found = maker(ctx, node)
    if isinstance(found, Definition) and isinstance(found.node, ast.ClassDef):
        return ClassDefinition(found.module, found.node)
    return None


def _by_place(ctx: RuleContext, node: ast.expr) -> tuple[str, Sureness]:
    """By where the object is taken from, or by its name."""
    if comes_from(ctx, node, "metrics"):
        return _ROOTS[Kind.METRIC], Sureness.YES
    for kind, sureness in (
        (Kind.LAYER, is_layer(ctx, node)),
        (Kind.OPTIMIZER, is_optimizer(ctx, node)),
        (Kind.MODEL, is_model(ctx, node)),
    ):
        if sureness >= Sureness.LIKELY:
            return _ROOTS[kind], sureness
    return NOTHING


def _base_of_self(ctx: RuleContext, node: ast.expr) -> Symbol | None:
    """The library class that the class around `self` or `super()` derives from."""
    owner = owner_class(ctx.module, node) if _is_self(node) else None
    if owner is None:
        return None
    return next((b for b in lineage(ctx.module, owner) if isinstance(b, Symbol)), None)


def _is_self(node: ast.expr) -> bool:
    """Whether an expression is `self` or `super()`."""
    called = node.func if isinstance(node, ast.Call) else None
    if isinstance(called, ast.Name):
        return called.id == "super"
    return isinstance(node, ast.Name) and node.id == "self"
