"""Loops over ranges, over the batch and over rows, a TensorArray, and a `while` before the weights."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

CALLED = True


class Refined(layers.Layer):
    """A loop with a number of turns that is set when the layer is made."""

    def __init__(self, turns):
        super().__init__()
        self.turns = turns

    def build(self, shape):
        self.w = self.add_weight(name="w", shape=(shape[-1], shape[-1]))

    def call(self, x):
        for i in tf.range(self.turns):
            x = x + tf.tanh(tf.matmul(x, self.w)) / (1.0 + tf.cast(i, tf.float32))
            if i == 1:
                x = 0.5 * x
        return x


class Centered(layers.Layer):
    """The rows of the batch, one after the other, by their number and as they are."""

    def call(self, x):
        total = tf.zeros_like(x[0])
        largest = tf.reduce_max(x[0])
        for row in x:
            total = 0.9 * total + row  # a moving sum
        for i in tf.range(tf.shape(x)[0]):
            largest = tf.maximum(largest, tf.reduce_max(x[i]))
        return (x - 0.1 * total) / (1.0 + tf.abs(largest))


class Recurrent(layers.Layer):
    """A state for each column, collected."""

    def build(self, shape):
        self.decay = self.add_weight(name="decay", shape=(1,), initializer="ones")

    def call(self, x):
        states = tf.TensorArray(tf.float32, size=x.shape[1])
        state = tf.zeros_like(x[:, 0])
        for t in tf.range(x.shape[1]):
            state = tf.sigmoid(self.decay) * state + x[:, t]
            states = states.write(t, state)
        return tf.transpose(states.stack())


class Doubled(layers.Layer):
    """As long as a tensor says; JAX takes no gradient through it, and its inputs need none."""

    def call(self, x):
        turns = 0
        while tf.reduce_sum(tf.abs(x)) < 200.0:
            x = 1.5 * x
            turns += 1
        return x / tf.cast(turns + 1, tf.float32)


def make(random):
    model = keras.Sequential(
        [
            keras.Input((6,)),
            Doubled(),
            layers.Dense(5),
            Refined(3),
            Centered(),
            Recurrent(),
            layers.Dense(1),
        ]
    )
    model.compile(keras.optimizers.SGD(0.05), "mse")
    x = random.normal(size=(8, 6)).astype("float32")
    return model, [model], (x, random.normal(size=(8, 1)).astype("float32"))
