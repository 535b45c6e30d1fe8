"""KS408: hard_sigmoid, which is another function in Keras 3."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kerashift.engine.analysis.keras2 import means_keras2
from kerashift.engine.analysis.module import Reference
from kerashift.engine.model import Context, Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, replace

_NAME = "hard_sigmoid"
_FUNCTION = "keras.activations.hard_sigmoid"
_TEXTS = ("activation", "recurrent_activation")
_MESSAGE = (
    "`hard_sigmoid` is `relu6(x + 3) / 6` in Keras 3 and was `clip(0.2 * x + 0.5, 0, 1)`: "
    "without an error, other numbers"
)
_LAMBDA = "A model with a lambda in it is loaded from its file with `safe_mode=False` only."
_OLD = "import numpy as np\nfrom tensorflow import keras\n\nx = np.linspace(-3.0, 3.0, 5)\n"
_NEW = "import numpy as np\nimport keras\nfrom keras import ops\n\nx = np.linspace(-3.0, 3.0, 5)\n"
_MODEL = (
    "model = keras.Sequential([keras.layers.Lambda(lambda t: {})])\n"
    "result = model.predict(x, verbose=0)\n"
)
_LAYER = "result = keras.layers.LSTM(2, {0}, kernel_initializer='ones')(np.ones((1, 2, 3)))\n"


class HardSigmoid(Rule):
    code = "KS408"
    name = "hard-sigmoid"
    reference_url = "https://keras.io/api/layers/activations/#hardsigmoid-function"

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.stays or not means_keras2(ref.symbol, ctx.module):
            return
        if ref.symbol.name == _FUNCTION:
            yield from _function(ref, ctx)
        if ref.call is not None:
            for value in _texts(ref.symbol.name, ref.call):
                if isinstance(value, ast.Constant) and value.value == _NAME:
                    text, needs = ctx.spell("keras.ops.clip")
                    change = f"lambda x: {text}(0.2 * x + 0.5, 0.0, 1.0)"
                    made = fix(replace(ctx.span(value), change), needs=needs)
                    span = ctx.span(value)
                    yield Finding(
                        span, _MESSAGE, Safety.REVIEW, made, _LAMBDA, context=Context.MODEL
                    )

    examples = (
        Example(
            "called",
            _OLD + _MODEL.format("keras.activations.hard_sigmoid(t - 0.1)"),
            _NEW + _MODEL.format("ops.clip(0.2 * (t - 0.1) + 0.5, 0.0, 1.0)"),
            compare="result",
        ),
        Example(
            "by its name",
            _OLD + _LAYER.format("recurrent_activation='hard_sigmoid'"),
            _NEW
            + _LAYER.format("recurrent_activation=lambda x: ops.clip(0.2 * x + 0.5, 0.0, 1.0)"),
        ),
        Example(
            "as a layer",
            _OLD + "result = keras.Sequential([keras.layers.Activation('hard_sigmoid')])"
            ".predict(x, verbose=0)\n",
            _NEW + "result = keras.Sequential([keras.layers.Activation("
            "lambda x: ops.clip(0.2 * x + 0.5, 0.0, 1.0))]).predict(x, verbose=0)\n",
            compare="result",
        ),
        Example(
            "handed on",
            "from tensorflow.keras.activations import hard_sigmoid\n"
            "from tensorflow import keras\n\n"
            "keras.layers.Dense(2, activation=hard_sigmoid)\n",
            "from keras import ops\nimport keras\n\n"
            "keras.layers.Dense(2, activation=lambda x: ops.clip(0.2 * x + 0.5, 0.0, 1.0))\n",
        ),
        Example(
            "in code that may be for Keras 3",
            "import keras\n\nkeras.layers.Dense(2, activation='hard_sigmoid')\n"
            "keras.activations.hard_sigmoid(1.0)\n",
            None,
        ),
        Example(
            "a function of the project",
            "import keras\n\n\ndef hard_sigmoid(x):\n    return x\n\n\n"
            "keras.layers.Dense(2, activation=hard_sigmoid)\n",
            None,
        ),
        Example(
            "another activation",
            "import keras\n\nkeras.layers.Dense(2, activation='sigmoid')\n",
            None,
        ),
    )


def _texts(path: str, call: ast.Call) -> Iterator[ast.expr]:
    """The arguments of a call that may name an activation."""
    if path == "keras.activations.get" and call.args:
        yield call.args[0]
    if not path.startswith("keras.layers."):
        return
    yield from (k.value for k in call.keywords if k.arg in _TEXTS)
    if path in ("keras.layers.Activation", "keras.layers.Dense"):
        place = 0 if path.endswith("Activation") else 1
        yield from call.args[place : place + 1]


def _function(ref: Reference, ctx: RuleContext) -> Iterator[Finding]:
    text, needs = ctx.spell("keras.ops.clip")
    call, span = ref.call, ctx.span(ref.node)
    context = ctx.contexts.of_function(ref.function)
    if call is None:
        change = fix(replace(span, f"lambda x: {text}(0.2 * x + 0.5, 0.0, 1.0)"), needs=needs)
        yield Finding(span, _MESSAGE, Safety.REVIEW, change, _LAMBDA, context=context)
        return
    if len(call.args) + len(call.keywords) != 1 or any(k.arg != "x" for k in call.keywords):
        yield Finding(span, f"{_MESSAGE}.", Safety.MANUAL, context=context)
        return
    value = call.args[0] if call.args else call.keywords[0].value
    is_plain = isinstance(value, ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.Constant)
    inner = ctx.span(value)
    before, after = ("", "") if is_plain else ("(", ")")
    edit = replace(ctx.span(call), f"{text}(0.2 * {before}", inner, f"{after} + 0.5, 0.0, 1.0)")
    yield Finding(ctx.span(call), _MESSAGE, Safety.SAFE, fix(edit, needs=needs), context=context)
