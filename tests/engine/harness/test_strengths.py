"""The strength of dropout and noise on both sides, by names that may be shifted."""

from __future__ import annotations

import pytest

from tests.engine.harness.conftest import Harness

Entry = tuple[str, str, str, float]
HEAD: list[Entry] = [("dropout", "Dropout", "rate", 0.1), ("dropout_1", "Dropout", "rate", 0.5)]
SHIFTED: list[Entry] = [("dropout_2", "Dropout", "rate", 0.1), ("dropout", "Dropout", "rate", 0.5)]


def test_names_that_are_counted_otherwise_are_no_difference(harness: Harness) -> None:
    assert harness.draws.say_other_strength(HEAD, SHIFTED) is None


@pytest.mark.parametrize("name", ["dropout_7", "head"])
def test_another_strength_is_told(harness: Harness, name: str) -> None:
    left: list[Entry] = [(name, "Dropout", "rate", 0.5)]
    right: list[Entry] = [(name, "Dropout", "rate", 0.05)]
    layer, words = harness.draws.say_other_strength(left, right)
    assert layer == name
    assert words == f"rate of {name} (Dropout) 0.5 in Keras 2, 0.05 here"


def test_layers_that_the_other_side_does_not_have_are_not_compared(harness: Harness) -> None:
    assert harness.draws.say_other_strength(HEAD, HEAD[:1]) is None
    assert harness.draws.say_other_strength([("noise", "GaussianNoise", "stddev", 0.1)], []) is None
