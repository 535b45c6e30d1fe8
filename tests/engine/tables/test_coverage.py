"""The op tables know what real projects use."""

from __future__ import annotations

from kerashift.engine.rules.randomcalls import ROWS
from kerashift.engine.tables import api
from kerashift.engine.tables.oprows import rows
from tests.benchmarks.op_coverage import coverage, what_to_do


def test_nearly_all_calls_of_operations_in_real_projects_have_a_fix() -> None:
    found = coverage()
    assert found.calls > 10_000
    assert found.share >= 0.99, found.left


def test_what_has_no_fix_says_what_to_do() -> None:
    left = coverage().left
    assert left
    assert not [name for name in left if not what_to_do(name)]


def test_each_function_of_the_old_backend_stays_or_has_a_row_or_a_rule() -> None:
    names = api.load("keras3_names.toml")["keras2"]
    assert isinstance(names, dict)
    paths = {f"keras.backend.{name}" for name in str(names["keras.backend"]).split()}
    known = rows("backend.toml").keys() | ROWS.keys()
    assert len(paths) > 140
    assert {path for path in paths - known if not api.exists(path)} == {
        "keras.backend.experimental"  # a module
    }
