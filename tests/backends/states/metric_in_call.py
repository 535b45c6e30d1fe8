"""Metrics of values that only `call` knows: by name, and by a metric object."""

import tensorflow as tf
from tensorflow import keras


class Codes(keras.layers.Layer):
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.dense = keras.layers.Dense(units)
        self.largest = keras.metrics.Mean(name="largest")

    def call(self, x):
        y = self.dense(x)
        self.add_loss(0.1 * tf.reduce_mean(tf.square(y)))
        self.add_metric(tf.reduce_mean(tf.abs(y)), aggregation="mean", name="size")
        self.add_metric(self.largest(tf.reduce_max(y)))
        return y


def make(random):
    x = keras.Input((3,))
    model = keras.Model(x, keras.layers.Dense(2)(Codes(4)(x)))
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
    x = random.normal(size=(4, 3)).astype("float32")
    return model, x, random.normal(size=(4, 2)).astype("float32")
