"""State of layers: what becomes a weight, what stays, and what is only reported."""

from __future__ import annotations

import pytest

from kerashift.engine.model import Safety
from tests.engine.projects import analyse, fixed, issues
from tests.rewriting import rewritten

HEAD = (
    "import numpy as np\nimport tensorflow as tf\nfrom tensorflow import keras\n\n\n"
    "class L(keras.layers.Layer):\n    def __init__(self, start=0.5, table=None, **kwargs):\n"
)
BASE = "        super().__init__(**kwargs)\n"

WEIGHTS = {
    "a parameter with a number as default": "tf.Variable(start)",
    "a shape that is filled with ones": "tf.Variable(tf.ones((2, 3)), name='w')",
    "a shape that is filled with a number": "tf.Variable(tf.fill([2], 0.5))",
    "an initializer object": "tf.Variable(keras.initializers.HeNormal()((2, 3)))",
    "a minus sign": "tf.Variable(-1.0)",
    "an integer that is told to be a float": "tf.Variable(1, dtype=tf.float32)",
}
VARIABLES = {
    "an integer, whose dtype it keeps": "tf.Variable(0, trainable=False)",
    "an array": "tf.Variable(np.eye(3), trainable=False)",
    "a bool": "tf.Variable(True)",
    "an integer dtype": "tf.Variable(0.0, dtype='int64')",
}
REPORTED = {
    "a function": "tf.Variable(lambda: tf.zeros([2]))",
    "arguments that cannot be seen": "tf.Variable(**table)",
    "a shape of its own": "tf.Variable(1.0, shape=tf.TensorShape(None))",
}


@pytest.mark.parametrize("case", WEIGHTS)
def test_a_variable_whose_shape_is_seen_becomes_a_weight(case: str) -> None:
    text = fixed(HEAD + BASE + f"        self.w = {WEIGHTS[case]}\n")
    assert "self.w = self.add_weight(shape=" in text
    assert "initializer=" in text


@pytest.mark.parametrize("case", VARIABLES)
def test_other_values_become_a_variable_of_keras(case: str) -> None:
    text = fixed(HEAD + BASE + f"        self.w = {VARIABLES[case]}\n")
    assert "self.w = keras.Variable(" in text


@pytest.mark.parametrize("case", REPORTED)
def test_what_is_not_understood_is_reported_only(case: str) -> None:
    (issue,) = issues(HEAD + BASE + f"        self.w = {REPORTED[case]}\n", "KS301")
    assert issue.safety is Safety.MANUAL


def test_a_value_that_may_be_anything_is_for_review() -> None:
    (issue,) = issues(HEAD + BASE + "        self.w = tf.Variable(table)\n", "KS301")
    assert issue.safety is Safety.REVIEW
    assert issue.caution


def test_a_variable_before_the_base_is_called_is_reported() -> None:
    (issue,) = issues(HEAD + "        self.w = tf.Variable(1.0)\n" + BASE, "KS301")
    assert issue.safety is Safety.MANUAL
    assert "super().__init__()" in issue.message


def test_a_variable_that_is_changed_in_part_is_reported() -> None:
    body = (
        "        self.w = tf.Variable(tf.zeros([3]))\n\n"
        "    def call(self, x):\n        self.w.scatter_nd_add([[0]], [1.0])\n        return x\n"
    )
    (issue,) = issues(HEAD + BASE + body, "KS301")
    assert issue.safety is Safety.MANUAL
    assert "scatter_nd_add" in issue.message


def test_variables_in_a_list_are_kept_there() -> None:
    text = fixed(HEAD + BASE + "        self.ws = [tf.Variable(tf.zeros([n])) for n in (1, 2)]\n")
    assert '[self.add_weight(shape=[n], initializer="zeros") for n in (1, 2)]' in text


