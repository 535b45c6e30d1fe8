"""The initial value of a variable is rewritten with the variable, once."""

from __future__ import annotations

import pytest

from tests.rewriting import rewritten

LAYER = """import tensorflow as tf
from tensorflow import keras


class L(keras.layers.Layer):
    def __init__(self, n):
        super().__init__()
        self.w = tf.Variable({})
"""


@pytest.mark.parametrize(
    "value",
    [
        "tf.zeros([3])",
        "initial_value=tf.ones(shape=[n], dtype=tf.int32), trainable=False",
        "tf.fill([n], 2.0)",
        "tf.random.normal([n, 2])",
        "tf.zeros([n]) + 1.0",
        "tf.cast(tf.zeros([n]), tf.float32)",
    ],
)
def test_no_two_fixes_are_in_each_others_way(value: str) -> None:
    result = rewritten(LAYER.format(value))
    assert not result.conflicts
    assert "tf." not in result.text
