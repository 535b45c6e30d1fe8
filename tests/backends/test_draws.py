"""Random numbers in a layer: the same distribution, other numbers at each step, none when calm."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.backends.conftest import Sides, once
from tests.backends.sides import BACKENDS, KERAS2, Outcome, Task, run_side
from tests.rewriting import rewritten

DRAWS = {
    "normal": "tf.random.normal(tf.shape(x), mean=1.0, stddev=0.5)",
    "truncated": "tf.random.truncated_normal([64, 48], stddev=2.0)",
    "uniform": "tf.random.uniform(tf.shape(x), -1.0, 2.0)",
    "integers": "tf.cast(tf.random.uniform([64, 48], maxval=50, dtype=tf.int32), tf.float32)",
    "gamma": "tf.random.gamma([64, 48], 2.0)",
    "categories": (
        "tf.cast(tf.random.categorical(tf.math.log([[0.1, 0.2, 0.7]] * 64), 48), tf.float32)"
    ),
    "dropout": "tf.nn.dropout(tf.ones_like(x), rate=0.3)",
    "backend normal": "K.random_normal(shape=(K.shape(x)[0], 48), mean=0.0, stddev=0.1)",
    "backend uniform": "K.random_uniform(K.shape(x), -2.0, 2.0)",
    "backend truncated": "K.truncated_normal((64, 48), 1.0, 0.5)",
    "backend bernoulli": "K.random_bernoulli(K.shape(x), 0.3)",
}
NUMBERS = 64 * 48
FAR = 1.95 * (2 / NUMBERS) ** 0.5
"""The Kolmogorov-Smirnov distance that two samples of one distribution pass once in a thousand."""


def source(name: str, side: str) -> str:
    text = Path(__file__).with_name("draws.txt").read_text(encoding="utf-8")
    text = text.format(draw=DRAWS[name])
    return text if side == KERAS2 else rewritten(text).text


@pytest.fixture(scope="session")
def draw_sides(tmp_path_factory: pytest.TempPathFactory) -> Sides:
    def outcome(side: str) -> Outcome:
        tasks = [Task(n, source(n, side), ("variable",), variable="result") for n in DRAWS]
        return run_side(side, tasks, tmp_path_factory.mktemp(f"draws-{side}"))

    return once(outcome)


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """How far apart the distributions of two samples are at most."""
    both = np.sort(np.concatenate([one, other]))
    first, second = (
        np.searchsorted(np.sort(part), both, side="right") / len(part) for part in (one, other)
    )
    return float(np.abs(first - second).max())


@pytest.mark.backends
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("name", DRAWS)
def test_a_layer_draws_from_the_same_distribution_at_each_step(
    name: str, backend: str, draw_sides: Sides
) -> None:
    (kind, before), (status, after) = (
        draw_sides(side).results[name]["variable"] for side in (KERAS2, backend)
    )
    assert kind == "ok", f"Keras 2: {before}"
    assert status == "ok", f"{backend}: {after}"
    old, new = (np.asarray(found["draws"], "float64") for found in (before, after))
    spread = max(float(old.std()), 1e-6)
    assert abs(old.mean() - new.mean()) < 0.1 * spread
    assert abs(old.std() - new.std()) < 0.1 * spread
    assert distance(old, new) < FAR
    assert before["differs"]
    assert after["differs"]
    assert before["losses"] == after["losses"] == 4
    assert before["calm"]
    assert after["calm"]


@pytest.mark.parametrize("name", DRAWS)
def test_every_draw_is_rewritten_with_a_seed_generator(name: str) -> None:
    text = source(name, "jax")
    assert "seed=self.seed_generator" in text
    assert text.count("keras.random.SeedGenerator()") == 1
