"""Steps written by hand: what is said of those that are not rewritten, and how blocks are cut."""

from __future__ import annotations

import ast
import textwrap

import pytest

from kerashift.engine.model import Safety
from tests.rewriting import rewritten

HEAD = "import tensorflow as tf\nfrom tensorflow import keras\n\n\n"


def model(body: str, rest: str = "") -> str:
    """A model with this `train_step`."""
    step = textwrap.indent(textwrap.dedent(body).strip(), " " * 8)
    others = textwrap.indent(textwrap.dedent(rest).strip(), " " * 4)
    return f"{HEAD}class M(keras.Model):\n    def train_step(self, data):\n{step}\n\n{others}\n"


def reason(source: str) -> str:
    """Why the step of a source is left as it is."""
    found = [i for i in rewritten(source).of("KS304") if i.safety is Safety.MANUAL]
    assert found, "it was rewritten"
    return found[0].message


APPLY = """
weights = self.trainable_variables
self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
return {'loss': loss}
"""
BLOCK = "with tf.GradientTape() as tape:\n    loss = self.loss_of(data)\n"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (BLOCK + "tape.jacobian(loss, data)\n", "`tape.jacobian` has no counterpart"),
        (BLOCK + "self.report(tape)\n" + APPLY, "the tape is handed on"),
        (
            BLOCK + APPLY.replace("gradient(loss", "gradient(loss * 2"),
            "the loss is computed where its gradient is taken",
        ),
        (
            "with tf.GradientTape() as tape:\n    self.last = loss = self.loss_of(data)\n" + APPLY,
            "`last` is set under the tape",
        ),
        (
            "with tf.GradientTape() as tape:\n    return self.loss_of(data)\n",
            "the block under the tape is left in its middle",
        ),
        (
            "with tf.GradientTape() as tape:\n    if self.extra:\n        loss = 1.0\n" + APPLY,
            "`loss` is not always bound under the tape",
        ),
        (
            "with tf.GradientTape(watch_accessed_variables=False) as tape:\n"
            "    loss = self.loss_of(data)\n" + APPLY,
            "the tape watches chosen variables only",
        ),
        (
            BLOCK + APPLY.replace("self.optimizer.apply", "optimizer.apply"),
            "keep the optimizer as an attribute of the model",
        ),
        (
            BLOCK + "tf.cond(data > 0, self.update, self.keep)\n" + APPLY,
            "give the optimizer gradient_accumulation_steps",
        ),
        (
            BLOCK + "self.optimizer.minimize(loss, self.trainable_variables)\nreturn {}\n",
            "`minimize` has no counterpart",
        ),
    ],
)
def test_a_step_that_is_not_understood_is_reported_with_the_reason(body: str, words: str) -> None:
    assert words in reason(model(body))


def test_a_step_that_is_called_by_a_loop_is_not_made_one_of_fit() -> None:
    source = model(BLOCK + APPLY, "def go(self, batches):\n    self.train_step(batches[0])\n")
    assert "`train_step` is called directly, not by fit()" in reason(source)


def test_a_name_of_the_file_that_a_helper_would_hide_stops_the_rewrite() -> None:
    source = model(BLOCK + APPLY) + "\n\ndef record(sound):\n    return sound\n"
    assert "the name `record` is taken in this file" in reason(source)


def step_after(source: str) -> str:
    """The rewritten class."""
    text = rewritten(source).text
    ast.parse(text)
    return text[text.index("class M(") :]


def test_a_name_that_is_bound_before_the_block_and_anew_in_it_is_handed_in() -> None:
    body = "loss = 0.0\nwith tf.GradientTape() as tape:\n    loss += self.loss_of(data)\n" + APPLY
    assert "def forward(loss=loss):" in step_after(model(body))


def test_a_dict_that_is_filled_under_the_tape_is_given_back() -> None:
    body = (
        "losses = {}\nwith tf.GradientTape() as tape:\n"
        "    loss = losses['a'] = self.loss_of(data)\n" + APPLY + "\n"
    ).replace("{'loss': loss}", "losses")
    after = step_after(model(body))
    assert "tape, (loss, losses) = record(forward, self)" in after


def test_only_what_is_read_later_is_given_back() -> None:
    body = "with tf.GradientTape() as tape:\n    y = self(data)\n    loss = y + 1\n" + APPLY
    assert "            return loss\n" in step_after(model(body))


def test_comments_and_lines_of_the_block_stay_as_they_are() -> None:
    body = (
        "# forward\nwith tf.GradientTape() as tape:  # records\n"
        "    # the loss\n    loss = self.loss_of(data)  # all of it\n" + APPLY
    )
    after = step_after(model(body))
    assert (
        "        # forward\n        def forward():  # records\n            # the loss\n"
        "            loss = self.loss_of(data)  # all of it\n            return loss\n"
    ) in after


def test_a_tape_in_another_tape_is_recorded_in_it() -> None:
    body = (
        "with tf.GradientTape() as tape:\n    with tf.GradientTape() as inner:\n"
        "        inner.watch(data)\n        y = self(data)\n"
        "    slope = inner.gradient(y, data)\n    loss = y + slope\n" + APPLY
    )
    after = step_after(model(body))
    assert "inner, y = record(forward, self, watch=[data])" in after
    assert after.index("inner, y = record") < after.index("tape, loss = record")


