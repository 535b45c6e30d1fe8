"""What `keras.ops` does not take from a variable is given a tensor, or asked about."""

from __future__ import annotations

import pytest

from kerashift.engine.model import Safety
from tests.rewriting import rewritten

LAYER = """import tensorflow as tf
from tensorflow import keras


class L(keras.layers.Layer):
    def call(self, x):
        {}
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return tf.zeros_like(self.w)", "ops.zeros_like(ops.convert_to_tensor(self.w))"),
        ("return tf.ones_like(input=self.w)", "ops.ones_like(x=ops.convert_to_tensor(self.w))"),
        ("return [tf.zeros_like(v) for v in self.ws]", "ops.zeros_like(ops.convert_to_tensor(v))"),
        ("return tf.zeros_like(x)", "ops.zeros_like(x)"),
    ],
)
def test_what_may_be_a_variable_becomes_a_tensor_first(old: str, new: str) -> None:
    assert new in rewritten(LAYER.format(old)).text


@pytest.mark.parametrize(
    ("items", "safety"), [("self.a, self.b", Safety.REVIEW), ("x, self.b", Safety.SAFE)]
)
def test_a_stack_of_nothing_but_weights_is_asked_about(items: str, safety: Safety) -> None:
    issues = rewritten(LAYER.format(f"return tf.stack([{items}])")).of("KS201")
    assert [issue.safety for issue in issues] == [safety]
