"""The tables of arguments say what Keras 2 and Keras 3 really take, and schedules decay alike."""

from __future__ import annotations

import numpy as np
import pytest

from kerashift.engine.tables import api
from kerashift.engine.tables.arguments import of_callable
from tests.backends.sides import BACKENDS, KERAS2, Outcome, Task, run_side
from tests.rewriting import rewritten

pytestmark = pytest.mark.backends

CLOSE, EQUAL = 1e-3, 1e-5
OPTIMIZERS = {
    "SGD": EQUAL,
    "RMSprop": CLOSE,
    "Adagrad": EQUAL,
    "Adadelta": EQUAL,
    "Adam": EQUAL,
    "Adamax": EQUAL,
    "Ftrl": EQUAL,
}
"""How near the weights must be; the fix for RMSprop says that epsilon is added elsewhere."""
DECAY = """
from tensorflow import keras
from tensorflow.keras.optimizers import legacy
import numpy as np
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.set_weights([np.array([[1.0], [-1.0]]), np.zeros(1)])
model.compile(legacy.{name}(learning_rate=0.1, decay=0.5), "mse")
x = np.arange(16.0).reshape((8, 2)) / 8
model.fit(x, x[:, :1] ** 2, batch_size=2, epochs=3, shuffle=False, verbose=0)
result = model.get_weights()
"""


def argument_paths() -> list[str]:
    """Callables that have rows of their own, as Keras 3 has them."""
    rows = api.load("arguments.toml")["argument"]
    assert isinstance(rows, list)
    paths = {path for row in rows for path in str(row.get("of", "")).split()}
    return sorted(path for path in paths if not path.endswith("*") and api.exists(path))


@pytest.fixture(scope="module")
def signatures(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """What Keras 3 says that it takes."""
    folder = tmp_path_factory.mktemp("signatures")
    return run_side("tensorflow", [], folder, argument_paths())


def taken(outcome: Outcome, path: str) -> list[str]:
    names = outcome.signatures[path]
    assert names is not None, path
    return [name for name in names if name not in ("self", "args", "kwargs")]


@pytest.mark.parametrize("path", argument_paths())
def test_arguments_of_rows_are_gone_and_new_names_are_there(
    path: str, signatures: Outcome
) -> None:
    new = taken(signatures, path)
    for name, row in of_callable(path).items():
        if row.to:
            assert row.to in new, f"{path} does not take {row.to}"
        elif not row.values and row.message + row.caution:
            assert name not in new, f"{path} takes {name}"


@pytest.fixture(scope="module")
def decays(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """Weights after training with a decay, before and after the rewrite."""
    folder = tmp_path_factory.mktemp("decays")
    old = {name: DECAY.format(name=name) for name in OPTIMIZERS}
    new = {name: rewritten(source).text for name, source in old.items()}

    def tasks(sources: dict[str, str]) -> list[Task]:
        return [Task(n, s, ("variable",), variable="result") for n, s in sources.items()]

    sides = {KERAS2: run_side(KERAS2, tasks(old), folder)}
    return sides | {side: run_side(side, tasks(new), folder) for side in BACKENDS}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_decay_gives_the_weights_of_keras_2(
    name: str, backend: str, decays: dict[str, Outcome]
) -> None:
    (old, before), (new, after) = (
        decays[side].results[name]["variable"] for side in (KERAS2, backend)
    )
    assert (old, new) == ("ok", "ok"), (before, after)
    for one, other in zip(before, after, strict=True):
        np.testing.assert_allclose(one, other, rtol=OPTIMIZERS[name], atol=1e-5)
