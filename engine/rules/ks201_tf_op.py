"""KS201: TensorFlow function with a keras.ops counterpart."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.module import Reference
from kerashift.engine.model import Target
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.control.places import is_turns_of_loop
from kerashift.engine.rules.opfinding import HOST_CAUTION, op_finding
from kerashift.engine.rules.variableplaces import becomes_weight
from kerashift.engine.tables.oprows import OpRow, find

TABLE = "ops.toml"


class TfOp(Rule):
    code = "KS201"
    name = "tf-op"
    target = Target.MULTI_BACKEND
    reference_url = "https://keras.io/guides/migrating_to_keras_3/#switching-to-keras-ops"

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        if not ref.symbol.is_tf or ctx.is_keras3:
            return ()
        row = find(TABLE, ref.symbol.name)
        if row is None or (ref.call is not None and _is_anothers(ctx, row, ref.call)):
            return ()
        return op_finding(ref, ctx, row, self.target, HOST_CAUTION)

    examples = (
        Example(
            "reduction with its keyword arguments",
            "import numpy as np\nimport tensorflow as tf\n\n\ndef loss(y_true, y_pred):\n"
            "    return tf.reduce_mean(tf.square(y_true - y_pred), axis=-1, keepdims=True)\n\n\n"
            "result = loss(2.0, np.ones((3, 2), 'float32'))\n",
            "import numpy as np\nfrom keras import ops\n\n\ndef loss(y_true, y_pred):\n"
            "    return ops.mean(ops.square(y_true - y_pred), axis=-1, keepdims=True)\n\n\n"
            "result = loss(2.0, np.ones((3, 2), 'float32'))\n",
            compare="result",
        ),
        Example(
            "gather takes rows",
            "import tensorflow as tf\n\n\ndef pick(y_true, y_pred):\n"
            "    return tf.gather(y_pred, y_true)\n\n\n"
            "result = pick([1, 0], [[1.0, 2.0], [3.0, 4.0]])\n",
            "from keras import ops\n\n\ndef pick(y_true, y_pred):\n"
            "    return ops.take(y_pred, ops.cast(y_true, \"int32\"), axis=0)\n\n\n"
            "result = pick([1, 0], [[1.0, 2.0], [3.0, 4.0]])\n",
            compare="result",
        ),
        Example(
            "name= is dropped, keywords are renamed",
            "import numpy as np\nimport tensorflow as tf\n\n\ndef join(y_true, y_pred):\n"
            "    return tf.concat(values=[y_true, y_pred], axis=0, name='join')\n\n\n"
            "result = join(np.zeros(2), np.ones(3))\n",
            "import numpy as np\nfrom keras import ops\n\n\ndef join(y_true, y_pred):\n"
            "    return ops.concatenate(xs=[y_true, y_pred], axis=0)\n\n\n"
            "result = join(np.zeros(2), np.ones(3))\n",
            compare="result",
        ),
        Example(
            "transposed matrix product",
            "import numpy as np\nimport tensorflow as tf\n\n\ndef score(y_true, y_pred):\n"
            "    return tf.matmul(y_true, y_pred, transpose_b=True)\n\n\n"
            "result = score(np.ones((1, 2)), np.ones((3, 2)))\n",
            "import numpy as np\nfrom keras import ops\n\n\ndef score(y_true, y_pred):\n"
            "    return ops.matmul(y_true, ops.swapaxes(y_pred, -1, -2))\n\n\n"
            "result = score(np.ones((1, 2)), np.ones((3, 2)))\n",
            compare="result",
        ),
        Example(
            "pieces by size",
            "import numpy as np\nimport tensorflow as tf\n\n\ndef cut(y_true, y_pred):\n"
            "    return tf.split(y_pred, [1, 3], axis=1)[1]\n\n\n"
            "result = cut(None, np.ones((2, 4)))\n",
            "import numpy as np\nfrom keras import ops\n\n\ndef cut(y_true, y_pred):\n"
            "    return ops.split(y_pred, [1], axis=1)[1]\n\n\n"
            "result = cut(None, np.ones((2, 4)))\n",
            compare="result",
        ),
        Example(
            "a pipeline stays TensorFlow",
            "import tensorflow as tf\n\n\ndef scale(image, label):\n"
            "    return tf.cast(image, tf.float32) / 255.0, label\n\n\n"
            "data = tf.data.Dataset.from_tensor_slices(([1], [2])).map(scale)\n",
            None,
        ),
        Example(
            "a library for Keras 3 with TensorFlow as an option",
            "try:\n    import tensorflow as tf\nexcept ImportError:\n    tf = None\n"
            "from keras import ops\n\n\ndef f(y_true, y_pred):\n"
            "    return ops.sum(y_true) if tf is None else tf.reduce_sum(y_pred)\n",
            None,
        ),
        Example(
            "an activation",
            "import tensorflow as tf\nfrom tensorflow import keras\n\n"
            "layer = keras.layers.Dense(2, activation=tf.nn.gelu, kernel_initializer='ones')\n"
            "result = layer(tf.constant([[-0.5, 1.5], [0.25, 0.5]]))\n",
            "from keras import ops\nimport keras\n\n"
            "layer = keras.layers.Dense(2, activation=keras.activations.gelu, "
            "kernel_initializer='ones')\n"
            "result = layer(ops.convert_to_tensor([[-0.5, 1.5], [0.25, 0.5]]))\n",
            compare="result",
        ),
        Example(
            "a function with other defaults that is handed on",
            "import keras\nimport tensorflow as tf\n\nacts = [tf.nn.gelu, keras.layers.ReLU()]\n",
            "import keras\nimport tensorflow as tf\n\nacts = [tf.nn.gelu, keras.layers.ReLU()]\n",
        ),
        Example(
            "unpacked arguments are reported, not guessed",
            "import tensorflow as tf\n\n\ndef f(y_true, y_pred, **options):\n"
            "    return tf.reduce_sum(y_pred, **options)\n",
            "import tensorflow as tf\n\n\ndef f(y_true, y_pred, **options):\n"
            "    return tf.reduce_sum(y_pred, **options)\n",
        ),
    )


def _is_anothers(ctx: RuleContext, row: OpRow, call: ast.Call) -> bool:
    """Whether another rule writes the call anew: one that makes a weight, or a loop's range."""
    is_turns = row.name == "tf.range" and is_turns_of_loop(ctx, call)
    return is_turns or becomes_weight(ctx, call)
