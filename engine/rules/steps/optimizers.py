"""Optimizers that a model keeps beside `self.optimizer`, as GANs do.

On JAX all state of a step must exist before the first one, and be listed by the model.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from kerashift.engine.model import Edit
from kerashift.engine.rules.base import RuleContext, replace
from kerashift.engine.rules.members import attribute_of_self, methods
from kerashift.engine.rules.steps.helpers import OPTIMIZERS
from kerashift.engine.rules.steps.tapes import NotUnderstood

_ALL = "self.trainable_variables"


@dataclass(frozen=True, slots=True)
class Applied:
    """An optimizer's attribute, and the expression of what it updates."""

    attribute: str
    variables: str


def own_optimizers(ctx: RuleContext, owner: ast.ClassDef) -> list[Applied]:
    """The optimizers that the class's methods apply, but for `self.optimizer`.

    Raises `NotUnderstood` for one that is not kept by the model.
    """
    found: dict[str, Applied] = {}
    for item in methods(owner):
        for node in ast.walk(item):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr != "apply_gradients":
                continue
            attribute = attribute_of_self(node.func.value)
            if attribute is None:
                raise NotUnderstood(node, "keep the optimizer as an attribute of the model")
            if attribute != "optimizer":
                applied = Applied(attribute, _variables(ctx, item, node))
                known = found.get(attribute)
                if known is not None and known.variables != applied.variables:
                    applied = Applied(attribute, _ALL)
                found[attribute] = applied
    return list(found.values())


def _variables(ctx: RuleContext, function: ast.FunctionDef, call: ast.Call) -> str:
    """Of `apply_gradients(zip(gradients, variables))`; all weights where that is not clear."""
    pairs = call.args[0] if call.args else None
    if not (isinstance(pairs, ast.Call) and len(pairs.args) == 2):
        return _ALL
    node: ast.expr = pairs.args[1]
    if isinstance(node, ast.Name):
        values = [
            s.value
            for s in ast.walk(function)
            if isinstance(s, ast.Assign)
            and isinstance(s.targets[0], ast.Name)
            and s.targets[0].id == node.id
        ]
        if len(values) != 1:
            return _ALL
        node = values[0]
    names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
    return " ".join(ctx.text(node).split()) if names == {"self"} else _ALL


def gradients_kept(ctx: RuleContext, function: ast.FunctionDef) -> Iterator[Edit]:
    """Gradients that variables of the model hold, as tensors: PyTorch's optimizers need these."""
    root = ctx.spell("keras.StatelessScope")[0].rpartition(".")[0]  # which the helpers need
    for node in ast.walk(function):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        pairs = node.args[0] if node.func.attr == "apply_gradients" and node.args else None
        if not (isinstance(pairs, ast.Call) and len(pairs.args) == 2):
            continue
        if attribute_of_self(pairs.args[0]) is not None:
            span = ctx.span(pairs.args[0])
            yield replace(span, f"[{root}.ops.convert_to_tensor(g) for g in ", span, "]")


def methods_for(applied: list[Applied], backend: str) -> list[str]:
    """Lines of the methods that build the optimizers and list their variables."""
    names = ", ".join(f'"{a.attribute}"' for a in applied)
    build = [f"        self.{a.attribute}.build({a.variables})" for a in applied]
    return [
        "@property",
        "def non_trainable_variables(self):",
        f"    return super().non_trainable_variables + {OPTIMIZERS}(self, {names})",
        "",
        "def make_train_function(self, force=False):",
        f'    if {backend}() == "jax":  # all state must exist before the first step',
        *build,
        "    return super().make_train_function(force)",
        "",
    ]
