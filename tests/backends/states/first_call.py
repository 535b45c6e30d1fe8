"""Weights and layers made at the first call, under the tests that people write for it."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class Attend(layers.Layer):
    def __init__(self, units=3, **kwargs):
        super(Attend, self).__init__(**kwargs)
        self.units = units
        self.w = None
        self.made = False

    def call(self, inputs):
        a, b = inputs
        if self.w is None:
            self.w = self.add_weight(
                name="w", shape=(a.shape[-1], self.units), initializer="glorot_uniform"
            )
        size = tf.shape(b)[-1]
        if not hasattr(self, "v"):
            self.v = tf.Variable(tf.ones([size, self.units]), trainable=True, name="v")
        if not self.made:
            self.mix = layers.Dense(self.units, activation="tanh")
            self.made = True
        return self.mix(tf.matmul(a, self.w) * tf.matmul(b, self.v))


class Net(keras.Model):
    def __init__(self, **kwargs):
        super(Net, self).__init__(**kwargs)
        self.attend = Attend()
        self.head = None

    def call(self, x, training=None):
        x = tf.keras.layers.Dropout(1e-9)(x, training=training)
        x = self.attend([x, tf.square(x)])
        if self.head is None:
            self.head = layers.Dense(2)
        return self.head(x)


def make(random):
    model = Net()
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
    x = random.normal(size=(4, 5)).astype("float32")
    return model, x, random.normal(size=(4, 2)).astype("float32")
