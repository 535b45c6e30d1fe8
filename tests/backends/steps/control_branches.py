"""`if` in its forms, conditional expressions and operators on tensors, in layers and in the loss."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

CALLED = True


class Clipped(layers.Layer):
    """Branches of several lines, one of them only; a question of Python first."""

    def __init__(self, limit=1.0):
        super().__init__()
        self.limit = limit

    def call(self, x, mask=None, training=None):
        norm = tf.sqrt(tf.reduce_sum(tf.square(x)))
        # only what is too large
        if norm > self.limit:
            scale = self.limit / norm  # shrink
            x = x * scale
        if mask is not None and tf.reduce_any(mask):
            x = -x
        if training is not False and tf.reduce_min(x) < 0.0:
            x = x + 0.1 * tf.nn.relu(x)
        return x


class Chosen(layers.Layer):
    """One of three, and a conditional expression."""

    def call(self, x):
        mean = tf.reduce_mean(x)
        if mean > 0.5:
            y = tf.tanh(x)
        elif mean > -0.2:
            y = tf.sin(x) + x
        else:
            y = 2.0 * x
        return y if tf.reduce_max(y) > 0.3 and not tf.reduce_all(y > 5.0) else 3.0 * y


class Early(layers.Layer):
    """What follows an early return is the other branch."""

    def call(self, x):
        if tf.reduce_sum(x) < 0.0 or tf.reduce_max(x) > 10.0:
            return tf.nn.elu(x)
        y = tf.square(x)
        x = x + 0.25 * y
        return tf.nn.softplus(x)


def loss(y_true, y_pred):
    error = y_true - y_pred
    if tf.reduce_mean(error) > 0.0:
        return tf.reduce_mean(tf.square(error))
    return tf.reduce_mean(tf.abs(error))


def make(random):
    model = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(8),
            Clipped(2.0),
            Chosen(),
            layers.Dense(8),
            Early(),
            layers.Dense(1),
        ]
    )
    model.compile(keras.optimizers.SGD(0.05), loss)
    x = random.normal(size=(16, 6)).astype("float32")
    return model, [model], (x, random.normal(size=(16, 1)).astype("float32"))
