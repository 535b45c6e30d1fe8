"""`where` around a root has other gradients on JAX and PyTorch: such a rewrite is for review."""

from __future__ import annotations

import pytest

from kerashift.engine.model import Safety
from tests.engine.projects import issues

HEAD = "import tensorflow as tf\n\n\ndef loss(y_true, y_pred):\n"


def safety_of_where(body: str) -> Safety:
    found = issues(HEAD + body, "KS201")
    return next(i.safety for i in found if i.message.startswith("`tf.where`"))


@pytest.mark.parametrize(
    "body",
    [
        "    return tf.where(y_pred > 0, tf.sqrt(y_pred), 0.0)\n",
        "    return tf.where(y_pred > 0, 0.0, 2.0 * tf.math.rsqrt(y_pred + 1.0))\n",
        "    root = tf.sqrt(y_pred)\n    return tf.where(y_pred > 0, root, 0.0)\n",
        "    root = tf.sqrt(y_pred)\n    more = root + 1.0\n"
        "    return tf.where(y_pred > 0, more, 0.0)\n",
        "    return tf.where(y_pred > 0, tf.norm(y_pred, axis=-1), 0.0)\n",
    ],
)
def test_a_root_in_a_branch_asks_for_a_look(body: str) -> None:
    assert safety_of_where(body) is Safety.REVIEW


@pytest.mark.parametrize(
    "body",
    [
        "    return tf.where(y_pred > 0, tf.math.log(y_pred), 0.0)\n",
        "    return tf.where(tf.sqrt(y_true) > 0, y_pred, 0.0)\n",
        "    y_pred = y_pred + 1.0\n    return tf.where(y_pred > 0, y_pred, 0.0)\n",
    ],
)
def test_other_branches_are_safe(body: str) -> None:
    assert safety_of_where(body) is Safety.SAFE
