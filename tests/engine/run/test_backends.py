"""What runs prove of small real projects, with the real Keras 2, Keras 3 and backends."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from kerashift.engine.run.plan import BACKENDS, RunPlan, RunResult, Status, Verdict
from kerashift.engine.run.suite import SuiteResult, run_suite
from tests.engine.run.children import Heard, write_project

pytestmark = pytest.mark.backends

OLD_MODEL = """
from tensorflow import keras
from tensorflow.keras import backend as K
from tensorflow.keras import layers


class Scale(layers.Layer):
    def build(self, input_shape):
        self.scale = self.add_weight(name="scale", shape=(input_shape[-1],), initializer="ones")
        super().build(input_shape)

    def call(self, inputs):
        return K.tanh(inputs * self.scale)


def build(width=8, classes=3):
    inputs = keras.Input((6,))
    x = layers.Dense(width, activation="relu", name="first")(inputs)
    x = layers.BatchNormalization()(x)
    x = Scale(name="middle")(x)
    x = layers.Dropout(0.5)(x)
    return keras.Model(inputs, layers.Dense(classes, activation="softmax")(x))
"""
NEW_MODEL = (
    OLD_MODEL.replace("from tensorflow import keras", "import keras")
    .replace("from tensorflow.keras import backend as K", "from keras import ops")
    .replace("from tensorflow.keras import", "from keras import")
    .replace("K.tanh", "ops.tanh")
)
OLD_SCRIPT = """
import numpy as np
from keras.datasets import mnist
from keras.layers import Dense, Flatten
from keras.models import Sequential, load_model
from keras.optimizers import Adam
from keras.utils import to_categorical

(x_train, y_train), (x_test, y_test) = mnist.load_data()
x_train = x_train.reshape(60000, 784) / 255.0
y_train = to_categorical(y_train, 10)
model = Sequential([Dense(16, activation="relu", input_shape=(784,)), Dense(10, "softmax")])
model.compile(Adam(learning_rate=0.01), "categorical_crossentropy", metrics=["accuracy"])
model.fit(x_train, y_train, batch_size=32, epochs=50, validation_split=0.1, verbose=2)
model.save("model.h5")
again = load_model("model.h5")
print("score", again.evaluate(x_test.reshape(10000, 784) / 255.0, to_categorical(y_test, 10)))
"""
LOOP = """
import keras
import numpy as np

x = np.random.rand(8, 4).astype("float32")
model = keras.Sequential([keras.layers.Dense(1)])
model.compile("sgd", "mse")
for step in range(10_000):
    model.train_on_batch(x, x.sum(axis=1))
