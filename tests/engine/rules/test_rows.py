"""A finding that came from a row of a table names the row."""

from __future__ import annotations

import pytest

from tests.rewriting import rewritten

LAYER = "import keras\nimport tensorflow as tf\n\n\nclass L(keras.Layer):\n    def call(self, x):\n"


@pytest.mark.parametrize(
    ("source", "code", "row"),
    [
        (LAYER + "        return tf.gather(x, 0)\n", "KS201", "tf.gather"),
        (LAYER + "        return tf.py_function(x)\n", "KS205", "tf.py_function"),
        (LAYER + "        return tf.io.decode_raw(x)\n", "KS217", "tf.io"),
        (
            "import tensorflow as tf\nimport keras\nkeras.Model(tf.placeholder(1))\n",
            "KS223",
            "tf.placeholder",
        ),
        (LAYER + "        return keras.backend.sum(x)\n", "KS203", "keras.backend.sum"),
        ("import keras\nkeras.losses.mse(1, 2)\n", "KS102", "keras.losses.mse"),
        ("from keras.layers.core import Dense\n", "KS102", "keras.layers.core"),
        ("import keras\nkeras.layers.ThresholdedReLU()\n", "KS103", "keras.layers.ThresholdedReLU"),
        ("import tensorflow_addons as tfa\ntfa.layers.CRF(1)\n", "KS106", "tfa.layers.CRF"),
        (
            "import keras\nkeras.layers.LSTM(4, time_major=False)\n",
            "KS404",
            "keras.layers.RNN.time_major",
        ),
        (
            "import keras\nkeras.layers.LSTM(4, time_major=True)\n",
            "KS404",
            "keras.layers.RNN.time_major",
        ),
        (
            "import keras\nkeras.layers.AveragePooling2D()\n",
            "KS404",
            "keras.layers.AveragePooling1D.pool_size",
        ),
        ("import keras\nkeras.Input((2,), 4, 'x')\n", "KS405", "keras.Input"),
        (
            "import keras\nkeras.Sequential().compile('sgd', 'mse', [])\n",
            "KS405",
            "keras.Model.compile",
        ),
    ],
)
def test_a_finding_names_its_row(source: str, code: str, row: str) -> None:
    assert {issue.row for issue in rewritten(source).of(code)} == {row}


def test_a_finding_of_a_rule_without_tables_names_none() -> None:
    issues = rewritten("from tensorflow import keras\n").of("KS101")
    assert [issue.row for issue in issues] == [""]
