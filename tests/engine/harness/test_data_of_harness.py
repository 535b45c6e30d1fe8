"""The first batch of what a project trains on, and made-up data sets."""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from tests.engine.harness.conftest import Harness


class Sequence:
    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: int) -> Any:
        return np.full((4, 2), index), np.zeros(4)


def pairs() -> Iterator[Any]:
    for number in range(3):
        yield np.full((4, 2), number), np.zeros(4), np.ones(4)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (np.arange(80).reshape(40, 2), np.zeros(40)),
        (Sequence(), None),
        (pairs(), None),
    ],
    ids=["arrays", "sequence", "generator"],
)
def test_the_first_batch_of_all_that_fit_takes(harness: Harness, x: Any, y: Any) -> None:
    batch, _ = harness.capture.first_batch(x, y, 4)
    assert batch[0].shape == (4, 2)
    assert batch[1].shape == (4,)


def test_a_generator_gives_its_first_batch_again(harness: Harness) -> None:
    _, again = harness.capture.first_batch(pairs(), None, None)
    assert [item[0][0, 0] for item in again] == [0, 1, 2]


def test_the_weights_of_samples_are_part_of_a_batch(harness: Harness) -> None:
    given = np.arange(40.0), None, np.arange(40.0)
    batch, _ = harness.capture.first_batch(np.zeros((40, 2)), *given)
    assert batch.weights.tolist() == list(range(32))
    batch, _ = harness.capture.first_batch(pairs(), None, None)
    assert batch.weights.tolist() == [1, 1, 1, 1]


class Framework:
    """Calls the model at once; `own` says that the model has a `train_step` of the project's."""

    def __init__(self, own: bool) -> None:
        self.has_own_step = lambda model: own
        self.forward = lambda model, x: model(x)


def of_three(x: Any) -> Any:
    anchor, positive, negative = x if isinstance(x, tuple) else (x,)
    return anchor + positive + negative


def test_a_step_of_the_projects_own_may_hand_all_of_a_batch_to_the_model(harness: Harness) -> None:
    batch = harness.capture.Batch(np.zeros(2), np.ones(2), np.ones(2))
    assert harness.capture.inputs_of(Framework(True), of_three, batch) == batch.parts
    with pytest.raises(ValueError, match="not enough values"):
        harness.capture.inputs_of(Framework(False), of_three, batch)


def test_several_inputs_stay_as_they_are_nested(harness: Harness) -> None:
    x = {"a": np.zeros((40, 2)), "b": [np.zeros((40, 3))]}
    batch, _ = harness.capture.first_batch(x, np.zeros(40), None)
    assert batch[0]["a"].shape == (32, 2)
    assert batch[0]["b"][0].shape == (32, 3)


@pytest.mark.parametrize(
    ("name", "arguments", "shapes", "kinds"),
    [
        ("mnist", {}, ((60000, 28, 28), (60000,)), "uu"),
        ("cifar10", {}, ((50000, 32, 32, 3), (50000, 1)), "uu"),
        ("imdb", {"num_words": 500, "maxlen": 50}, ((25000,), (25000,)), "Oi"),
        ("reuters", {}, ((8982,), (8982,)), "Oi"),
        ("boston_housing", {"test_split": 0.5}, ((253, 13), (253,)), "ff"),
        ("california_housing", {}, ((16512, 8), (16512,)), "ff"),
    ],
)
def test_made_up_data_has_the_shape_and_type_of_the_real(
    harness: Harness, name: str, arguments: Any, shapes: Any, kinds: str
) -> None:
    (x, y), _ = harness.synthetic.load(name, **arguments)
    assert (x.shape, y.shape) == shapes
    assert x.dtype.kind + y.dtype.kind == kinds


def test_made_up_texts_keep_to_their_words_and_lengths(harness: Harness) -> None:
    (x, _), _ = harness.synthetic.load("imdb", num_words=500, maxlen=50)
    assert max(max(text) for text in x[:200]) < 500
    assert max(len(text) for text in x[:200]) <= 50


def test_each_class_of_the_made_up_images_looks_different(harness: Harness) -> None:
    (x, y), _ = harness.synthetic.load("mnist")
    means = np.stack([x[:2000][y[:2000] == label].mean(axis=0) for label in range(10)])
    between = np.abs(means[:, None] - means[None]).mean(axis=(2, 3))
    assert between[~np.eye(10, dtype=bool)].min() > 20
