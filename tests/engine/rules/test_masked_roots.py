"""A root times a mask has another gradient on JAX and PyTorch, and is asked about."""

from __future__ import annotations

import pytest

from kerashift.engine.model import Safety
from tests.rewriting import rewritten

LOSS = """import tensorflow as tf
import keras


def loss(y_true, y_pred, mask, scale):
    {}
"""


@pytest.mark.parametrize(
    "body",
    [
        "return mask * tf.sqrt(y_pred)",
        "return tf.math.rsqrt(y_pred) * tf.cast(y_true > 0, 'float32')",
        "return tf.multiply(tf.sqrt(y_pred), tf.cast(tf.not_equal(y_true, 0), 'float32'))",
        "root = tf.sqrt(y_pred)\n    return root * mask",
    ],
)
def test_a_root_times_a_mask_is_asked_about(body: str) -> None:
    issues = rewritten(LOSS.format(body)).of("KS201")
    assert "NaN" in " ".join(i.caution for i in issues if i.safety is Safety.REVIEW)


@pytest.mark.parametrize(
    "body",
    ["return scale * tf.sqrt(y_pred)", "return mask + tf.sqrt(y_pred)", "return tf.sqrt(y_pred)"],
)
def test_other_roots_are_safe(body: str) -> None:
    issues = rewritten(LOSS.format(body)).of("KS201")
    assert issues
    assert all(issue.safety is Safety.SAFE for issue in issues)