print("the loop is over")
"""


def run(
    tmp_path: Path,
    old: dict[str, str],
    new: dict[str, str],
    entry: str,
    *,
    backends: Sequence[str] = BACKENDS,
    baseline: bool = True,
) -> tuple[SuiteResult, Heard]:
    root = write_project(tmp_path / "project", old)
    outputs = {path: text.lstrip("\n").encode() for path, text in new.items()}
    heard = Heard()
    plan = RunPlan(entry, device="cpu", steps=12, timeout=300, data="synthetic")
    return run_suite(root, outputs, plan, backends, baseline, heard), heard


def statuses(result: RunResult) -> dict[str, Status]:
    return {check.name: check.status for check in result.checks}


def test_a_well_migrated_model_passes_every_check_on_every_backend(tmp_path: Path) -> None:
    old, new = {"model.py": OLD_MODEL}, {"model.py": NEW_MODEL}
    result, heard = run(tmp_path, old, new, "model.py::build(width=5)")
    assert result.exit_code == 0, heard.log[-3000:]
    for one in result.runs:
        assert set(statuses(one).values()) == {Status.PASSED}
        assert one.verdict is Verdict.PASSED
        assert one.data == "synthetic"
        assert len(one.losses) == 12
        assert one.device.startswith("cpu")
        assert one.seconds_per_step
        assert one.peak_memory_mib
        assert one.parity is not None
        assert one.parity.forward_max_abs is not None
        assert one.parity.forward_max_abs <= 1e-5
        assert one.parity.loss_abs is not None
        assert one.parity.loss_abs <= 1e-5
        assert one.parity.gradient_max_abs is not None
        assert one.parity.gradient_max_abs <= 1e-5
        assert one.parity.step_max_abs is not None
        assert {"keras", one.backend, "numpy", "python"} <= set(one.versions)
    assert {backend for backend, _ in heard.events} == {"baseline", *BACKENDS}


def test_a_model_that_computes_something_else_is_caught_and_its_layer_named(
    tmp_path: Path,
) -> None:
    wrong = NEW_MODEL.replace("ops.tanh", "ops.sigmoid")
    old, new = {"model.py": OLD_MODEL}, {"model.py": wrong}
    result, _ = run(tmp_path, old, new, "model.py::build", backends=["jax"])
    (one,) = result.runs
    assert result.exit_code == 1
    assert statuses(one)["trains"] is Status.PASSED
    assert statuses(one)["baseline"] is Status.FAILED
    assert one.parity is not None
    assert one.parity.first_divergent_layer == "middle"


def test_a_model_with_other_weights_is_caught(tmp_path: Path) -> None:
    wrong = NEW_MODEL.replace("    x = Scale", "    x = layers.Dense(width)(x)\n    x = Scale")
    old, new = {"model.py": OLD_MODEL}, {"model.py": wrong}
    result, _ = run(tmp_path, old, new, "model.py::build", backends=["torch"])
    check = next(check for check in result.runs[0].checks if check.name == "baseline")
    assert check.status is Status.FAILED
    assert "without a counterpart" in check.detail


def test_a_classic_script_trains_on_data_that_cannot_be_had_and_is_cut_short(
    tmp_path: Path,
) -> None:
    # Its Keras 2 code happens to run under Keras 3 as it is.
    result, heard = run(tmp_path, {"train.py": OLD_SCRIPT}, {}, "train.py", backends=["torch"])
    (one,) = result.runs
    assert set(statuses(one).values()) == {Status.PASSED, Status.SKIPPED}, heard.log[-3000:]
    assert statuses(one)["backends"] is Status.SKIPPED
    assert one.data == "synthetic"
    assert any("keras.datasets.mnist" in note for note in one.notes)
    assert len(one.losses) == 12
    assert "score" in heard.log
    assert one.parity is not None
    assert one.parity.forward_max_abs is not None
    assert one.parity.forward_max_abs <= 1e-5


def test_a_loop_of_the_projects_own_is_cut_and_what_follows_it_still_runs(tmp_path: Path) -> None:
    arguments = (tmp_path, {"loop.py": LOOP}, {}, "loop.py")
    result, heard = run(*arguments, backends=["tensorflow", "jax"], baseline=False)
    assert result.exit_code == 0, heard.log[-3000:]
    assert "the loop is over" in heard.log
    for one in result.runs:
        assert len(one.losses) == 12
        assert statuses(one)["baseline"] is Status.SKIPPED
        assert statuses(one)["backends"] is Status.PASSED


def test_code_for_keras_2_fails_under_keras_3_with_the_rule_that_explains_it(
    tmp_path: Path,
) -> None:
    old = {"model.py": OLD_MODEL.replace("tensorflow.keras", "keras")}
    result, _ = run(tmp_path, old, {}, "model.py::build", backends=["tensorflow"])
    (one,) = result.runs
    assert one.verdict is Verdict.FAILED
    assert one.error is not None
    assert (one.error.code, one.error.path) == ("KS203", "model.py")
    assert one.error.line == OLD_MODEL.lstrip("\n").splitlines().index(
        "        return K.tanh(inputs * self.scale)"
    ) + 1
