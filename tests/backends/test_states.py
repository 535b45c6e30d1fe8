"""Layers that keep state, as public code has them: the same training and a file that loads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.backends.compare import difference
from tests.backends.conftest import Sides, once
from tests.backends.sides import BACKENDS, KERAS2, Outcome, Task, run_side
from tests.rewriting import rewritten

FOLDER = Path(__file__).with_name("states")
PATTERNS = sorted(path.stem for path in FOLDER.glob("*.py"))
AFTER_ONE, AFTER_TEN = 1e-5, 1e-3
REFUSED = {("metric_in_call", "jax"): "'NoneType' object is not callable"}
"""What a backend cannot do, as the caution of the fix says."""
EXACT = ("first", "weights_after_one", "reloaded")


def original(pattern: str) -> str:
    return (FOLDER / f"{pattern}.py").read_text(encoding="utf-8")


def source(pattern: str, side: str) -> str:
    text = original(pattern)
    code = text if side == KERAS2 else rewritten(text).text
    return f"{code}\nimport keras\n{(FOLDER / 'drive.txt').read_text(encoding='utf-8')}"


@pytest.fixture(scope="session")
def state_sides(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sides:
    """The patterns that the selected tests are about."""
    chosen = {
        item.callspec.params["kept"]
        for item in request.session.items
        if hasattr(item, "callspec") and "kept" in item.callspec.params
    }

    def outcome(side: str) -> Outcome:
        tasks = [Task(p, source(p, side), ("variable",), variable="result") for p in sorted(chosen)]
        return run_side(side, tasks, tmp_path_factory.mktemp(f"states-{side}"))

    return once(outcome)


def parts(found: dict[str, Any], is_exact: bool) -> dict[str, Any]:
    return {name: value for name, value in found.items() if (name in EXACT) == is_exact}


@pytest.mark.backends
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kept", PATTERNS)
def test_state_trains_and_reloads_the_same_before_and_after(
    kept: str, backend: str, state_sides: Sides
) -> None:
    (kind, before), (status, after) = (
        state_sides(side).results[kept]["variable"] for side in (KERAS2, backend)
    )
    assert kind == "ok", f"Keras 2: {before}"
    if (kept, backend) in REFUSED:
        assert REFUSED[kept, backend] in after
        return
    assert status == "ok", f"{backend}: {after}"
    for room, is_exact in ((AFTER_ONE, True), (AFTER_TEN, False)):
        both = parts(before, is_exact), parts(after, is_exact)
        assert not difference(*both, relative=room, absolute=room)


@pytest.mark.parametrize("kept", PATTERNS)
def test_nothing_is_left_to_do_in_a_pattern_of_state(kept: str) -> None:
    result = rewritten(original(kept))
    assert rewritten(result.text).issues == ()
    assert result.is_stable
