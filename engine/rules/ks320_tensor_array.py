"""KS320: tf.TensorArray in a model."""

from __future__ import annotations

from collections.abc import Iterable

from kerashift.engine.analysis.module import Reference
from kerashift.engine.model import Context, ImportNeed, Safety, Target
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix
from kerashift.engine.rules.control.arrays import Array
from kerashift.engine.rules.control.places import NotUnderstood

_CAUTION = "As many tensors are stacked as the loop has turns: `size` counts no more."
_OLD = "import numpy as np\nimport tensorflow as tf\nfrom tensorflow import keras\n\n\n"
_NEW = "import numpy as np\nfrom keras import ops\nimport keras\n\n\n"
_LAYER = "class L(keras.layers.Layer):\n    def call(self, x):\n"
_CALL = "\n\nresult = L()(np.arange(12.0).reshape((2, 3, 2)).astype('float32'))\n"
_RUN = (
    "\n\ninputs = keras.Input((3, 2))\nmodel = keras.Model(inputs, L()(inputs))\n"
    "result = model.predict(np.arange(12.0).reshape((2, 3, 2)).astype('float32'), verbose=0)\n"
)


class TensorArray(Rule):
    code = "KS320"
    name = "tensor-array"
    target = Target.MULTI_BACKEND
    reference_url = "https://keras.io/api/ops/numpy/#stack-function"

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.stays or ref.symbol.name != "tf.TensorArray" or ref.call is None:
            return
        if ctx.context(ref.call) is not Context.MODEL:
            return
        span = ctx.span(ref.node)
        message = "`tf.TensorArray` exists on TensorFlow only: a list is stacked on every backend"
        needs: set[ImportNeed] = set()
        try:
            edits = list(Array(ctx, ref.call, needs).edits())
        except NotUnderstood as reason:
            text = f"{message}. Not rewritten: {reason}."
            yield Finding(span, text, Safety.MANUAL, context=Context.MODEL)
            return
        change = fix(*edits, needs=sorted(needs))
        yield Finding(span, message, Safety.REVIEW, change, _CAUTION, context=Context.MODEL)

    examples = (
        Example(
            "a state at each step",
            _OLD + _LAYER + "        states = tf.TensorArray(tf.float32, size=3)\n"
            "        state = tf.zeros_like(x[:, 0])\n        for t in tf.range(3):\n"
            "            state = 0.5 * state + x[:, t]\n"
            "            # kept\n            states = states.write(t, state)  # each\n"
            "        return tf.transpose(states.stack(), [1, 0, 2])\n" + _RUN,
            _NEW + _LAYER + "        states = []\n        state = ops.zeros_like(x[:, 0])\n"
            "        for t in range(3):\n            state = 0.5 * state + x[:, t]\n"
            "            # kept\n            states.append(state)  # each\n"
            "        return ops.transpose(ops.stack(states), [1, 0, 2])\n" + _RUN,
            compare="result",
        ),
        Example(
            "a loop of Python, and what was written is read",
            _OLD + _LAYER + "        parts = tf.TensorArray(tf.float32, 0, dynamic_size=True)\n"
            "        for t in range(x.shape[1]):\n"
            "            parts = parts.write(index=t, value=(x[:, t] * 2.0))\n"
            "        return parts.concat() * parts.read(0)[0] + tf.cast(parts.size(), tf.float32)\n"
            + _CALL,
            _NEW + _LAYER + "        parts = []\n        for t in range(x.shape[1]):\n"
            "            parts.append((x[:, t] * 2.0))\n"
            "        return ops.concatenate(parts, axis=0) * parts[0][0] + "
            'ops.cast(len(parts), "float32")\n' + _CALL,
            compare="result",
        ),
        Example(
            "as many turns as the batch has samples",
            "import tensorflow as tf\nimport keras\n\n\n"
            + _LAYER
            + "        rows = tf.TensorArray(tf.float32, size=0, dynamic_size=True)\n"
            "        for i in tf.range(keras.ops.shape(x)[0]):\n"
            "            rows = rows.write(i, 2.0 * x[i])\n        return rows.stack()\n",
            "import tensorflow as tf\nimport keras\n\n\n"
            + _LAYER
            + "        rows = tf.TensorArray(tf.float32, size=0, dynamic_size=True)\n"
            "        for i in tf.range(keras.ops.shape(x)[0]):\n"
            "            rows = rows.write(i, 2.0 * x[i])\n        return rows.stack()\n",
        ),
        Example(
            "written at other places",
            "import tensorflow as tf\nimport keras\n\n\n"
            + _LAYER
            + "        rows = tf.TensorArray(tf.float32, size=3)\n        for i in range(3):\n"
            "            rows = rows.write(2 - i, x[:, i])\n        return rows.stack()\n",
            "import tensorflow as tf\nimport keras\n\n\n"
            + _LAYER
            + "        rows = tf.TensorArray(tf.float32, size=3)\n        for i in range(3):\n"
            "            rows = rows.write(2 - i, x[:, i])\n        return rows.stack()\n",
        ),
        Example(
            "in a pipeline",
            "import tensorflow as tf\nimport keras\n\n\ndef rows(x):\n"
            "    a = tf.TensorArray(tf.float32, size=1)\n    return a.write(0, x).stack()\n\n\n"
            "data = tf.data.Dataset.from_tensor_slices([1.0]).map(rows)\n",
            None,
        ),
        Example(
            "outside of a model",
            "import tensorflow as tf\nimport keras\n\na = tf.TensorArray(tf.float32, size=1)\n",
            None,
        ),
    )
