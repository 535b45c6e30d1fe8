"""KS414: one loss with several weights."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.model import Fix, Safety, Span
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, replace
from kerashift.engine.rules.compilecalls import compiled

_CAUTION = "The model must have these {} outputs and no others."
_OLD = "import numpy as np\nfrom tensorflow import keras\n\n"
_NEW = "import numpy as np\nimport keras\n\n"
_MODEL = (
    "x = keras.Input((2,))\na = keras.layers.Dense(1, name='a', kernel_initializer='ones')(x)\n"
    "b = keras.layers.Dense(1, name='b', kernel_initializer='ones')(x)\n"
    "model = keras.Model(x, [a, b])\nmodel.compile('sgd', {}, loss_weights={})\n"
    "data = np.ones((4, 2)), {}\nresult = model.evaluate(*data, verbose=0)[0]\n"
)
_ARRAYS = "[np.zeros((4, 1)), np.zeros((4, 1))]"


class SingleLoss(Rule):
    code = "KS414"
    name = "single-loss"
    reference_url = "https://keras.io/api/models/model_training_apis/#compile-method"

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        given = {} if ctx.stays else compiled(node, ctx)
        loss, weights = given.get("loss"), given.get("loss_weights")
        if loss is None or not isinstance(weights, ast.List | ast.Dict):
            return
        if not isinstance(loss, ast.Constant | ast.Name | ast.Attribute):
            return
        if isinstance(loss, ast.Name) and not _is_one(loss, ctx):
            return
        keys = weights.keys if isinstance(weights, ast.Dict) else weights.elts
        count = len(keys)
        if count < 2 or any(k is None or isinstance(k, ast.Starred) for k in keys):
            return
        span = ctx.span(loss)
        parts: list[str | Span] = ["{" if isinstance(weights, ast.Dict) else "["]
        for number, key in enumerate(keys):
            parts += [", "] if number else []
            if isinstance(weights, ast.Dict) and key is not None:
                parts += [f"{ctx.text(key)}: "]
            parts += [span]
        parts += ["}" if isinstance(weights, ast.Dict) else "]"]
        message = f"Keras 3 wants a loss for each of the {count} weights"
        change = Fix((replace(span, *parts),))
        yield Finding(span, message, Safety.REVIEW, change, _CAUTION.format(count))

    examples = (
        Example(
            "a list of weights",
            _OLD + _MODEL.format("'mse'", "[1.0, 0.5]", _ARRAYS),
            _NEW + _MODEL.format("['mse', 'mse']", "[1.0, 0.5]", _ARRAYS),
            compare="result",
        ),
        Example(
            "weights by the names of the outputs",
            _OLD
            + _MODEL.format(
                "'mse'", "{'a': 1.0, 'b': 0.5}", "{'a': np.zeros((4, 1)), 'b': np.zeros((4, 1))}"
            ),
            _NEW
            + _MODEL.format(
                "{'a': 'mse', 'b': 'mse'}",
                "{'a': 1.0, 'b': 0.5}",
                "{'a': np.zeros((4, 1)), 'b': np.zeros((4, 1))}",
            ),
            compare="result",
        ),
        Example(
            "a loss for each output",
            _NEW + _MODEL.format("['mse', 'mae']", "[1.0, 0.5]", _ARRAYS),
            None,
        ),
        Example(
            "one loss with one weight",
            "import keras\n\nmodel = keras.Sequential()\n"
            "model.compile('sgd', 'mse', loss_weights=[2.0])\n",
            None,
        ),
        Example(
            "losses that come from elsewhere",
            "import keras\n\n\ndef go(model, losses):\n"
            "    model.compile('sgd', losses, loss_weights=[1.0, 0.5])\n",
            None,
        ),
    )


def _is_one(loss: ast.Name, ctx: RuleContext) -> bool:
    """Whether a name is one loss for sure: a function or class of the project or of Keras."""
    return ctx.module.resolve(loss) is not None
