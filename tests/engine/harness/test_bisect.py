"""The first place where two models part is found from the calls of their layers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.engine.harness.conftest import Harness

ONE = np.array([1.0, 2.0])


def calls(harness: Harness, *made: tuple[str, str, list[Any], Any]) -> Any:
    """Calls as (path, class, inputs, output); the place is the path without counted names."""
    found = harness.calls.Calls()
    for path, kind, inputs, output in made:
        entry = {"path": path, "class": kind, "place": f"{kind}", "plain": len(inputs) == 1}
        for name, arrays in (("in", inputs), ("out", [output])):
            entry[name] = list(range(len(found.arrays), len(found.arrays) + len(arrays)))
            found.arrays += [np.asarray(array) for array in arrays]
        found.made.append(entry)
    return found


def nothing(path: str, array: Any) -> None:
    return None


def test_equal_models_part_nowhere(harness: Harness) -> None:
    theirs = calls(harness, ("m/a", "Dense", [ONE], ONE))
    assert harness.bisect.first_divergence(theirs, theirs, nothing) is None


def test_the_first_layer_that_gives_something_else_is_named_with_both_values(
    harness: Harness,
) -> None:
    theirs = calls(
        harness, ("m/a", "Dense", [ONE], ONE), ("m/b", "Norm", [ONE], ONE), ("m/c", "X", [ONE], ONE)
    )
    ours = calls(
        harness,
        *(("n/a", "Dense", [ONE], ONE), ("n/b", "Norm", [ONE], ONE * 1.25)),
        ("n/c", "X", [ONE * 1.25], ONE * 3),
    )
    found = harness.bisect.first_divergence(theirs, ours, nothing)
    assert (found.name, found.kind, found.is_sure) == ("b", "Norm", True)
    assert "2 in Keras 2, 2.5 here at [1]" in found.say()


def test_rounding_that_adds_up_is_nobodys_fault(harness: Harness) -> None:
    grown = ONE * (1 + 9e-6)
    theirs = calls(harness, ("m/a", "A", [ONE], ONE), ("m/b", "B", [ONE], ONE))
    ours = calls(harness, ("m/a", "A", [ONE], grown), ("m/b", "B", [grown], ONE * (1 + 2e-5)))
    assert harness.bisect.first_divergence(theirs, ours, nothing) is None


@pytest.mark.parametrize(("alone", "is_sure"), [(ONE, None), (ONE * 1.0005, True)])
def test_a_layer_that_is_close_is_asked_again_with_the_inputs_of_the_original(
    harness: Harness, alone: Any, is_sure: bool | None
) -> None:
    theirs = calls(harness, ("m/norm", "Norm", [ONE], ONE))
    ours = calls(harness, ("m/norm", "Norm", [ONE], ONE * 1.0005))
    found = harness.bisect.first_divergence(theirs, ours, lambda path, array: alone)
    assert (found.is_sure if found else None) is is_sure


def test_code_between_layers_is_named_by_what_comes_after_it(harness: Harness) -> None:
    theirs = calls(harness, ("m/block/a", "A", [ONE], ONE), ("m/block/b", "B", [ONE], ONE))
    ours = calls(harness, ("m/block/a", "A", [ONE], ONE), ("m/block/b", "B", [ONE * 2], ONE * 2))
    found = harness.bisect.first_divergence(theirs, ours, nothing)
    assert "what block does before b" in found.say()


def test_counted_names_that_are_shifted_are_not_taken_at_their_word(harness: Harness) -> None:
    first, second = ("Dense", [ONE], ONE), ("Dense", [ONE], ONE * 2)
    theirs = calls(harness, ("m/dense_1", *first), ("m/dense_2", *second))
    ours = calls(harness, ("m/dense", *first), ("m/dense_1", *second))
    assert harness.bisect.first_divergence(theirs, ours, nothing) is None


def test_another_shape_is_found_whatever_the_weights(harness: Harness) -> None:
    theirs = calls(harness, ("m/a", "A", [ONE], ONE), ("m/b", "B", [ONE], np.ones((2, 3))))
    ours = calls(harness, ("m/a", "A", [ONE], ONE * 9), ("m/b", "B", [ONE], np.ones((3, 2))))
    assert harness.bisect.first_other_shape(theirs, ours).words == "shape 2×3 in Keras 2, 3×2 here"


def test_layers_of_one_parent_are_told_apart_by_name_or_by_turn(harness: Harness) -> None:
    class Dense:
        def __init__(self, name: str) -> None:
            self.name = name

    layers = [Dense("dense_7"), Dense("head"), Dense("dense_9")]
    assert harness.names.places_within(layers) == ["Dense#1", "head", "Dense#2"]


@pytest.mark.parametrize(
    ("right", "differs"),
    [([1.0, 1.1, 0.9, 1.0], False), ([2.0, 2.1, 1.9, 2.0], True), ([5.0], False), ([], False)],
)
def test_draws_differ_only_where_chance_is_no_explanation(
    harness: Harness, right: list[float], differs: bool
) -> None:
    found = harness.draws.say_difference({"a/drop": [1.0, 1.05, 0.95, 1.0]}, {"a/drop": right})
    assert (found is not None) is differs
    assert not differs or found[0] == "drop"


def test_steps_of_optimizers_are_compared_as_a_share_of_the_step(harness: Harness) -> None:
    steps = np.full((3, 2, 4), 0.01)
    later = steps.copy()
    later[2] *= 0.5
    assert harness.optimizer.relative_gap(steps, steps) == 0.0
    assert harness.optimizer.relative_gap(steps, later) == pytest.approx(0.5)
    words = harness.optimizer.say_difference(steps, later)
    assert words == "a step of 0.01 in Keras 2, 0.005 here after 100,000 steps"
