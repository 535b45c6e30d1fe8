"""KS421: calls that Keras 3 takes as they are, and that compute something else."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kerashift.engine.analysis.keras2 import is_keras2, means_keras2
from kerashift.engine.analysis.module import Reference
from kerashift.engine.model import Fix, Safety, Span
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.calls import CallEditor, CallError
from kerashift.engine.rules.compilecalls import compiled
from kerashift.engine.tables.numbers import NumbersRow, of_callable

_IDENTIFIERS = {"nadam": "keras.optimizers.Nadam"}
_HARMLESS = {"activity_regularizer": "None", "ignore_class": "None", "axis": "-1"}
_EINSUM = "('ab,bc->ac', output_shape=(2,), kernel_initializer='ones'{})"


class OtherNumbers(Rule):
    code = "KS421"
    name = "other-numbers"

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        if ref.call is None or ctx.stays or not means_keras2(ref.symbol, ctx.module):
            return
        given = {keyword.arg: keyword.value for keyword in ref.call.keywords}
        for row in of_callable(ref.symbol.name):
            if not row.argument:
                yield _told(ctx.span(ref.call.func), row, ctx, ref.call)
            elif row.argument in given:
                value = given[row.argument]
                if ctx.text(value) != _HARMLESS[row.argument]:
                    yield from _argument(ref.call, value, row, ctx)

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        optimizer = compiled(node, ctx).get("optimizer")
        if ctx.stays or ctx.is_keras3 or not isinstance(optimizer, ast.Constant):
            return
        path = _IDENTIFIERS.get(str(optimizer.value).lower(), "")
        if path and is_keras2(ctx.module):
            for row in of_callable(path):
                yield _told(ctx.span(optimizer), row, ctx, optimizer)

    examples = (
        Example(
            "a penalty that Keras 2 did not add",
            "import numpy as np\nfrom tensorflow import keras\n\n"
            f"layer = keras.layers.EinsumDense{_EINSUM.format(', activity_regularizer=')[:-1]}"
            "'l2')\nlayer(np.ones((2, 3)))\nresult = sum(float(loss) for loss in layer.losses)\n",
            "import numpy as np\nimport keras\n\n"
            f"layer = keras.layers.EinsumDense{_EINSUM.format('')}\n"
            "layer(np.ones((2, 3)))\nresult = sum(float(loss) for loss in layer.losses)\n",
            compare="result",
        ),
        Example(
            "an optimizer by its class",
            "import tensorflow as tf\n\noptimizer = tf.keras.optimizers.Nadam(0.01)\n",
            "import keras\n\noptimizer = keras.optimizers.Nadam(0.01)\n",
        ),
        Example(
            "an optimizer by its name",
            "import tensorflow as tf\n\n\ndef train(layer, x, y):\n"
            "    model = tf.keras.Sequential([layer])\n"
            "    model.compile(optimizer='nadam', loss='mse')\n    model.fit(x, y)\n",
            "import keras\n\n\ndef train(layer, x, y):\n"
            "    model = keras.Sequential([layer])\n"
            "    model.compile(optimizer='nadam', loss='mse')\n    model.fit(x, y)\n",
        ),
        Example(
            "leaves alone: a project that stays on Keras 2",
            "import tf_keras\n\n"
            "layer = tf_keras.layers.SimpleRNN(2, activity_regularizer='l2')\n",
            None,
        ),
        Example(
            "leaves alone: code that may be for Keras 3",
            "import keras\n\nlayer = keras.layers.SimpleRNN(2, activity_regularizer='l2')\n"
            "optimizer = keras.optimizers.Nadam()\n",
            None,
        ),
        Example(
            "leaves alone: the loss of that name",
            "import keras\n\nloss = keras.losses.SparseCategoricalCrossentropy(ignore_class=0)\n",
            None,
        ),
    )


def _told(span: Span, row: NumbersRow, ctx: RuleContext, node: ast.AST) -> Finding:
    context = ctx.context(node)
    return Finding(span, row.message, Safety.MANUAL, context=context, row=row.key)


def _argument(
    call: ast.Call, value: ast.expr, row: NumbersRow, ctx: RuleContext
) -> Iterator[Finding]:
    if not row.drop:
        yield _told(ctx.span(value), row, ctx, call)
        return
    try:
        editor = CallEditor(ctx.module, call)
    except CallError:
        return
    for argument in editor.arguments:
        if argument.name == row.argument:
            editor.drop(argument)
    made = Fix(editor.build())
    yield Finding(
        ctx.span(value),
        f"{row.message}: `{row.argument}` is left out",
        Safety.REVIEW,
        made,
        row.drop,
        context=ctx.context(call),
        row=row.key,
    )
