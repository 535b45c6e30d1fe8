"""KS217: Files, strings or lookup tables of TensorFlow in model code."""

from __future__ import annotations

from kerashift.engine.rules.base import Example
from kerashift.engine.rules.families import Family


class TfFilesAndText(Family):
    code = "KS217"
    name = "tf-files-and-text"
    reference_url = "https://keras.io/guides/migrating_to_keras_3/"

    examples = (
        Example(
            "strings in a layer",
            "import tensorflow as tf\nimport keras\n\n\nclass A(keras.layers.Layer):\n"
            "    def call(self, x):\n        return tf.strings.to_number(x)\n",
            "import tensorflow as tf\nimport keras\n\n\nclass A(keras.layers.Layer):\n"
            "    def call(self, x):\n        return tf.strings.to_number(x)\n",
        ),
        Example(
            "a table in a loss",
            "import tensorflow as tf\nimport keras\n\n\n"
            "table = tf.lookup.StaticHashTable(None, 0)\n\n\n"
            "def loss(y_true, y_pred):\n"
            "    return tf.io.decode_raw(y_pred, tf.uint8)\n",
            "import tensorflow as tf\nimport keras\n\n\n"
            "table = tf.lookup.StaticHashTable(None, 0)\n\n\n"
            "def loss(y_true, y_pred):\n"
            "    return tf.io.decode_raw(y_pred, tf.uint8)\n",
        ),
        Example(
            "in a pipeline",
            "import tensorflow as tf\n\n"
            "d = tf.data.Dataset.from_tensors(['1']).map(lambda x: tf.strings.to_number(x))\n"
            "d = d.map(lambda x: tf.io.read_file(x))\n",
            None,
        ),
        Example(
            "in a script",
            "import tensorflow as tf\nimport keras\n\n"
            "print(tf.io.gfile.exists('x'), tf.strings.join(['a', 'b']), keras)\n",
            None,
        ),
        Example(
            "another module of that name",
            "import keras\nimport io as tf\n\n\nclass A(keras.layers.Layer):\n"
            "    def call(self, x):\n        return tf.io(x)\n",
            None,
        ),
    )