NOISE = """
labels = tf.concat([tf.ones((8, 1)), tf.zeros((8, 1))], axis=0)
labels += 0.05 * tf.random.uniform(tf.shape(labels))
with tf.GradientTape() as tape:
    loss = self.loss_fn(labels, self(data))
"""


def test_the_loss_of_labels_beyond_1_goes_through_a_helper() -> None:
    after = step_after(model(NOISE + APPLY))
    assert "loss = noisy_loss(self.loss_fn, labels, self(data))" in after


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tf.random.uniform(tf.shape(labels))", "(0.5 - labels)"),
        ("tf.ones((8, 1))", "tf.zeros((8, 1))"),
        ("self.loss_fn(labels, self(data))", "self.loss_fn(self(data), labels)"),
        ("labels += 0.05", "other = 0.05"),
    ],
)
def test_a_loss_of_other_labels_is_called_as_it_was(old: str, new: str) -> None:
    assert "noisy_loss" not in step_after(model(NOISE.replace(old, new) + APPLY))


def test_a_line_end_of_windows_stays_one() -> None:
    after = rewritten(model(BLOCK + APPLY).replace("\n", "\r\n")).text
    assert "\n" not in after.replace("\r\n", "")


def test_a_tape_for_gradients_of_what_a_layer_gives_is_reported() -> None:
    source = HEAD + (
        "def heatmap(model, image):\n    with tf.GradientTape() as tape:\n"
        "        features = model(image)\n        best = features[:, 0]\n"
        "    return tape.gradient(best, features)\n"
    )
    assert "`features` is computed under the tape, not watched by it" in reason(source)


def test_a_loop_without_a_model_is_reported() -> None:
    source = HEAD + (
        "def step(x, w):\n    with tf.GradientTape() as tape:\n        loss = x * w\n"
        "    return tape.gradient(loss, w)\n\n\nprint(keras.__version__)\n"
    )
    assert "it is not clear which model is trained" in reason(source)


LOOP = """
def step(image):
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(image * image)
    return tape.gradient(loss, image)


def main():
    picture = tf.Variable(keras.backend.ones((2,)))
    step(picture)
"""


def test_a_variable_is_followed_to_where_the_loop_is_given_it() -> None:
    after = rewritten(HEAD + LOOP).text
    assert "picture = keras.Variable(" in after
    assert "tape, loss = record(forward, image)" in after


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("step(picture)", "step(picture.read_value())", "not clear which model"),
        ("step(picture)", "step(picture)\n    step(load())", "not clear which model"),
        ("step(picture)", "print(picture.handle)\n    step(picture)", "`picture.handle` is"),
        ("ones((2,)))", "ones((2,)), shape=(2,))", "keras.Variable has no such `shape`"),
        ("(keras.backend.ones((2,)))", "(lambda: 1.0)", "keras.Variable takes other arguments"),
        ("ones((2,)))", "ones((2,)), trainable=False)", "has no such `trainable`"),
    ],
)
def test_what_a_variable_of_keras_cannot_be_is_reported(old: str, new: str, words: str) -> None:
    assert words in reason(HEAD + LOOP.replace(old, new))


PARTS = """
class Encoder(keras.layers.Layer):
    def call(self, x):
        return x


class M(keras.Model):
    def __init__(self):
        super().__init__()
        self.encoder = PART

    def train_step(self, data):
        with tf.GradientTape() as tape:
            loss = self.encoder(data)
        weights = self.trainable_variables
        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
        return {'loss': loss}
"""
BUILDS = "        build_by_step(self, x, y, batch_size)\n"


@pytest.mark.parametrize(
    ("part", "is_built"),
    [
        ("Encoder()", False),
        ("keras.layers.Dense(2)", False),
        ("keras.Sequential([keras.layers.Dense(2)])", False),
        ("keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])", True),
        ("make_encoder()", True),
        ("keras.metrics.Mean()", True),
    ],
)
def test_parts_without_weights_are_built_by_a_step(part: str, is_built: bool) -> None:
    after = rewritten(HEAD + PARTS.replace("PART", part)).text
    assert (BUILDS in after) is not is_built
    assert ("self.built = True  # it has no call()" in after) is is_built


def test_comments_between_the_arguments_of_a_condition_stay() -> None:
    source = model(
        BLOCK
        + "gradients = tape.gradient(loss, self.trainable_variables)\n"
        + "tf.cond(\n    # full\n    pred=data > 0,  # enough\n    true_fn=self.update,\n"
        + "    # not yet\n    false_fn=lambda: None,\n)\nreturn {'loss': loss}\n",
        "def update(self):\n    self.n.assign(0)",
    )
    lines = step_after(source).splitlines()
    start = next(i for i, line in enumerate(lines) if "change_if(" in line)
    assert [line.strip() for line in lines[start : start + 7]] == [
        *("change_if(", "# full", "data > 0,  # enough", "self.update,", "# not yet", "self,", ")")
    ]
