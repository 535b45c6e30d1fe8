"""KS220: Summaries of TensorFlow in model code."""

from __future__ import annotations

from kerashift.engine.rules.base import Example
from kerashift.engine.rules.families import Family


class TfSummary(Family):
    code = "KS220"
    name = "tf-summary"
    reference_url = "https://keras.io/guides/migrating_to_keras_3/"

    examples = (
        Example(
            "in a layer",
            "import tensorflow as tf\nimport keras\n\n\nclass A(keras.layers.Layer):\n"
            "    def call(self, x):\n        tf.summary.histogram('x', x, step=0)\n"
            "        return x\n",
            "import tensorflow as tf\nimport keras\n\n\nclass A(keras.layers.Layer):\n"
            "    def call(self, x):\n        tf.summary.histogram('x', x, step=0)\n"
            "        return x\n",
        ),
        Example(
            "in a loss",
            "import tensorflow as tf\nimport keras\n\n\ndef loss(y_true, y_pred):\n"
            "    tf.summary.scalar('y', y_pred[0], step=0)\n    return y_pred\n",
            "import tensorflow as tf\nimport keras\n\n\ndef loss(y_true, y_pred):\n"
            "    tf.summary.scalar('y', y_pred[0], step=0)\n    return y_pred\n",
        ),
        Example(
            "in a callback",
            "import tensorflow as tf\nimport keras\n\n\n"
            "class Log(keras.callbacks.Callback):\n"
            "    def on_epoch_end(self, epoch, logs=None):\n"
            "        tf.summary.scalar('loss', logs['loss'], step=epoch)\n",
            None,
        ),
        Example(
            "in a script",
            "import tensorflow as tf\nimport keras\n\n"
            "writer = tf.summary.create_file_writer('logs')\nprint(keras)\n",
            None,
        ),
    )
