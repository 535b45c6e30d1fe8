"""Nested arrays are taken apart, put together and compared."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.engine.harness.conftest import Harness

NESTS = [
    np.arange(3.0),
    [np.arange(3.0), (np.arange(2), None)],
    {"b": np.ones(2), "a": [np.zeros((2, 2))]},
    None,
]


@pytest.mark.parametrize("nest", NESTS, ids=["array", "list", "dict", "none"])
def test_a_nest_survives_packing(harness: Harness, nest: Any) -> None:
    arrays: dict[str, Any] = {}
    structure = harness.nest.pack(nest, "a", arrays)
    again = harness.nest.unpack(structure, arrays)
    assert repr(again) == repr(nest)


def test_texts_are_packed_without_pickles(harness: Harness) -> None:
    arrays: dict[str, Any] = {}
    harness.nest.pack(np.array(["a", "bc"], dtype=object), "a", arrays)
    assert [array.dtype.kind for array in arrays.values()] == ["U"]


@pytest.mark.parametrize(
    ("left", "right", "gap"),
    [
        ([np.ones(2)], [np.ones(2)], 0.0),
        ([np.ones(2)], [np.array([1.0, 1.5])], 0.5),
        ([np.ones(2)], [np.ones(3)], np.inf),
        ([np.ones(2)], [np.ones(2), np.ones(2)], np.inf),
        ([np.array([np.nan])], [np.array([np.nan])], 0.0),
        ([np.array([np.nan])], [np.array([1.0])], np.inf),
        ([np.array([np.inf])], [np.array([np.inf])], 0.0),
        ([np.ones(0)], [np.ones(0)], 0.0),
    ],
)
def test_the_largest_difference(harness: Harness, left: Any, right: Any, gap: float) -> None:
    assert harness.nest.largest_difference(left, right) == gap


def test_events_hold_no_number_that_json_lacks(harness: Harness) -> None:
    values = {"a": np.float32("nan"), "b": [float("inf"), np.int64(3)], "c": "x", "d": True}
    assert harness.protocol.plain(values) == {"a": None, "b": [None, 3.0], "c": "x", "d": True}
