"""KS420: Attribute or method that a class of Keras lost."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.model import Fix, Safety, Span
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, insert, replace
from kerashift.engine.rules.members import defines
from kerashift.engine.rules.owners import class_of, project_class
from kerashift.engine.rules.receivers import Sureness
from kerashift.engine.tables import members
from kerashift.engine.tables.members import MemberRow

_GUESS = "It is taken for an object of Keras by its name or by where it comes from."


class RemovedMember(Rule):
    code = "KS420"
    name = "removed-member"

    def other(self, node: ast.AST, ctx: RuleContext) -> Iterable[Finding]:
        if not isinstance(node, ast.Attribute) or node.attr not in members.names() or ctx.stays:
            return
        if not isinstance(node.ctx, ast.Load) or ctx.module.symbol(node) is not None:
            return
        owner, sureness = class_of(ctx, node.value)
        row = members.find(owner, node.attr) if owner else None
        if row is None or row.rule or _is_of_the_project(node, ctx):
            return
        span, context = ctx.span(node), ctx.context(node)
        change = _fix(node, row, ctx)
        if change is None:
            message = f"Keras 3 has no `{node.attr}` here. {row.message}"
            yield Finding(span, message, Safety.MANUAL, context=context, row=row.key)
            return
        made, text = change
        message = f"Keras 3 has no `{node.attr}` here: `{text}`"
        sure = sureness is Sureness.YES
        yield Finding(
            span,
            message,
            Safety.SAFE if sure else Safety.REVIEW,
            made,
            "" if sure else _GUESS,
            context=context,
            row=row.key,
        )

    examples = (
        Example(
            "whether a layer is stateful",
            "import keras\n"
            "model = keras.Sequential([keras.Input((2, 3)), keras.layers.LSTM(2)])\n"
            "result = [int(layer.stateful) for layer in model.layers[-1:]]\n",
            "import keras\n"
            "model = keras.Sequential([keras.Input((2, 3)), keras.layers.LSTM(2)])\n"
            'result = [int(getattr(layer, "stateful", False)) for layer in model.layers[-1:]]\n',
            compare="result",
        ),
        Example(
            "size of a vocabulary",
            "from tensorflow import keras\n"
            "layer = keras.layers.StringLookup(vocabulary=['a', 'b'])\n"
            "result = layer.vocab_size()\n",
            "import keras\n"
            "layer = keras.layers.StringLookup(vocabulary=['a', 'b'])\n"
            "result = layer.vocabulary_size()\n",
            compare="result",
        ),
        Example(
            "variables of a metric",
            "from tensorflow import keras\nimport numpy as np\n"
            "metric = keras.metrics.Mean()\nmetric.update_state([1.0, 3.0])\n"
            "result = [np.asarray(v) for v in metric.weights]\n",
            "import keras\nimport numpy as np\n"
            "metric = keras.metrics.Mean()\nmetric.update_state([1.0, 3.0])\n"
            "result = [np.asarray(v) for v in metric.variables]\n",
            compare="result",
        ),
        Example(
            "a step that the optimizer took by itself",
            "import keras\noptimizer = keras.optimizers.SGD(0.1)\noptimizer.minimize(loss, [w])\n",
            "import keras\noptimizer = keras.optimizers.SGD(0.1)\noptimizer.minimize(loss, [w])\n",
        ),
        Example(
            "state of the data that a layer has seen",
            "import keras\nlayer = keras.layers.Normalization()\nprint(layer.is_adapted)\n",
            "import keras\nlayer = keras.layers.Normalization()\nprint(layer.is_adapted)\n",
        ),
        Example(
            "modules of a layer",
            "import keras\n\n\nclass L(keras.layers.Layer):\n    def call(self, x):\n"
            "        return len(self.submodules) * x\n",
            "import keras\n\n\nclass L(keras.layers.Layer):\n    def call(self, x):\n"
            "        return len(self.submodules) * x\n",
        ),
        Example(
            "a member of one's own",
            "import keras\n\n\nclass L(keras.layers.Layer):\n    def __init__(self):\n"
            "        super().__init__()\n        self.stateful = True\n\n\n"
            "layer = L()\nprint(layer.stateful)\n",
            None,
        ),
        Example(
            "weights of a layer",
            "import keras\nlayer = keras.layers.Dense(2)\nprint(layer.weights, layer.trainable)\n",
            None,
        ),
        Example(
            "a solver of another library",
            "import keras\nfrom scipy import optimize\nprint(keras, optimize.minimize)\n",
            None,
        ),
        Example(
            "something that is not known",
            "import keras\n\n\ndef f(thing):\n    return thing.stateful, thing.weights\n",
            None,
        ),
        Example(
            "a regular expression",
            "import re\nimport keras\nprint(keras, re.compile('a'))\n",
            None,
        ),
        Example(
            "staying on tf_keras",
            "import tf_keras\nmetric = tf_keras.metrics.Mean()\nprint(metric.weights)\n",
            None,
        ),
    )


def _fix(node: ast.Attribute, row: MemberRow, ctx: RuleContext) -> tuple[Fix, str] | None:
    """The edit that reads the same, and its text."""
    span, end = ctx.span(node), ctx.span(node.value).end
    value = ctx.text(node.value)
    if row.to:
        return fix(replace(Span(span.end - len(node.attr), span.end), row.to)), f"{value}.{row.to}"
    if row.otherwise:
        tail = f', "{node.attr}", {row.otherwise})'
        edits = (insert(span.start, "getattr(", rank=1), replace(Span(end, span.end), tail))
        return fix(*edits), f"getattr({value}{tail}"
    return None


def _is_of_the_project(node: ast.Attribute, ctx: RuleContext) -> bool:
    """Whether the project's own class gives the object the member."""
    found = project_class(ctx, node.value)
    return found is not None and defines(found.module, found.node, node.attr)
