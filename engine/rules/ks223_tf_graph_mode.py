"""KS223: Sessions and graphs of TensorFlow 1."""

from __future__ import annotations

from kerashift.engine.rules.base import Example
from kerashift.engine.rules.families import Family


class TfGraphMode(Family):
    code = "KS223"
    name = "tf-graph-mode"
    reference_url = "https://keras.io/guides/migrating_to_keras_3/"

    examples = (
        Example(
            "a session",
            "import tensorflow as tf\nimport keras\n\n"
            "with tf.compat.v1.Session() as session:\n"
            "    session.run(keras.Model().output)\n",
            "import tensorflow as tf\nimport keras\n\n"
            "with tf.compat.v1.Session() as session:\n"
            "    session.run(keras.Model().output)\n",
        ),
        Example(
            "without eager execution",
            "import tensorflow as tf\nimport keras\n\n"
            "tf.compat.v1.disable_eager_execution()\nprint(keras)\n",
            "import tensorflow as tf\nimport keras\n\n"
            "tf.compat.v1.disable_eager_execution()\nprint(keras)\n",
        ),
        Example(
            "a placeholder as TensorFlow 1 spelled it",
            "import tensorflow as tf\nimport keras\n\nx = tf.placeholder('float32')\n"
            "print(keras)\n",
            "import tensorflow as tf\nimport keras\n\nx = tf.placeholder('float32')\n"
            "print(keras)\n",
        ),
        Example(
            "a file without Keras",
            "import tensorflow as tf\n\nsession = tf.compat.v1.Session()\n",
            None,
        ),
        Example(
            "options",
            "import tensorflow as tf\nimport keras\n\n"
            "config = tf.compat.v1.ConfigProto()\nprint(keras, tf.Graph)\n",
            None,
        ),
        Example(
            "a session of another library",
            "import keras\nimport requests\n\nsession = requests.Session()\nprint(keras)\n",
            None,
        ),
    )
