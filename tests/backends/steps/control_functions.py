"""Control flow by functions of TensorFlow and of the Keras backend."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import backend as K
from tensorflow.keras import layers

CALLED = True


class Branches(layers.Layer):
    def call(self, x):
        total = tf.reduce_sum(x)
        x = tf.cond(
            total > 0.0,  # as it comes
            lambda: x,
            lambda: tf.square(x),
        )
        x = tf.case(
            [(total > 50.0, lambda: x), (total > -50.0, lambda: tf.sin(x))],
            default=lambda: tf.tanh(x),
        )
        index = tf.cast(tf.reduce_max(x) > 0.2, tf.int32)
        x = tf.switch_case(index, [lambda: x, lambda: x * 1.5], default=lambda: -x)
        return K.switch(tf.reduce_min(x) < 0.0, lambda: x, lambda: 2.0 * x)


class Loops(layers.Layer):
    def call(self, x):
        rows = tf.map_fn(lambda row: row * tf.reduce_max(row), x)
        rows = tf.vectorized_map(lambda row: row + tf.reduce_mean(row), rows)
        sums = tf.scan(lambda a, row: 0.5 * a + row, rows, initializer=tf.zeros_like(x[0]))
        last = tf.foldl(lambda a, row: 0.5 * a + row, rows)
        first = K.foldr(lambda a, row: 0.5 * a - row, rows, initializer=tf.zeros_like(x[0]))
        return tf.tanh(rows + 0.1 * (sums + last + first))


class Searched(layers.Layer):
    def call(self, x):
        _, scale = tf.while_loop(
            lambda n, s: tf.logical_and(n < 20, tf.reduce_max(tf.abs(x)) * s > 1.0),
            lambda n, s: (n + 1, 0.8 * s),  # smaller and smaller
            (0, 1.0),
        )
        return x * scale


def make(random):
    inputs = keras.Input((6,))
    hidden = layers.Dense(6)(Searched()(inputs))
    outputs = layers.Dense(1)(Loops()(Branches()(hidden)))
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.SGD(0.05), "mse")
    x = random.normal(size=(8, 6)).astype("float32")
    return model, [model], (x, random.normal(size=(8, 1)).astype("float32"))
