"""The classes of `engine/replacements` give the numbers of Keras 2 with the same weights."""

from __future__ import annotations

import shutil

import pytest

from kerashift.engine.rules.local_files import FOLDER
from tests.backends.compare import difference
from tests.backends.sides import BACKENDS, KERAS2, Outcome, Task, run_side

pytestmark = pytest.mark.backends

OLD = "from keras.layers import LocallyConnected1D, LocallyConnected2D\n"
NEW = "from keras2_locally_connected import LocallyConnected1D, LocallyConnected2D\n"
LAYER = """
import numpy as np
import keras
random = np.random.default_rng(1)
sizes = (9,) if {rank} == 1 else (7, 6)
shape = (3, *sizes) if {order!r} == "channels_first" else (*sizes, 3)
layer = LocallyConnected{rank}D(
    4, {kernel}, {stride}, {padding!r}, {order!r}, "tanh", implementation={implementation}
)
model = keras.Sequential([keras.Input(shape), layer, keras.layers.Flatten()])
model.set_weights([random.normal(size=w.shape) for w in model.get_weights()])
x = random.normal(size=(4, *shape)).astype("float32")
before = model.predict(x, verbose=0)
model.compile(keras.optimizers.SGD(0.1), "mse")
for _ in range(3):
    model.train_on_batch(x, np.ones_like(before))
result = [before, *model.get_weights()]
"""
FORMS = {
    f"{rank}d-{kernel}-{stride}-{padding}-{order}-{implementation}": {
        "rank": rank,
        "kernel": kernel,
        "stride": stride,
        "padding": padding,
        "order": order,
        "implementation": implementation,
    }
    for rank in (1, 2)
    for kernel, stride, order in ((3, 1, "channels_last"), (4, 2, "channels_first"))
    for padding, implementation in (("valid", 1), ("valid", 2), ("same", 2))
}


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    folder = tmp_path_factory.mktemp("replacements")
    for file in FOLDER.glob("*.py"):
        shutil.copy(file, folder)

    def tasks(head: str) -> list[Task]:
        return [
            Task(name, head + LAYER.format(**form), ("variable",), variable="result")
            for name, form in FORMS.items()
        ]

    old = {KERAS2: run_side(KERAS2, tasks(OLD), folder)}
    return old | {side: run_side(side, tasks(NEW), folder) for side in BACKENDS}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("form", FORMS)
def test_a_locally_connected_layer_predicts_and_trains_as_in_keras_2(
    form: str, backend: str, sides: dict[str, Outcome]
) -> None:
    (old, before), (new, after) = (
        sides[side].results[form]["variable"] for side in (KERAS2, backend)
    )
    assert (old, new) == ("ok", "ok"), (before, after)
    assert not difference(before, after, relative=1e-5, absolute=1e-5)
