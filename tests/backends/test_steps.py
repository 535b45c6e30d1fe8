"""Steps written by hand, as public code has them: the same training before and after the fix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.backends.compare import difference
from tests.backends.conftest import Sides, once
from tests.backends.sides import BACKENDS, KERAS2, Outcome, Task, run_side
from tests.rewriting import rewritten

FOLDER = Path(__file__).with_name("steps")
PATTERNS = sorted(path.stem for path in FOLDER.glob("*.py"))
AFTER_ONE, AFTER_TEN = 1e-5, 1e-3


def original(pattern: str) -> str:
    return (FOLDER / f"{pattern}.py").read_text(encoding="utf-8")


def source(pattern: str, side: str) -> str:
    text = original(pattern)
    code = text if side == KERAS2 else rewritten(text).text
    drive = (FOLDER / "drive.txt").read_text(encoding="utf-8")
    return f"{code}\nimport tensorflow as tf\n{drive}"


@pytest.fixture(scope="session")
def step_sides(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sides:
    """The patterns that the selected tests are about."""
    chosen = {
        item.callspec.params["pattern"]
        for item in request.session.items
        if hasattr(item, "callspec") and "pattern" in item.callspec.params
    }

    def outcome(side: str) -> Outcome:
        tasks = [Task(p, source(p, side), ("variable",), variable="result") for p in sorted(chosen)]
        return run_side(side, tasks, tmp_path_factory.mktemp(f"steps-{side}"))

    return once(outcome)


def first(found: dict[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in ("first", "weights_after_one")}


def later(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name not in first(found)}


@pytest.mark.backends
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_step_trains_the_same_before_and_after(
    pattern: str, backend: str, step_sides: Sides
) -> None:
    (kind, before), (status, after) = (
        step_sides(side).results[pattern]["variable"] for side in (KERAS2, backend)
    )
    assert kind == "ok", f"Keras 2: {before}"
    assert status == "ok", f"{backend}: {after}"
    assert not difference(first(before), first(after), relative=AFTER_ONE, absolute=AFTER_ONE)
    assert not difference(later(before), later(after), relative=AFTER_TEN, absolute=AFTER_TEN)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_nothing_is_left_to_do_in_a_pattern(pattern: str) -> None:
    result = rewritten(original(pattern))
    again = rewritten(result.text)
    assert again.issues == ()
    assert result.is_stable
