"""Builds a small model with the package, as its users do."""

from __future__ import annotations

import keras
from tcn import TCN


def build() -> keras.Model:
    """A network with skip connections and batch normalisation; sequences of 12 steps."""
    inputs = keras.Input((12, 2))
    x = TCN(nb_filters=4, dilations=(1, 2), return_sequences=True, use_batch_norm=True)(inputs)
    x = TCN(nb_filters=4, dilations=(1, 2), padding="same")(x)
    return keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(x))
