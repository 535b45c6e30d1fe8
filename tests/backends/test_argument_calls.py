"""Calls whose arguments or members changed give the same before and after the rewrite, executed."""

from __future__ import annotations

import numpy as np
import pytest

from tests.backends.sides import BACKENDS, KERAS2, Outcome, Task, run_side
from tests.rewriting import rewritten

pytestmark = pytest.mark.backends

HEAD = "from tensorflow import keras\nimport numpy as np\n"
X = "x = np.arange(6.0, dtype='float32').reshape((1, 3, 2)) / 6\n"
KINDS = "kernel_initializer='ones', recurrent_initializer='ones'"
DEFAULTS = "None, None, None, None, None, None, None"
CASES = {
    # Defaults that are written out
    "name of a metric": "result = keras.metrics.KLDivergence().name\n",
    "averages of RMSprop": (
        "result = keras.optimizers.RMSprop(use_ema=True).ema_overwrite_frequency\n"
    ),
    "rate of Lion": "result = float(keras.optimizers.Lion().get_config()['learning_rate'])\n",
    "both penalties": "r = keras.regularizers.l1_l2()\nresult = [float(r.l1), float(r.l2)]\n",
    # Arguments
    "batches of adapt": (
        "layer = keras.layers.StringLookup()\n"
        "layer.adapt(np.array(['a', 'b', 'a']), batch_size=2)\n"
        "result = layer.get_vocabulary()\n"
    ),
    "batches and steps of adapt": (
        "layer = keras.layers.Normalization()\n"
        "layer.adapt(np.arange(8.0).reshape((4, 2)), batch_size=2, steps=None)\n"
        "result = np.asarray(layer.mean)\n"
    ),
    "input of a recurrent layer": (
        X + f"layer = keras.layers.LSTM(2, {KINDS})\nresult = layer(inputs=x)\n"
    ),
    "input of a layer for both directions": (
        X + f"layer = keras.layers.Bidirectional(keras.layers.GRU(2, {KINDS}))\n"
        "result = layer(inputs=x)\n"
    ),
    "input of a layer that resizes": (
        "layer = keras.layers.Resizing(1, 1)\nresult = layer(inputs=np.ones((1, 2, 2, 1)))\n"
    ),
    "mask that is computed": (
        X + "layer = keras.layers.Masking()\nresult = layer.compute_mask(x, mask=None)\n"
    ),
    "shape of the first layer": (
        "model = keras.Sequential([keras.layers.SpatialDropout1D(0.5, input_shape=(4, 3))])\n"
        "result = model.output_shape[1:]\n"
    ),
    # Places
    "places of an embedding": (
        "layer = keras.layers.Embedding(5, 3, 'ones', None, None, None, True)\n"
        "result = [layer.mask_zero, layer.input_dim]\n"
    ),
    "places of a recurrent layer": (
        X + "layer = keras.layers.LSTM(2, 'tanh', 'sigmoid', True, 'ones', 'ones', 'zeros', True, "
        f"{DEFAULTS}, 0.0, 0.0, True)\nresult = layer(x)\n"
    ),
    "places of a transposed convolution": (
        "layer = keras.layers.Conv3DTranspose(2, 3, 2, 'same', 1, 'channels_last')\n"
        "result = [layer.data_format, *layer.get_config()['output_padding']]\n"
    ),
    "places of a look-up": (
        "layer = keras.layers.StringLookup(None, 1, None, '[UNK]', ['a'], None, 'utf-8', True)\n"
        "result = layer.invert\n"
    ),
    "places of an optimizer": (
        "optimizer = keras.optimizers.legacy.Adam(0.1, 0.8, 0.9, 1e-7, False, 'mine')\n"
        "result = optimizer.get_config()['name']\n"
    ),
    "places of a loss": (
        "loss = keras.losses.SparseCategoricalCrossentropy(False, None, 'sum', 'mine')\n"
        "result = [loss.name, loss.reduction]\n"
    ),
    "places of a layer's base": (
        "class Mine(keras.layers.Embedding):\n    def __init__(self):\n"
        "        super().__init__(5, 3, 'ones', None, None, None, True)\n\n"
        "layer = Mine()\nresult = layer.mask_zero\n"
    ),
    "places of a model's base": (
        "class Net(keras.Sequential):\n    def __init__(self):\n"
        "        super().__init__([keras.Input((2,)), keras.layers.Dense(1)], 'net')\n\n"
        "result = Net().name\n"
    ),
    "places of the call of a recurrent layer": (
        X + f"layer = keras.layers.LSTM(2, {KINDS})\n"
        "inputs, state = keras.Input((3, 2)), keras.Input((2,))\n"
        "model = keras.Model([inputs, state], layer(inputs, [state, state], None))\n"
        "result = model.predict([x, np.ones((1, 2))], verbose=0)\n"
    ),
    "mask that is computed by a layer without one": (
        X + "layer = keras.layers.Dense(1)\nresult = layer.compute_mask(x, mask=np.ones(3))\n"
    ),
    # Members
    "type of a metric": "result = keras.metrics.Mean().variable_dtype\n",
    "scale of a loss": (
        "optimizer = keras.mixed_precision.LossScaleOptimizer(keras.optimizers.SGD())\n"
        "result = float(optimizer.get_scaled_loss(np.float32(2.0)))\n"
    ),
}
UNCHANGED = {"input of a layer that resizes", "mask that is computed"}
"""Cases whose call Keras 3 takes as it is: only the import is another."""


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """What each case gives under Keras 2 as it is, and rewritten on each backend."""
    folder = tmp_path_factory.mktemp("calls")
    old = {name: HEAD + body for name, body in CASES.items()}
    new = {name: rewritten(source).text for name, source in old.items()}

    def tasks(sources: dict[str, str]) -> list[Task]:
        return [Task(n, s, ("variable",), variable="result") for n, s in sources.items()]

    found = {KERAS2: run_side(KERAS2, tasks(old), folder)}
    return found | {side: run_side(side, tasks(new), folder) for side in BACKENDS}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", CASES)
def test_a_call_gives_the_same_after_the_rewrite(
    name: str, backend: str, sides: dict[str, Outcome]
) -> None:
    (old, before), (new, after) = (
        sides[side].results[name]["variable"] for side in (KERAS2, backend)
    )
    assert (old, new) == ("ok", "ok"), (before, after)
    if np.asarray(before).dtype.kind in "fiub":
        np.testing.assert_allclose(np.asarray(after), np.asarray(before), rtol=1e-5, atol=1e-6)
    else:
        assert after == before


@pytest.mark.parametrize("name", CASES)
def test_a_fix_that_is_safe_is_what_changes_the_call(name: str) -> None:
    result = rewritten(HEAD + CASES[name])
    changed = result.text.split("import numpy as np\n")[1] != CASES[name]
    assert changed is (name not in UNCHANGED)
    assert {issue.safety.value for issue in result.issues} == {"safe"}
