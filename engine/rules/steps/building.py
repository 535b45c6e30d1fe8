"""What fit() needs on JAX and PyTorch to see that a model is built.

There it calls an unbuilt model on the first part of the data, before any step. On TensorFlow the
step itself builds what it uses.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kerashift.engine.analysis.kinds import Kind, attribute_values
from kerashift.engine.analysis.module import Definition
from kerashift.engine.model import Edit
from kerashift.engine.rules.base import RuleContext, insert
from kerashift.engine.rules.members import (
    attribute_of_self,
    base_init,
    indentation,
    inherits_method,
    line_after,
    method,
    methods,
)
from kerashift.engine.rules.steps.helpers import BUILD
from kerashift.engine.rules.steps.tapes import NotUnderstood

_FIT = (
    "def fit(self, x=None, y=None, batch_size=None, *args, **kwargs):",
    "    # its parts have no weights before a step, and JAX and PyTorch want them before the first",
    f"    {BUILD}(self, x, y, batch_size)",
    "    return super().fit(x, y, batch_size, *args, **kwargs)",
)


def built_edits(ctx: RuleContext, owner: ast.ClassDef) -> Iterator[Edit]:
    """A `call`, or `self.built = True`; nothing where the model can be called on the data.

    A model without `call` gets the one that its metrics are about, is built by a step where it
    makes parts that nothing else builds, or is marked as built, and so is one whose parts are all
    handed in: its data need not be what `call` takes.
    """
    init = method(owner, "__init__")
    if init is None or inherits_method(ctx.module, owner, "build"):
        return
    statement = base_init(init)
    if statement is None or attribute_values(owner, "built") or _is_functional(statement):
        return
    has_call = inherits_method(ctx.module, owner, "call")
    if has_call and _makes_layers(ctx, init):
        return
    predicting = None if has_call else _predicting(owner)
    if predicting:
        lines = (
            "def call(self, inputs, training=None):",
            "    # fit() calls the model to build the metrics of compile()",
            f"    return self.{predicting}(inputs, training=training)",
        )
        yield _method(ctx, owner, init, lines)
        return
    if is_built_by_step(ctx, owner):
        yield _method(ctx, owner, init, _FIT)
        return
    why = "its parts are" if has_call else "it has no call() to be built by"
    edit = line_after(ctx, statement, f"self.built = True  # {why}")
    if edit is not None:
        yield edit


def is_built_by_step(ctx: RuleContext, owner: ast.ClassDef) -> bool:
    """Whether a model without `call` makes parts that have no weights before they are called."""
    init = method(owner, "__init__")
    known = ("call", "fit", "build")
    if init is None or any(inherits_method(ctx.module, owner, name) for name in known):
        return False
    if method(owner, "train_step") is None or _predicting(owner):
        return False
    return any(
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and attribute_of_self(node.targets[0]) is not None
        and _is_unbuilt(ctx, node.value)
        for node in ast.walk(init)
    )


def _is_unbuilt(ctx: RuleContext, call: ast.Call) -> bool:
    """A layer, a model of a class of the project's own, or layers in a row without an input."""
    found = ctx.module.resolve(call.func)
    if isinstance(found, Definition):
        return isinstance(found.node, ast.ClassDef) and ctx.kind(call) in (Kind.LAYER, Kind.MODEL)
    if ctx.kind(call) is Kind.LAYER:
        return True
    is_row = found is not None and found.name.rpartition(".")[2] == "Sequential"
    return is_row and "input" not in ctx.text(call).lower()


def _makes_layers(ctx: RuleContext, init: ast.FunctionDef) -> bool:
    """Whether anything but what is handed in becomes a part of the model."""
    known = (Kind.METRIC, Kind.LOSS, Kind.OPTIMIZER)
    return any(
        isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and attribute_of_self(node.targets[0]) is not None
        and ctx.kind(node.value) not in known
        for node in ast.walk(init)
    )


def _predicting(owner: ast.ClassDef) -> str:
    """The part `self.student` whose output the metrics of compile() are updated with."""
    for item in methods(owner):
        for node in ast.walk(item):
            given = _metrics_of(node)
            if not isinstance(given, ast.Name):
                continue
            for assigned in ast.walk(item):
                if not (isinstance(assigned, ast.Assign) and isinstance(assigned.value, ast.Call)):
                    continue
                target, part = assigned.targets[0], attribute_of_self(assigned.value.func)
                if isinstance(target, ast.Name) and target.id == given.id and part is not None:
                    return part
    return ""


def _metrics_of(node: ast.AST) -> ast.expr | None:
    """The predictions in `compiled_metrics.update_state(y, y_pred)` and `compute_metrics`."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return None
    index = -1
    if attribute_of_self(node.func.value) == "compiled_metrics":
        index = 1
    elif attribute_of_self(node.func) == "compute_metrics":
        index = 2
    named = [k.value for k in node.keywords if k.arg == "y_pred"]
    if index < 0:
        return None
    return named[0] if named else node.args[index] if len(node.args) > index else None


def _method(
    ctx: RuleContext, owner: ast.ClassDef, init: ast.FunctionDef, lines: tuple[str, ...]
) -> Edit:
    """A method before the one that follows `__init__`."""
    indent = indentation(ctx, init)
    later = [item for item in methods(owner) if item.lineno > init.lineno]
    if indent is None or not later:
        raise NotUnderstood(init, "the class has no place for another method")
    following = later[0]
    line = min([following.lineno, *(d.lineno for d in following.decorator_list)])
    newline = ctx.module.unit.newline
    text = newline.join([*(f"{indent}{line}" for line in lines), "", ""])
    return insert(ctx.module.unit.line_starts[line - 1], text, rank=-1)


def _is_functional(statement: ast.stmt) -> bool:
    """Whether inputs and outputs go to the base's `__init__`."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call):
        return False
    given = [a for a in call.args if not (isinstance(a, ast.Name) and a.id == "self")]
    return bool(given) or any(k.arg in ("inputs", "outputs") for k in call.keywords)
