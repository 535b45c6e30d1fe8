"""KS218: Ragged or sparse tensors that reach the model."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.model import Safety
from kerashift.engine.rules.base import Example, Finding, RuleContext
from kerashift.engine.rules.families import Family

_INPUTS = frozenset({"keras.Input", "keras.layers.Input", "keras.layers.InputLayer"})
_SAID = {
    "ragged": "ragged input works on TensorFlow only; pad it",
    "sparse": "PyTorch takes no sparse input; use dense tensors there",
}


class TfRaggedSparse(Family):
    code = "KS218"
    name = "tf-ragged-sparse"
    reference_url = "https://keras.io/guides/migrating_to_keras_3/"

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.stays or not ctx.uses_keras:
            return
        text = _ragged_batch(node, ctx) or _input(node, ctx)
        if text:
            yield Finding(ctx.span(node), text, Safety.MANUAL, context=ctx.context(node))

    examples = (
        Example(
            "ragged tensors in a layer",
            "import tensorflow as tf\nimport keras\n\n\nclass A(keras.layers.Layer):\n"
            "    def call(self, x):\n        return tf.RaggedTensor.from_tensor(x)\n",
            "import tensorflow as tf\nimport keras\n\n\nclass A(keras.layers.Layer):\n"
            "    def call(self, x):\n        return tf.RaggedTensor.from_tensor(x)\n",
        ),
        Example(
            "sparse tensors in a layer",
            "import tensorflow as tf\nimport keras\n\n\nclass A(keras.layers.Layer):\n"
            "    def call(self, x):\n        return tf.sparse.to_dense(x)\n",
            "import tensorflow as tf\nimport keras\n\n\nclass A(keras.layers.Layer):\n"
            "    def call(self, x):\n        return tf.sparse.to_dense(x)\n",
        ),
        Example(
            "a ragged batch",
            "import tensorflow as tf\nimport keras\n\n"
            "d = tf.data.Dataset.range(3).ragged_batch(2)\nprint(keras)\n",
            "import tensorflow as tf\nimport keras\n\n"
            "d = tf.data.Dataset.range(3).ragged_batch(2)\nprint(keras)\n",
        ),
        Example(
            "a sparse input",
            "import keras\n\nx = keras.Input((3,), sparse=True)\n",
            "import keras\n\nx = keras.Input((3,), sparse=True)\n",
        ),
        Example(
            "inside of a pipeline",
            "import tensorflow as tf\nimport keras\n\n"
            "d = tf.data.Dataset.range(3).map(lambda x: tf.ragged.range(x).to_tensor())\n"
            "print(keras)\n",
            None,
        ),
        Example(
            "a question",
            "import tensorflow as tf\nimport keras\n\n\nclass A(keras.layers.Layer):\n"
            "    def call(self, x):\n"
            "        return x if isinstance(x, tf.RaggedTensor) else x\n",
            None,
        ),
        Example(
            "a padded batch",
            "import tensorflow as tf\nimport keras\n\n"
            "d = tf.data.Dataset.range(3).padded_batch(2)\n"
            "x = keras.Input((3,), sparse=False)\n",
            None,
        ),
    )


def _ragged_batch(node: ast.Call, ctx: RuleContext) -> str:
    func = node.func
    if not isinstance(func, ast.Attribute) or func.attr != "ragged_batch":
        return ""
    if ctx.kind(func.value) is not Kind.DATASET:
        return ""
    return "`ragged_batch`: PyTorch takes no ragged batches, JAX pads them; use `padded_batch`."


def _input(node: ast.Call, ctx: RuleContext) -> str:
    symbol = ctx.module.symbol(node.func, ctx.module.tree.scopes.get(node))
    if symbol is None or symbol.name not in _INPUTS:
        return ""
    for keyword in node.keywords:
        value = keyword.value
        if keyword.arg in _SAID and isinstance(value, ast.Constant) and value.value is True:
            return f"`{keyword.arg}=True`: {_SAID[keyword.arg]}."
    return ""
