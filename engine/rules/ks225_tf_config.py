"""KS225: Settings of TensorFlow that the other backends do not know."""

from __future__ import annotations

from kerashift.engine.rules.base import Example
from kerashift.engine.rules.families import Family


class TfConfig(Family):
    code = "KS225"
    name = "tf-config"
    reference_url = "https://keras.io/guides/migrating_to_keras_3/"

    examples = (
        Example(
            "functions that run eagerly",
            "import tensorflow as tf\nimport keras\n\n"
            "tf.config.run_functions_eagerly(True)\nprint(keras)\n",
            "import tensorflow as tf\nimport keras\n\n"
            "tf.config.run_functions_eagerly(True)\nprint(keras)\n",
        ),
        Example(
            "compilation",
            "import tensorflow as tf\nimport keras\n\n"
            "tf.config.optimizer.set_jit(True)\nprint(keras)\n",
            "import tensorflow as tf\nimport keras\n\n"
            "tf.config.optimizer.set_jit(True)\nprint(keras)\n",
        ),
        Example(
            "devices",
            "import tensorflow as tf\nimport keras\n\n"
            "for gpu in tf.config.list_physical_devices('GPU'):\n"
            "    tf.config.experimental.set_memory_growth(gpu, True)\nprint(keras)\n",
            None,
        ),
        Example(
            "a file without Keras",
            "import tensorflow as tf\n\ntf.config.run_functions_eagerly(True)\n",
            None,
        ),
    )
