"""Weights find their counterparts by structure."""
from __future__ import annotations

from typing import Any

from tests.engine.harness.conftest import Harness


def layer(path: str, kind: str, **shapes: list[int]) -> dict[str, Any]:
    weights = [{"name": n, "shape": s, "trainable": True} for n, s in shapes.items()]
    return {"path": path, "class": kind, "weights": weights}


def test_layers_of_one_name_and_shape_belong_together_whatever_their_order(
    harness: Harness,
) -> None:
    theirs = [layer("a", "Dense", kernel=[2, 2]), layer("b", "Dense", kernel=[2, 2])]
    ours = [theirs[1], theirs[0]]
    assert harness.weights.match(theirs, ours) == ([1, 0], [])


def test_renamed_layers_are_matched_in_order_by_class_and_shape(harness: Harness) -> None:
    theirs = [layer("head/x", "Dense", k=[2, 3]), layer("y", "Conv", k=[2, 3])]
    ours = [layer("conv", "Conv", k=[2, 3]), layer("head_x", "Dense", k=[2, 3])]
    assert harness.weights.match(theirs, ours) == ([1, 0], [])


def test_within_a_layer_names_decide_and_then_the_order(harness: Harness) -> None:
    theirs = [layer("bn", "BN", gamma=[4], beta=[4], mean=[4])]
    ours = [layer("bn", "BN", beta=[4], gamma=[4], running=[4])]
    assert harness.weights.match(theirs, ours) == ([1, 0, 2], [])


def test_weights_without_a_counterpart_are_named_on_both_sides(harness: Harness) -> None:
    theirs = [layer("a", "Dense", kernel=[2, 2]), layer("old", "Dense", kernel=[9])]
    ours = [layer("a", "Dense", kernel=[2, 2]), layer("new", "Dense", kernel=[5, 5])]
    numbers, alone = harness.weights.match(theirs, ours)
    assert numbers == [0, None]
    assert alone == ["new/kernel", "old/kernel (original)"]
