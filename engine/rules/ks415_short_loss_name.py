"""KS415: a loss by its short name, in a model that is saved as `.h5`."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.callables import leaves
from kerashift.engine.model import Context, Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, replace
from kerashift.engine.rules.compilecalls import compiled
from kerashift.engine.rules.saved_files import writes_h5

_LONG = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "kld": "kl_divergence",
}
_OLD = "import numpy as np\nfrom tensorflow import keras\n\n"
_NEW = "import numpy as np\nimport keras\n\n"
_SAVED = (
    "model = keras.Sequential([keras.Input((3,)),"
    " keras.layers.Dense(1, kernel_initializer='ones')])\n"
    "model.compile('sgd', loss={})\nmodel.save('net.h5')\n"
    "result = keras.models.load_model('net.h5').predict(np.ones((1, 3)), verbose=0)\n"
)


class ShortLossName(Rule):
    code = "KS415"
    name = "short-loss-name"
    reference_url = "https://keras.io/guides/serialization_and_saving/"

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        loss = None if ctx.stays else compiled(node, ctx).get("loss")
        if loss is None or not writes_h5(ctx):
            return
        for leaf in leaves(loss):
            if not isinstance(leaf, ast.Constant) or leaf.value not in _LONG:
                continue
            long = _LONG[str(leaf.value)]
            span = ctx.span(leaf)
            quote = ctx.text(leaf)[:1]
            message = (
                f"Keras 3 does not load an `.h5` file of a model compiled with `{leaf.value}`: "
                f"`{long}` is the same loss"
            )
            made = fix(replace(span, f"{quote}{long}{quote}"))
            yield Finding(span, message, Safety.SAFE, made, context=Context.MODEL)

    examples = (
        Example(
            "a model that is saved and loaded",
            _OLD + _SAVED.format("'mse'"),
            _NEW + _SAVED.format("'mean_squared_error'"),
            compare="result",
        ),
        Example(
            "losses of several outputs, in a checkpoint",
            "import keras\n\nmodel = keras.Model()\nmodel.compile('adam', {'a': 'mae', "
            "'b': 'mse'})\n"
            "keep = keras.callbacks.ModelCheckpoint('best.h5', monitor='loss')\n",
            "import keras\n\nmodel = keras.Model()\nmodel.compile('adam', "
            "{'a': 'mean_absolute_error', 'b': 'mean_squared_error'})\n"
            "keep = keras.callbacks.ModelCheckpoint('best.h5', monitor='loss')\n",
        ),
        Example(
            "a model that is saved as .keras",
            _NEW + _SAVED.format("'mse'").replace(".h5", ".keras"),
            None,
        ),
        Example(
            "weights, which hold no loss",
            "import keras\n\nmodel = keras.Model()\nmodel.compile('adam', 'mse')\n"
            "model.save_weights('a.weights.h5')\n",
            None,
        ),
        Example(
            "a metric, and a loss by its long name",
            _NEW + _SAVED.format("'mean_absolute_error', metrics=['mse']"),
            None,
        ),
    )
