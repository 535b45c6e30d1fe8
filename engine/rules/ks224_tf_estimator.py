"""KS224: Estimators, which TensorFlow does not have any more."""

from __future__ import annotations

from kerashift.engine.rules.base import Example
from kerashift.engine.rules.families import Family


class TfEstimator(Family):
    code = "KS224"
    name = "tf-estimator"
    reference_url = "https://www.tensorflow.org/guide/migrate/migrating_estimator"
    needs_keras_here = False

    examples = (
        Example(
            "an estimator",
            "import tensorflow as tf\nimport keras\n\n"
            "estimator = tf.estimator.Estimator(keras.Model)\n",
            "import tensorflow as tf\nimport keras\n\n"
            "estimator = tf.estimator.Estimator(keras.Model)\n",
        ),
        Example(
            "its specification",
            "import tensorflow as tf\nimport keras\n\n\n"
            "def model_fn(features, labels, mode):\n"
            "    return tf.estimator.EstimatorSpec(mode)\n\n\nprint(keras)\n",
            "import tensorflow as tf\nimport keras\n\n\n"
            "def model_fn(features, labels, mode):\n"
            "    return tf.estimator.EstimatorSpec(mode)\n\n\nprint(keras)\n",
        ),
        Example(
            "an estimator of another library",
            "import keras\nfrom sklearn import base as tf\n\nprint(tf.estimator(), keras)\n",
            None,
        ),
        Example(
            "a project without Keras",
            "import tensorflow as tf\n\nestimator = tf.estimator.Estimator(print)\n",
            None,
        ),
    )
