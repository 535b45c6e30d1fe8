"""KS317: compiled_loss and compiled_metrics in a step."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.model import Context, Edit, Fix, Safety, Target
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, insert, replace
from kerashift.engine.rules.calls import CallEditor, CallError
from kerashift.engine.rules.members import (
    attribute_of_self,
    indentation,
    inherits_method,
    methods,
)
from kerashift.engine.rules.steps.helpers import STEP, helper_text
from kerashift.engine.rules.steps.tapes import COMPUTES, compiled_losses

_LOSS = ("y", "y_pred", "sample_weight", "regularization_losses")
_METRICS = ("y", "y_pred", "sample_weight")
_LOGS = frozenset({"metrics", "get_metrics_result", "compute_metrics"})
_MEAN = "The logged loss is the mean over batches, not weighted by the size of the last one"
_LAYERS = "; compute_loss adds the layers' own losses, which this call leaves out"
_PHANTOM = "A metric of the model's own that is named `loss` is no longer logged."
_BY_HAND = (
    "Use `self.compute_loss(y=y, y_pred=y_pred)` and `self.compute_metrics(x, y, y_pred)`, and "
    "update the metric named `loss` of `self.metrics` yourself"
)
_NAME = "loss"
"""What the value is called where the call stands by itself."""
_OLD = "import numpy as np\nfrom tensorflow import keras\n\n\n"
_NEW = "import numpy as np\nimport keras\n\n\n"
_CLASS = "class M(keras.Model):\n"
_STEP = (
    "    def test_step(self, data):\n        x, y = data\n"
    "        y_pred = self(x, training=False)\n"
)
_DECORATED = "    @backend_step\n" + _STEP
_RETURN = "        return {m.name: m.result() for m in self.metrics}\n"
_EVALUATE = (
    "\n\ninputs = keras.Input((2,))\n"
    "model = M(inputs, keras.layers.Dense(1, kernel_initializer='ones')(inputs))\n"
    "model.compile('sgd', 'mse', metrics=['mae'])\n"
    "result = model.evaluate(np.ones((4, 2)), np.arange(4.0)[:, None], verbose=0, "
    "return_dict=True)\n"
)
_UPDATED = (
    "        for metric in self.metrics:\n"
    '            if metric.name == "loss":\n'
    "                metric.update_state(loss)\n"
)
_OWN = "    @property\n    def metrics(self):\n        return [self.tracker]\n\n"


class CompiledLoss(Rule):
    code = "KS317"
    name = "compiled-loss"
    target = Target.KERAS3
    reference_url = "https://keras.io/guides/custom_train_step_in_tensorflow/"

    def class_def(self, node: ast.ClassDef, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.is_keras3 or ctx.class_kind(node) is not Kind.MODEL:
            return
        for item in methods(node):
            for call in ast.walk(item):
                if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
                    continue
                if attribute_of_self(call.func) == "compiled_loss":
                    yield _loss(ctx, call)
                elif attribute_of_self(call.func.value) == "compiled_metrics":
                    yield _metrics(ctx, call, call.func)
            yield from _untracked(ctx, node, item)

    examples = (
        Example(
            "the compiled loss and metrics",
            _OLD
            + _CLASS
            + _STEP
            + "        loss = self.compiled_loss(y, y_pred, regularization_losses=self.losses)\n"
            + "        self.compiled_metrics.update_state(y, y_pred)\n"
            + _RETURN
            + _EVALUATE,
            _NEW
            + helper_text(STEP)
            + _CLASS
            + _DECORATED
            + "        loss = self.compute_loss(y=y, y_pred=y_pred)\n"
            + "        self.compute_metrics(x=None, y=y, y_pred=y_pred)\n"
            + _UPDATED
            + _RETURN
            + _EVALUATE,
            compare="result",
        ),
        Example(
            "a loss that is only to be logged",
            _OLD
            + _CLASS
            + _STEP
            + "        self.compiled_loss(y, y_pred)\n"
            + _RETURN
            + _EVALUATE.replace(", metrics=['mae']", ""),
            _NEW
            + helper_text(STEP)
            + _CLASS
            + _DECORATED
            + "        loss = self.compute_loss(y=y, y_pred=y_pred)\n"
            + _UPDATED
            + _RETURN
            + _EVALUATE.replace(", metrics=['mae']", ""),
            compare="result",
        ),
        Example(
            "metrics without a loss",
            _OLD
            + _CLASS
            + _STEP
            + "        self.compiled_metrics.update_state(y, y_pred)\n"
            + _RETURN
            + _EVALUATE.replace(" 'mse',", ""),
            _NEW
            + helper_text(STEP)
            + _CLASS
            + _DECORATED
            + "        self.compute_metrics(x=None, y=y, y_pred=y_pred)\n"
            + _RETURN.replace("self.metrics", 'self.metrics if m.name != "loss"')
            + _EVALUATE.replace(" 'mse',", ""),
            compare="result",
        ),
        Example(
            "a step that updates its own metric",
            _NEW
            + helper_text(STEP)
            + _CLASS
            + _OWN
            + _DECORATED
            + "        self.tracker.update_state(self.compute_loss(y=y, y_pred=y_pred))\n"
            + _RETURN,
            None,
        ),
        Example(
            "a step that updates the loss",
            _NEW
            + helper_text(STEP)
            + _CLASS
            + _DECORATED
            + "        loss = self.compute_loss(y=y, y_pred=y_pred)\n"
            + _UPDATED
            + _RETURN,
            None,
        ),
        Example(
            "a loss of another class",
            "import keras\n\n\nclass Trainer:\n    def step(self, y, y_pred):\n"
            "        return self.compiled_loss(y, y_pred)\n",
            None,
        ),
    )


def _loss(ctx: RuleContext, call: ast.Call) -> Finding:
    message = "`compiled_loss` exists on TensorFlow only: `compute_loss` does everywhere"
    try:
        editor = CallEditor(ctx.module, call)
    except CallError:
        return Finding(ctx.span(call), f"{message}. {_BY_HAND}.", Safety.MANUAL)
    bound = editor.bind(_LOSS)
    if not bound.is_certain:
        return Finding(ctx.span(call), f"{message}. {_BY_HAND}.", Safety.MANUAL)
    editor.rename("self.compute_loss")
    for name, argument in bound.by_name.items():
        if name == "regularization_losses":
            editor.drop(argument)
        else:
            editor.set_keyword(argument, name)
    edits = editor.build()
    if isinstance(ctx.module.parent(call), ast.Expr):
        edits = (insert(ctx.span(call).start, f"{_NAME} = ", rank=-3), *edits)
    caution = _MEAN + ("" if "regularization_losses" in bound.by_name else _LAYERS) + "."
    return _review(ctx, call, message, edits, caution)


def _metrics(ctx: RuleContext, call: ast.Call, func: ast.Attribute) -> Finding:
    message = (
        "`compiled_metrics` exists on TensorFlow only, where it updates metrics of the model's own "
        "too: `compute_metrics` updates those of compile()"
    )
    try:
        editor = CallEditor(ctx.module, call)
    except CallError:
        return Finding(ctx.span(call), f"{message}. {_BY_HAND}.", Safety.MANUAL)
    bound = editor.bind(_METRICS)
    if func.attr != "update_state" or not bound.is_certain:
        return Finding(ctx.span(call), f"{message}. {_BY_HAND}.", Safety.MANUAL)
    for name, argument in bound.by_name.items():
        editor.set_keyword(argument, name)
    edits = editor.build()
    spans = [argument.extent.start for argument in editor.arguments]
    start = min(spans) if spans else ctx.span(call).end - 1
    first = insert(start, "x=None, ", rank=-2)
    renamed = replace(ctx.span(func), "self.compute_metrics")
    return _review(ctx, call, message, (renamed, first, *edits), _MEAN + ".")


def _review(
    ctx: RuleContext, node: ast.AST, message: str, edits: tuple[Edit, ...], caution: str
) -> Finding:
    return Finding(
        ctx.span(node), message, Safety.REVIEW, Fix(edits), caution, context=Context.MODEL
    )


def _untracked(ctx: RuleContext, owner: ast.ClassDef, item: ast.FunctionDef) -> Iterator[Finding]:
    """A step that logs the metric `loss` without updating it: compute_loss did so in Keras 2."""
    if inherits_method(ctx.module, owner, "metrics") or _updates_loss(item):
        return
    if not any(_computes(node) for node in ast.walk(item)):
        yield from _phantom(ctx, item)
        return
    last = item.body[-1]
    if not (isinstance(last, ast.Return) and _logs_metrics(last)):
        return
    message = "Keras 3 leaves it to the step to update the metric `loss`: it would be logged as 0"
    indent = indentation(ctx, last)
    name = _loss_name(ctx, item)
    if not name or indent is None:
        yield Finding(
            ctx.span(last), f"{message}. {_BY_HAND}.", Safety.MANUAL, context=Context.MODEL
        )
        return
    step = " " * 4 if "\t" not in indent else "\t"
    newline = ctx.module.unit.newline
    lines = (
        "for metric in self.metrics:",
        f'{indent}{step}if metric.name == "loss":',
        f"{indent}{step}{step}metric.update_state({name})",
        indent,
    )
    edit = insert(ctx.span(last).start, newline.join(lines), rank=1)
    yield _review(ctx, last, message, (edit,), _MEAN + ".")


def _phantom(ctx: RuleContext, item: ast.FunctionDef) -> Iterator[Finding]:
    """`{m.name: m.result() for m in self.metrics}` where no loss of compile() is computed."""
    for node in ast.walk(item):
        if not (isinstance(node, ast.DictComp) and _is_all_metrics(node)):
            continue
        name = ctx.text(node.key)
        message = "Keras 3 lists the metric `loss` always: this step would log a loss of 0"
        edit = insert(ctx.span(node.generators[0].iter).end, f' if {name} != "loss"')
        yield _review(ctx, node, message, (edit,), _PHANTOM)


def _is_all_metrics(node: ast.DictComp) -> bool:
    made = node.generators[0]
    return (
        len(node.generators) == 1
        and not made.ifs
        and attribute_of_self(made.iter) == "metrics"
        and isinstance(node.key, ast.Attribute)
        and node.key.attr == "name"
    )


def _computes(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and attribute_of_self(node.func) in COMPUTES


def _updates_loss(item: ast.FunctionDef) -> bool:
    """Whether the step looks for the metric by its name already."""
    return any(
        (isinstance(node, ast.Constant) and node.value == "loss")
        or (isinstance(node, ast.Attribute) and node.attr == "_loss_tracker")
        for node in ast.walk(item)
    )


def _logs_metrics(node: ast.Return) -> bool:
    return any(attribute_of_self(part) in _LOGS for part in ast.walk(node))


def _loss_name(ctx: RuleContext, item: ast.FunctionDef) -> str:
    """The name that holds the compiled loss and nothing else; empty where there is none."""
    names = list(compiled_losses(item))
    stores = [n.id for n in ast.walk(item) if isinstance(n, ast.Name) and _is_store(n)]
    calls = [node for node in ast.walk(item) if _computes(node)]
    if len(calls) != 1:
        return ""
    if isinstance(ctx.module.parent(calls[0]), ast.Expr):
        return "" if _NAME in stores else _NAME
    return names[0] if len(names) == 1 and stores.count(names[0]) == 1 else ""


def _is_store(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)
