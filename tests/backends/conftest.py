"""Runs the sides once for all tests that were selected, and chooses what is proven anew.

Every row has a recorded proof (`packaging/prove.py` runs them all). A test run repeats a share of
them that changes from day to day, and always the rows whose text is not the one that was proven.
Of the model projects, too, a run takes a share.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.backends.checks import Sides, signature_paths, tasks
from tests.backends.modelprojects import todays_projects
from tests.backends.opcases import ROWS
from tests.backends.share import todays_share
from tests.backends.sides import Outcome, run_side


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not of today's share, unless something was asked for by `-k`."""
    if config.option.keyword:
        return
    rows = {item: _row(item) for item in items if _row(item)}
    projects = {item: _project(item) for item in items if _project(item)}
    share = todays_share(rows.values()).rows if rows else frozenset()
    share |= todays_projects(projects.values())
    left_out = {item for item, name in (rows | projects).items() if name not in share}
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which share it was; here, because the process that reports may not be one that runs."""
    passed = terminalreporter.stats.get("passed", [])
    is_share = not terminalreporter.config.option.keyword
    if is_share and any("test_a_row_does_what_it_says" in report.nodeid for report in passed):
        terminalreporter.write_line(todays_share(ROWS).said)


def _row(item: pytest.Item) -> str:
    """The row of an op table that a test of a backend is about."""
    return _proven(item, "row")


def _project(item: pytest.Item) -> str:
    """The model project that a test runs."""
    return _proven(item, "project")


def _proven(item: pytest.Item, parameter: str) -> str:
    call = getattr(item, "callspec", None)
    parameters = call.params if call is not None else {}
    is_proof = item.get_closest_marker("backends") is not None
    return str(parameters.get(parameter, "")) if is_proof else ""


@pytest.fixture(scope="session")
def op_sides(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sides:
    """The rows that the selected tests are about."""
    chosen = sorted({row for item in request.session.items if (row := _row(item))})

    def outcome(side: str) -> Outcome:
        plan = tasks(side, chosen, thorough=False)
        return run_side(side, plan, tmp_path_factory.mktemp(f"ops-{side}"), signature_paths())

    return once(outcome)


def once(outcome: Callable[[str], Outcome]) -> Sides:
    """Run each side one time, also if it fails."""
    known: dict[str, Outcome | Exception] = {}

    def remembered(side: str) -> Outcome:
        if side not in known:
            try:
                known[side] = outcome(side)
            except Exception as error:
                known[side] = error
        found = known[side]
        if isinstance(found, Exception):
            raise found
        return found

    return remembered
