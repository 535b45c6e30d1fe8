"""KS403: One list of metrics for several outputs."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.analysis.module import Definition
from kerashift.engine.model import Edit, Safety, Span
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix
from kerashift.engine.rules.outputs import outputs_of
from kerashift.engine.rules.receivers import Sureness, is_model

_ARGUMENTS = ("metrics", "weighted_metrics")
_POSITION = 2
_MODEL = (
    "import keras\n\nx = keras.Input((2,))\na = keras.layers.Dense(1, name='a')(x)\n"
    "b = keras.layers.Dense(1, name='b')(x)\nmodel = keras.Model(x, {})\n"
)
_RUN = (
    "import numpy as np\ndata = np.ones((4, 2)), {}\n"
    "logs = model.train_on_batch(*data, return_dict=True)\n"
    "result = sum(name.endswith(('_mae', '_mse')) for name in logs)\n"
)
_TWO = _RUN.format("[np.ones((4, 1)), np.ones((4, 1))]")
_ONE = (
    "import numpy as np\nlogs = model.train_on_batch(np.ones((4, 2)), np.ones((4, 1)), "
    "return_dict=True)\nresult = 'mae' in logs\n"
)


class MultiOutputMetrics(Rule):
    code = "KS403"
    name = "multi-output-metrics"

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        func = node.func
        if ctx.is_keras3 or not (isinstance(func, ast.Attribute) and func.attr == "compile"):
            return
        if is_model(ctx, func.value) < Sureness.LIKELY:
            return
        given = {k.arg: k.value for k in node.keywords if k.arg in _ARGUMENTS}
        if len(node.args) > _POSITION and not any(isinstance(a, ast.Starred) for a in node.args):
            given["metrics"] = node.args[_POSITION]
        for name, value in given.items():
            yield from _check(str(name), value, func.value, ctx)

    examples = (
        Example(
            "a list for two outputs",
            _MODEL.format("[a, b]") + "model.compile('sgd', 'mse', metrics=['mae'])\n" + _TWO,
            _MODEL.format("[a, b]")
            + "model.compile('sgd', 'mse', metrics=[['mae'], ['mae']])\n"
            + _TWO,
            compare="result",
        ),
        Example(
            "as many metrics as outputs",
            _MODEL.format("[a, b]")
            + "model.compile('sgd', 'mse', metrics=['mae', 'mse'])\n"
            + _TWO,
            _MODEL.format("[a, b]")
            + "model.compile('sgd', 'mse', metrics=[['mae', 'mse'], ['mae', 'mse']])\n"
            + _TWO,
            compare="result",
        ),
        Example(
            "a metric without a list",
            _MODEL.format("a") + "model.compile('sgd', 'mse', metrics='mae')\n" + _ONE,
            _MODEL.format("a") + "model.compile('sgd', 'mse', metrics=['mae'])\n" + _ONE,
            compare="result",
        ),
        Example(
            "one object for two outputs",
            _MODEL.format("[a, b]") + "m = keras.metrics.MeanAbsoluteError()\n"
            "model.compile('sgd', 'mse', metrics=[m])\n",
            _MODEL.format("[a, b]") + "m = keras.metrics.MeanAbsoluteError()\n"
            "model.compile('sgd', 'mse', metrics=[m])\n",
        ),
        Example(
            "one output",
            _MODEL.format("a") + "model.compile('sgd', 'mse', metrics=['mae'])\n",
            None,
        ),
        Example(
            "a list for each output already",
            _MODEL.format("[a, b]") + "model.compile('sgd', 'mse', metrics=[['mae'], ['mse']])\n",
            None,
        ),
        Example(
            "metrics by the name of the output",
            _MODEL.format("[a, b]") + "model.compile('sgd', 'mse', metrics={'a': 'mae'})\n",
            None,
        ),
        Example("a regular expression", "import re, keras\n\nre.compile('a', metrics='b')\n", None),
    )


def _check(name: str, value: ast.expr, model: ast.expr, ctx: RuleContext) -> Iterable[Finding]:
    outputs = outputs_of(ctx.module, model) or 1
    span = ctx.span(value)
    if isinstance(value, ast.List | ast.Tuple):
        if outputs > 1 and value.elts and not any(_is_nested(e) for e in value.elts):
            yield from _several(name, value, outputs, ctx)
    elif _is_text(value) or ctx.kind(value) is Kind.METRIC:
        parts: tuple[str | Span, ...] = ("[", span, "]")
        message = f"`{name}` must be a list in Keras 3"
        safety, caution = Safety.SAFE, ""
        if outputs > 1 and not isinstance(value, ast.Name | ast.Attribute):
            parts = _repeated(("[", span, "]"), outputs)
            message = f"`{name}` must be a list for each of the {outputs} outputs in Keras 3"
            safety, caution = Safety.REVIEW, _caution(outputs)
        yield Finding(span, message, safety, fix(Edit(span, parts)), caution)


def _several(
    name: str, value: ast.List | ast.Tuple, outputs: int, ctx: RuleContext
) -> Iterable[Finding]:
    span = ctx.span(value)
    effect = f"one entry for each of the {outputs} outputs"
    if len(value.elts) == outputs:
        effect += ": without an error, each output gets one metric alone"
    message = f"Keras 3 takes the list `{name}` as {effect}"
    if not all(_can_repeat(e, ctx) for e in value.elts):
        text = f"{message}. Give each output a list with metrics of its own."
        yield Finding(span, text, Safety.MANUAL)
        return
    edit = Edit(span, _repeated((span,), outputs))
    yield Finding(span, message, Safety.REVIEW, fix(edit), _caution(outputs))


def _repeated(parts: tuple[str | Span, ...], outputs: int) -> tuple[str | Span, ...]:
    result: list[str | Span] = ["["]
    for index in range(outputs):
        result += [", "] if index else []
        result += parts
    return (*result, "]")


def _caution(outputs: int) -> str:
    return f"The model that is compiled here must have {outputs} outputs."


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _is_nested(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return node.value is None
    return isinstance(node, ast.List | ast.Tuple | ast.Dict | ast.Starred)


def _can_repeat(node: ast.expr, ctx: RuleContext) -> bool:
    """Whether an entry may be written twice: names and functions, and calls that make a metric."""
    if isinstance(node, ast.Constant | ast.Lambda):
        return True
    if isinstance(node, ast.Call):
        return ctx.kind(node) is Kind.METRIC
    found = ctx.module.resolve(node)
    if isinstance(found, Definition):
        return isinstance(found.node, ast.FunctionDef)
    return found is not None
