"""Every executable example of every rule: the same numbers before and after, on every backend."""

from __future__ import annotations

import pytest

from kerashift.engine.rules.base import Example
from kerashift.engine.rules.registry import all_rules
from tests.backends.checks import Sides
from tests.backends.compare import difference
from tests.backends.conftest import once
from tests.backends.sides import BACKENDS, KERAS2, Outcome, Task, run_side
from tests.rewriting import rewritten

EXAMPLES: dict[str, Example] = {
    f"{rule.code}/{example.name}": example
    for rule in all_rules()
    for example in rule.examples
    if example.compare
}
RUN: dict[str, Example] = {
    f"{rule.code}/{example.name}": example
    for rule in all_rules()
    for example in rule.examples
    if not example.compare
    and example.after not in (None, example.before)
    and example.path == "example.py"
}
"""Rewritten Python that names no result: it must run after if it ran before."""
LACKING = {
    "KS103/batch normalization over devices": ("jax", "torch"),
    "KS221/a model for serving": ("torch",),
    "KS305/metrics in call": ("jax",),
}
"""Backends that have no such thing, as Keras says when it is asked for."""

@pytest.fixture(scope="session")
def example_sides(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Sides:
    """The examples that the selected tests are about."""
    chosen = {
        item.callspec.params["shown"]
        for item in request.session.items
        if hasattr(item, "callspec") and "shown" in item.callspec.params
    }

    def outcome(side: str) -> Outcome:
        tasks = [_task(side, name) for name in sorted(chosen)]
        folder = tmp_path_factory.mktemp(f"examples-{side}")
        for name in chosen:
            example = _example(name)
            for path, text in rewritten(example.before, example.path).creates.items():
                (folder / path).write_text(text, encoding="utf-8")
        return run_side(side, tasks, folder)

    return once(outcome)


def _example(name: str) -> Example:
    return EXAMPLES.get(name) or RUN[name]


def _task(side: str, name: str) -> Task:
    example = _example(name)
    source = example.before if side == KERAS2 else rewritten(example.before, example.path).text
    return Task(name, source, ("variable",), variable=example.compare or "__name__")


@pytest.mark.backends
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("shown", EXAMPLES)
def test_an_example_gives_the_same_before_and_after(
    shown: str, backend: str, example_sides: Sides
) -> None:
    example = EXAMPLES[shown]
    text = rewritten(example.before, example.path).text
    assert text == (example.before if example.after is None else example.after)
    (kind, before), (status, after) = (
        example_sides(side).results[shown]["variable"] for side in (KERAS2, backend)
    )
    assert kind == "ok", f"Keras 2: {before}"
    assert status == "ok", f"{backend}: {after}"
    tolerance = example.tolerance
    assert not difference(before, after, relative=tolerance, absolute=tolerance)


@pytest.mark.backends
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("shown", RUN)
def test_an_example_that_ran_before_runs_after(
    shown: str, backend: str, example_sides: Sides
) -> None:
    (before, _), (after, said) = (
        example_sides(side).results[shown]["variable"] for side in (KERAS2, backend)
    )
    assert (before, after) != ("ok", "error") or backend in LACKING.get(shown, ()), said
