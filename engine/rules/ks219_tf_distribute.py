"""KS219: Distribution strategy of TensorFlow."""

from __future__ import annotations

from kerashift.engine.rules.base import Example
from kerashift.engine.rules.families import Family


class TfDistribute(Family):
    code = "KS219"
    name = "tf-distribute"
    reference_url = "https://keras.io/guides/distribution/"

    examples = (
        Example(
            "a strategy",
            "import tensorflow as tf\nimport keras\n\n"
            "strategy = tf.distribute.MirroredStrategy()\nwith strategy.scope():\n"
            "    model = keras.Sequential()\n",
            "import tensorflow as tf\nimport keras\n\n"
            "strategy = tf.distribute.MirroredStrategy()\nwith strategy.scope():\n"
            "    model = keras.Sequential()\n",
        ),
        Example(
            "a strategy for TPUs",
            "import tensorflow as tf\nimport keras\n\n"
            "strategy = tf.distribute.TPUStrategy(None)\nprint(keras)\n",
            "import tensorflow as tf\nimport keras\n\n"
            "strategy = tf.distribute.TPUStrategy(None)\nprint(keras)\n",
        ),
        Example(
            "in a layer",
            "import tensorflow as tf\nimport keras\n\n\nclass A(keras.layers.Layer):\n"
            "    def call(self, x):\n"
            "        return tf.distribute.get_replica_context().all_reduce('SUM', x)\n",
            "import tensorflow as tf\nimport keras\n\n\nclass A(keras.layers.Layer):\n"
            "    def call(self, x):\n"
            "        return tf.distribute.get_replica_context().all_reduce('SUM', x)\n",
        ),
        Example(
            "the default strategy",
            "import tensorflow as tf\nimport keras\n\n"
            "print(tf.distribute.get_strategy().num_replicas_in_sync, keras)\n",
            None,
        ),
        Example(
            "a file without Keras",
            "import tensorflow as tf\n\nstrategy = tf.distribute.MirroredStrategy()\n",
            None,
        ),
    )