def test_a_method_that_only_build_calls_may_make_state() -> None:
    body = (
        "\n    def build(self, shape):\n        self.make(shape[-1])\n\n"
        "    def make(self, size):\n        self.w = tf.Variable(tf.zeros([size]))\n"
    )
    assert "self.add_weight(shape=[size]" in fixed(HEAD + BASE + body)


def test_a_layer_of_another_file_is_a_layer() -> None:
    found = analyse(
        {
            "base.py": "import keras\n\n\nclass Base(keras.layers.Layer):\n    pass\n",
            "own.py": (
                "import tensorflow as tf\nfrom base import Base\n\n\nclass L(Base):\n"
                "    def build(self, shape):\n        self.w = tf.Variable(1.0)\n"
            ),
        }
    )
    assert [(i.path, i.code) for i in found.issues if i.code == "KS301"] == [("own.py", "KS301")]


def test_two_calls_share_one_seed_generator() -> None:
    body = (
        "\n    def call(self, x):\n        a = tf.random.normal([3])\n"
        "        return x + a * tf.random.uniform([3])\n"
    )
    text = fixed(HEAD + BASE + body)
    assert text.count("keras.random.SeedGenerator()") == 1
    assert text.count("seed=self.seed_generator") == 2


def test_a_seed_goes_into_the_generator() -> None:
    body = "\n    def call(self, x):\n        return x + tf.random.normal([3], seed=7)\n"
    (issue,) = issues(HEAD + BASE + body, "KS303")
    assert issue.safety is Safety.REVIEW
    assert "keras.random.SeedGenerator(7)" in fixed(HEAD + BASE + body)


def test_layers_are_made_before_a_line_of_build_runs_the_call() -> None:
    text = (
        HEAD.replace("L(", "Own(")
        + BASE
        + (
            "        self.a = keras.layers.Dense(2)\n\n"
            "    def call(self, x):\n        if not hasattr(self, 'b'):\n"
            "            self.b = keras.layers.Dense(x.shape[-1])\n"
            "        return self.b(keras.layers.Dropout(0.5)(self.a(x)))\n\n"
            "    def compute_output_shape(self, shape):\n        return shape\n"
        )
    )
    lines = [line.strip() for line in rewritten(text).text.splitlines()]
    made = lines.index("self.b = keras.layers.Dense(input_shape[-1])")
    traced = lines.index(
        "keras.Operation.compute_output_spec(self, keras.KerasTensor(input_shape))"
    )
    assert made < traced < lines.index("super().build(input_shape)")
    assert "self.dropout = keras.layers.Dropout(0.5)" in lines


def test_three_fixes_that_need_an_init_make_one() -> None:
    text = HEAD.partition("    def __init__")[0] + (
        "    def call(self, x):\n        x = keras.layers.Dropout(0.5)(x)\n"
        "        self.add_metric(tf.reduce_mean(x), name='m')\n"
        "        return x + tf.random.normal(tf.shape(x))\n"
    )
    result = rewritten(text)
    assert result.is_stable
    assert result.text.count("def __init__") == 1
    for made in ("SeedGenerator()", "Dropout(0.5)", "Mean(name='m')"):
        assert result.text.count(made) == 1


def test_what_build_makes_last_stands_before_the_line_that_runs_the_call() -> None:
    text = (
        HEAD
        + BASE
        + (
            "        self.d = keras.layers.Dense(2)\n\n"
            "    def build(self, shape):\n        super().build(shape)\n"
            "        self.w = self.add_weight(shape=(2,), initializer='ones', name='w')\n\n"
            "    def call(self, x):\n        return self.d(x) * self.w\n\n"
            "    def compute_output_shape(self, shape):\n        return (shape[0], 2)\n"
        )
    )
    lines = [line.strip() for line in rewritten(text).text.splitlines()]
    traced = "keras.Operation.compute_output_spec(self, keras.KerasTensor(shape))"
    assert lines[lines.index(traced) - 1].startswith("self.w = ")
