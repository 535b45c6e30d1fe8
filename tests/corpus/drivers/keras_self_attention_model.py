"""Builds a small model with the package, as its users do."""

from __future__ import annotations

import keras
from keras_self_attention import ScaledDotProductAttention, SeqSelfAttention, SeqWeightedAttention


def build() -> keras.Model:
    """All three layers of the package in one model; sequences of 6 steps of 8 numbers."""
    inputs = keras.Input((6, 8))
    x = SeqSelfAttention(units=4, attention_width=3, attention_activation="sigmoid")(inputs)
    x = SeqSelfAttention(attention_type="multiplicative", history_only=True)(x)
    x = ScaledDotProductAttention()(x)
    x = SeqWeightedAttention()(x)
    return keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(x))
