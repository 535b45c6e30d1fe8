"""KS413: results of metrics: a variable as the result, and names that no longer match results."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kerashift.engine.analysis.kinds import Kind, attribute_values
from kerashift.engine.model import Context, Safety, Target
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, replace
from kerashift.engine.rules.members import attribute_of_self, method
from kerashift.engine.rules.receivers import Sureness, is_model

_METRIC = (
    "class Count(keras.metrics.Metric):\n    def __init__(self):\n"
    "        super().__init__(name='count')\n"
    "        self.n = self.add_weight(name='n', shape=(), initializer='zeros')\n\n"
    "    def update_state(self, y_true, y_pred, sample_weight=None):\n"
    "        self.n.assign_add(1.0)\n\n    def result(self):\n        return {}\n\n\n"
    "model = keras.Sequential([keras.layers.Dense(1)])\n"
    "model.compile('sgd', 'mse', metrics=[Count()])\n"
    "data = np.ones((4, 2)), np.ones((4, 1))\n"
    "result = model.evaluate(*data, batch_size=2, verbose=0)[1]\n"
)


class ResultOfMetric(Rule):
    code = "KS413"
    name = "result-of-metric"
    reference_url = "https://keras.io/api/metrics/base_metric/"

    def class_def(self, node: ast.ClassDef, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.stays or ctx.class_kind(node) is not Kind.METRIC:
            return
        result = method(node, "result")
        for part in ast.walk(result) if result is not None else ():
            if isinstance(part, ast.Return) and part.value is not None:
                values = part.value.values if isinstance(part.value, ast.Dict) else [part.value]
                for value in values:
                    if _is_weight(value, node):
                        yield _variable(value, ctx)

    def other(self, node: ast.AST, ctx: RuleContext) -> Iterable[Finding]:
        if not (isinstance(node, ast.Attribute) and node.attr == "metrics_names") or ctx.stays:
            return
        if is_model(ctx, node.value) >= Sureness.LIKELY:
            yield from _names(node, ctx)

    examples = (
        Example(
            "a weight as the result",
            "import numpy as np\nfrom tensorflow import keras\n\n" + _METRIC.format("self.n"),
            "import numpy as np\nimport keras\nfrom keras import ops\n\n"
            + _METRIC.format("ops.convert_to_tensor(self.n)"),
            compare="result",
        ),
        Example(
            "names of what evaluate gives",
            "import keras\n\nmodel = keras.Sequential()\n"
            "print(dict(zip(model.metrics_names, model.evaluate(x, y))))\n",
            "import keras\n\nmodel = keras.Sequential()\n"
            "print(dict(zip(model.metrics_names, model.evaluate(x, y))))\n",
        ),
        Example(
            "a result that is computed",
            "import numpy as np\nimport keras\n\n" + _METRIC.format("self.n / 2.0"),
            None,
        ),
        Example(
            "a number as the result",
            "import keras\n\n\nclass M(keras.metrics.Metric):\n    def __init__(self):\n"
            "        super().__init__()\n        self.n = 0.0\n\n"
            "    def result(self):\n        return self.n\n",
            None,
        ),
        Example(
            "names of another object",
            "import keras\n\n\ndef show(table):\n    print(keras, table.metrics_names)\n",
            None,
        ),
    )


def _is_weight(node: ast.expr, owner: ast.ClassDef) -> bool:
    """Whether an expression is `self.x` that the class made with `add_weight`."""
    name = attribute_of_self(node)
    values = attribute_values(owner, name) if name is not None else []
    return bool(values) and all(
        isinstance(v, ast.Call) and attribute_of_self(v.func) == "add_weight" for v in values
    )


def _variable(node: ast.expr, ctx: RuleContext) -> Finding:
    text, needs = ctx.spell("keras.ops.convert_to_tensor")
    span = ctx.span(node)
    change = fix(replace(span, f"{text}(", span, ")"), needs=needs)
    message = "On JAX the result of a metric may not be the variable itself: its value"
    return Finding(span, message, Safety.SAFE, change, "", Target.MULTI_BACKEND, Context.MODEL)


def _names(node: ast.Attribute, ctx: RuleContext) -> Iterator[Finding]:
    message = (
        "`metrics_names` is `['loss', 'compile_metrics']` in Keras 3, whatever the metrics are: "
        "call `evaluate(…, return_dict=True)` for results with their names."
    )
    yield Finding(ctx.span(node), message, Safety.MANUAL)
