"""KS417: an activation, loss or metric of one's own, by the name that it is registered under."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.model import Context, Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, replace
from kerashift.engine.rules.compilecalls import compiled
from kerashift.engine.rules.customobjects import registered, spelled
from kerashift.engine.rules.identifierplaces import identifier_places

_SORTS = ("activation", "loss", "metric")
_OLD = "import numpy as np\nfrom tensorflow import keras\n\n"
_NEW = "import numpy as np\nimport keras\n\n"
_TWICE = "\ndef twice(x):\n    return 2.0 * x\n\n\n"
_UPDATE = "keras.utils.get_custom_objects().update({'twice': "
_MODEL = (
    "layer = keras.layers.Dense(2, activation={}, kernel_initializer='ones')\n"
    "model = keras.Sequential([keras.Input((3,)), layer])\n"
    "result = model.predict(np.ones((1, 3)), verbose=0)\n"
)
_GAP = "\ndef gap(y_true, y_pred):\n    return y_true - y_pred\n\n\n"
_COMPILED = (
    "model = keras.Sequential([keras.Input((3,)),"
    " keras.layers.Dense(1, kernel_initializer='ones')])\n"
    "model.compile('sgd', {}, metrics=[{}])\n"
    "result = model.evaluate(np.ones((1, 3)), np.ones((1, 1)), verbose=0)\n"
)
_LOGGED = (
    "model = keras.Sequential([keras.Input((3,)),"
    " keras.layers.Dense(1, kernel_initializer='ones')])\n"
    "model.compile('sgd', 'mse', metrics=[{}])\n"
    "logs = model.evaluate(np.ones((1, 3)), np.ones((1, 1)), verbose=0, return_dict=True)\n"
    "result = logs['dist']\n"
)
_NAMED = "The logs name the metric as the object does: check what reads them by its old name."
_REGISTER = "keras.utils.get_custom_objects()['gap'] = gap\n"


class CustomName(Rule):
    code = "KS417"
    name = "custom-name"
    reference_url = "https://keras.io/api/utils/serialization_utils/"

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.stays:
            return
        for value, sort in identifier_places(node, ctx):
            name = value.value if isinstance(value, ast.Constant) else None
            if sort not in _SORTS or not isinstance(name, str):
                continue
            found = registered(ctx).get(name)
            if found is None:
                continue
            text, span = spelled(found, ctx), ctx.span(value)
            article = "an" if sort == "activation" else "a"
            message = f"Keras 3 looks for {article} {sort} by name among its own only"
            if text and sort == "metric" and compiled(node, ctx):
                yield _metric(value, text, message, ctx)
            elif text:
                made = fix(replace(span, text))
                message = f"{message}: `{text}` itself"
                yield Finding(span, message, Safety.SAFE, made, context=Context.MODEL)
            else:
                message = f"{message}: import what `{name}` stands for, and hand that over."
                yield Finding(span, message, Safety.MANUAL, context=Context.MODEL)

    examples = (
        Example(
            "an activation that is registered as a layer",
            _OLD + _TWICE + _UPDATE + "keras.layers.Activation(twice)})\n"
            + _MODEL.format("'twice'"),
            _NEW + _TWICE + _UPDATE + "keras.layers.Activation(twice)})\n"
            + _MODEL.format("twice"),
            compare="result",
        ),
        Example(
            "an activation in a scope",
            _OLD
            + _TWICE
            + "with keras.utils.custom_object_scope({'double': twice}):\n"
            + "    layer = keras.layers.Activation('double')\n"
            + "result = layer(np.ones((1, 3)))\n",
            _NEW
            + _TWICE
            + "with keras.utils.custom_object_scope({'double': twice}):\n"
            + "    layer = keras.layers.Activation(twice)\n"
            + "result = layer(np.ones((1, 3)))\n",
            compare="result",
        ),
        Example(
            "a loss and a metric",
            _OLD + _GAP + _REGISTER + _COMPILED.format("'gap'", "'gap', 'mse'"),
            _NEW + _GAP + _REGISTER + _COMPILED.format("gap", "gap, 'mse'"),
            compare="result",
        ),
        Example(
            "a metric that the logs call by another name than its function's",
            _OLD + _GAP + _REGISTER.replace("'gap'", "'dist'") + _LOGGED.format("'dist'"),
            _NEW
            + _GAP
            + _REGISTER.replace("'gap'", "'dist'")
            + _LOGGED.format("keras.metrics.MeanMetricWrapper(gap, name='dist')"),
            compare="result",
        ),
        Example(
            "a metric that is made somewhere",
            _NEW
            + "from scores import make\n\ngap = make()\n"
            + _REGISTER
            + "keras.Model().compile('sgd', 'mse', metrics=['gap'])\n",
            _NEW
            + "from scores import make\n\ngap = make()\n"
            + _REGISTER
            + "keras.Model().compile('sgd', 'mse', metrics=[gap])\n",
        ),
        Example(
            "an object that is not in sight",
            "import keras\n\n\ndef register(objects):\n    for swish in objects:\n"
            "        keras.utils.get_custom_objects().update({'my_swish': swish})\n\n\n"
            "keras.layers.Activation('my_swish')\n",
            "import keras\n\n\ndef register(objects):\n    for swish in objects:\n"
            "        keras.utils.get_custom_objects().update({'my_swish': swish})\n\n\n"
            "keras.layers.Activation('my_swish')\n",
        ),
        Example(
            "names of Keras",
            _NEW + _TWICE + _UPDATE + "twice})\nkeras.layers.Dense(2, 'relu', name='twice')\n",
            None,
        ),
        Example(
            "the object itself",
            _NEW + _TWICE + _UPDATE + "twice})\nkeras.layers.Activation(twice)\n",
            None,
        ),
        Example(
            "an initializer, which Keras 3 finds",
            "import keras\n\n\nclass Ones(keras.initializers.Ones):\n    pass\n\n\n"
            "keras.utils.get_custom_objects().update({'MyOnes': Ones})\n"
            "keras.layers.Dense(2, kernel_initializer='MyOnes')\n",
            None,
        ),
    )


def _metric(value: ast.expr, text: str, message: str, ctx: RuleContext) -> Finding:
    """Under the name that it had in the logs: the one that it was asked for by."""
    span, name = ctx.span(value), ast.literal_eval(value)
    bound = ctx.module.tree.scope.bindings.get(text, [])
    function = bound[0].node if len(bound) == 1 else None
    if not isinstance(function, ast.FunctionDef):
        made = fix(replace(span, text))
        told = f"{message}: `{text}` itself"
        return Finding(span, told, Safety.REVIEW, made, _NAMED, context=Context.MODEL)
    if function.name == name:
        made = fix(replace(span, text))
    else:
        wrapper, needs = ctx.spell("keras.metrics.MeanMetricWrapper")
        text = f"{wrapper}({text}, name={ctx.text(value)})"
        made = fix(replace(span, text), needs=needs)
    return Finding(span, f"{message}: `{text}` itself", Safety.SAFE, made, context=Context.MODEL)
