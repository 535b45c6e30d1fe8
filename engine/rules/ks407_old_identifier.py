"""KS407: losses, metrics, activations … by names that Keras 3 does not know."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from kerashift.engine.model import Context, ImportNeed, Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, replace
from kerashift.engine.rules.identifierplaces import identifier_places
from kerashift.engine.tables.identifiers import find

_KERAS_NAME = re.compile(r"keras\.[\w.]+")
_OLD = "from tensorflow import keras\nimport numpy as np\n\n"
_NEW = "import keras\nimport numpy as np\n\n"
_MODEL = "model = keras.Sequential([keras.layers.Dense(2, 'softmax', kernel_initializer='ones')])\n"
_DATA = "np.arange(6.0).reshape(2, 3), np.array([[0.2, 0.7], [1.0, 0.1]])"
_LAYER = (
    "layer = keras.layers.Dense(7, {}, kernel_initializer='identity')\n"
    "result = keras.Sequential([layer]).predict(np.linspace(-3.0, 3.0, 7)[None], verbose=0)\n"
)


class OldIdentifier(Rule):
    code = "KS407"
    name = "old-identifier"

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.stays:
            return
        for value, sort in identifier_places(node, ctx):
            yield from _named(value, sort, ctx)

    examples = (
        Example(
            "a loss",
            _OLD + _MODEL + "model.compile('sgd', loss='huber_loss')\n"
            f"result = model.evaluate({_DATA}, verbose=0)\n",
            _NEW + _MODEL + "model.compile('sgd', loss='huber')\n"
            f"result = model.evaluate({_DATA}, verbose=0)\n",
            compare="result",
        ),
        Example(
            "losses of several outputs",
            _OLD + "model = keras.Model()\nmodel.compile('sgd', {'a': 'logcosh', 'b': "
            "'kullback_leibler_divergence'})\n",
            _NEW + "model = keras.Model()\nmodel.compile('sgd', {'a': 'log_cosh', 'b': "
            "'kl_divergence'})\n",
        ),
        Example(
            "metrics",
            _OLD + _MODEL + "model.compile('sgd', 'mse', metrics=['cosine_proximity', "
            "'logcosh', 'kullback_leibler_divergence'])\n"
            f"result = model.evaluate({_DATA}, verbose=0)\n",
            _NEW + _MODEL + "model.compile('sgd', 'mse', metrics=["
            "keras.metrics.CosineSimilarity(name='cosine_proximity'), "
            "keras.metrics.LogCoshError(), "
            "keras.metrics.KLDivergence(name='kullback_leibler_divergence')])\n"
            f"result = model.evaluate({_DATA}, verbose=0)\n",
            compare="result",
        ),
        Example(
            "a layer as an activation",
            _OLD + _LAYER.format("activation='LeakyReLU'"),
            _NEW + _LAYER.format("activation=keras.layers.LeakyReLU()"),
            compare="result",
        ),
        Example(
            "a constraint",
            _OLD + "layer = keras.layers.Dense(2, kernel_constraint='maxnorm', "
            "kernel_regularizer='l1_l2', bias_initializer='constant')\n"
            "layer.build((None, 3))\n"
            "result = layer.kernel_regularizer(keras.initializers.Ones()((2, 3)))\n",
            _NEW + "layer = keras.layers.Dense(2, kernel_constraint='max_norm', "
            "kernel_regularizer=keras.regularizers.L1L2(l1=0.01, l2=0.01), "
            "bias_initializer='zeros')\n"
            "layer.build((None, 3))\n"
            "result = layer.kernel_regularizer(keras.initializers.Ones()((2, 3)))\n",
            compare="result",
        ),
        Example(
            "a cross-entropy that is not named",
            _NEW + _MODEL + "model.compile('sgd', 'mse', metrics=['ce'])\n",
            _NEW + _MODEL + "model.compile('sgd', 'mse', metrics=['ce'])\n",
        ),
        Example(
            "names that stay",
            _NEW + _MODEL + "model.compile('sgd', 'mse', metrics=['mae', 'kl_divergence'])\n"
            "keras.layers.Dense(2, 'relu', kernel_constraint='non_neg')\n",
            None,
        ),
        Example(
            "a regular expression and a dictionary",
            "import re\nimport keras\n\nre.compile('a', loss='huber_loss')\n"
            "settings = {'loss': 'huber_loss', 'activation': 'LeakyReLU'}\n",
            None,
        ),
        Example(
            "a function of the project",
            "import keras\n\n\ndef get(activation):\n    return activation\n\n\n"
            "get(activation='LeakyReLU')\n",
            None,
        ),
    )


def _named(node: ast.expr, sort: str, ctx: RuleContext) -> Iterator[Finding]:
    if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        return
    row = find(sort, node.value)
    if row is None:
        return
    span, context = ctx.span(node), Context.MODEL
    message = f"Keras 3 knows no {sort} `{node.value}`"
    if not row.to:
        text = f"{message}. {row.message}"
        yield Finding(span, text, Safety.MANUAL, context=context, row=row.key)
        return
    text, needs = _spelled(row.to, ctx)
    if text.startswith("'") and ctx.text(node).startswith('"'):
        text = text.replace("'", '"')
    change = fix(replace(span, text), needs=needs)
    message = f"{message}: `{text}` is the same"
    yield Finding(span, message, Safety.SAFE, change, context=context, row=row.key)


def _spelled(source: str, ctx: RuleContext) -> tuple[str, tuple[ImportNeed, ...]]:
    """The source with its Keras name as it is written in this file."""
    found = _KERAS_NAME.match(source)
    if found is None:
        return source, ()
    text, needs = ctx.spell(found[0])
    return text + source[found.end() :], needs
