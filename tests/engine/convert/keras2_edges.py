"""Writes files that lack something, as Keras 2 does, and is the code that builds such models.

    python keras2_edges.py FOLDER
"""
from __future__ import annotations

import sys
from pathlib import Path

import tensorflow as tf
from tensorflow import keras


class Twice(keras.layers.Layer):
    """A layer of the project, which no file holds."""

    def build(self, input_shape):
        self.scale = self.add_weight(name="scale", shape=(input_shape[-1],), initializer="ones")

    def call(self, inputs):
        return tf.multiply(inputs, self.scale) * 2.0


class Small(keras.Model):
    """A model of its own class."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(2)

    def call(self, inputs):
        return self.dense(inputs)


def own_layer():
    x = keras.Input((4,))
    return keras.Model(x, Twice()(keras.layers.Dense(3)(x)))


def own_model():
    model = Small()
    model.build((None, 4))
    return model


def plain():
    return keras.Sequential([keras.layers.Dense(3, input_shape=(4,))])


def wider():
    return keras.Sequential([keras.layers.Dense(7, input_shape=(4,))])


def main():
    folder = Path(sys.argv[1])
    x = keras.Input((4,))
    y = keras.layers.Lambda(lambda t: t * 2, name="twice")(keras.layers.Dense(3)(x))
    keras.Model(x, y).save(folder / "lambda.h5")
    own_layer().save(folder / "own_layer.h5")
    own_model().save_weights(folder / "own_model", save_format="tf")
    ragged = keras.Input((None,), ragged=True, dtype="int32")
    keras.Model(ragged, keras.layers.Embedding(5, 2)(ragged)).save(folder / "ragged.h5")
    model = plain()
    model.compile("adam", "mse")
    model.fit(tf.ones((4, 4)), tf.ones((4, 3)), verbose=0)
    model.save(folder / "compiled.h5")
    model.save_weights(folder / "weights_only.h5")
    wider().save_weights(folder / "wider", save_format="tf")


if __name__ == "__main__":
    main()
