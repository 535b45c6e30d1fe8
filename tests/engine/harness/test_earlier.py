"""A run takes what earlier ones leave, in their order, and waits for it where it must."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.engine.harness.conftest import Harness


class Events:
    def __init__(self) -> None:
        self.heard: list[tuple[str, str]] = []

    def emit(self, event: str, **fields: Any) -> None:
        self.heard.append((event, fields.get("backend", "")))


@pytest.fixture
def runs(tmp_path: Path) -> list[dict[str, Any]]:
    """An original and a backend that came before."""
    names = ("baseline", "jax")
    for name in names:
        (tmp_path / name).mkdir()
    return [{"name": n, "folder": str(tmp_path / n), "is_original": n == "baseline"} for n in names]


def leave(harness: Harness, run: dict[str, Any], value: float) -> None:
    reference = harness.reference
    batch = harness.capture.Batch(np.full((2, 3), value), np.zeros(2))
    reference.write_given(f"{run['folder']}/given.npz", reference.Given(batch, "mse", []))
    measured = reference.Reference()
    measured.loss_name = f"{value}"
    reference.write_reference(f"{run['folder']}/reference.npz", measured)


def end(run: dict[str, Any]) -> None:
    Path(run["folder"], "ended").touch()


def test_the_first_that_has_left_something_counts_although_a_later_one_is_there_too(
    harness: Harness, runs: list[dict[str, Any]]
) -> None:
    for value, run in enumerate(runs):
        leave(harness, run, float(value))
    events = Events()
    earlier = harness.earlier.Earlier({"earlier": runs}, events)
    given, reference = earlier.given(), earlier.reference()
    assert np.array_equal(given.batch.x, np.zeros((2, 3)))
    assert (given.batch.weights, given.loss_name) == (None, "mse")
    assert (reference.loss_name, reference.is_original) == ("0.0", True)
    assert events.heard == []


def test_one_that_has_ended_without_is_passed_over(
    harness: Harness, runs: list[dict[str, Any]]
) -> None:
    end(runs[0])
    leave(harness, runs[1], 1.0)
    reference = harness.earlier.Earlier({"earlier": runs}, Events()).reference()
    assert (reference.loss_name, reference.is_original) == ("1.0", False)


def test_where_all_have_ended_without_there_is_nothing(
    harness: Harness, runs: list[dict[str, Any]]
) -> None:
    for run in runs:
        end(run)
    earlier = harness.earlier.Earlier({"earlier": runs}, Events())
    assert earlier.given() is None
    assert earlier.reference() is None


def test_it_waits_for_one_that_is_still_at_it_and_says_so(
    harness: Harness, runs: list[dict[str, Any]]
) -> None:
    leave(harness, runs[1], 1.0)
    events = Events()

    def act() -> None:
        leave(harness, runs[0], 7.0)

    timer = threading.Timer(0.3, act)
    timer.start()
    given = harness.earlier.Earlier({"earlier": runs}, events).given()
    timer.join()
    assert given.batch.x[0, 0] == 7.0
    assert events.heard == [("waits", "baseline"), ("goes_on", "")]
