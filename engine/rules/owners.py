"""Which Keras 2 class an object is of, for rows about the methods and members of classes."""

from __future__ import annotations

import ast

from kerashift.engine.analysis.kinds import Kind, owner_class
from kerashift.engine.analysis.module import Definition
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
    is_self = isinstance(node, ast.Name) and node.id == "self"
    is_super = (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
    )
    owner = owner_class(ctx.module, node) if is_self or is_super else None
    if owner is None:
        return None
    return next((b for b in lineage(ctx.module, owner) if isinstance(b, Symbol)), None)
