"""Every row of the op tables does what it says, on every backend."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest

from kerashift.engine.model import Safety
from kerashift.engine.tables.proof import record
from tests.backends.checks import MODES, Sides, checks
from tests.backends.opcases import (
    AS_WRITTEN,
    ROWS,
    RowCases,
    all_rows,
    case_file,
    reported,
    spellings,
)
from tests.backends.share import result_print, source_print
from tests.backends.sides import BACKENDS, KERAS2

MUST_FIX = (AS_WRITTEN, "keywords", "reordered", "named", "positional", "value")
"""Spellings that every case must be rewritten in; a literal in a variable may be too much."""


@pytest.mark.parametrize("row", ROWS)
def test_every_row_with_a_fix_has_cases_that_are_rewritten(row: str) -> None:
    found = spellings(row)
    assert len(found) >= 3, "a row needs three ways of being called"
    for case in found:
        assert case.is_stable, f"fixes do not converge:\n{case.new}"
        assert case.is_fixed or case.kind not in MUST_FIX, f"not rewritten:\n{case.old}"
        ast.parse(case.new)


@pytest.mark.parametrize("row", [name for name in case_file() if case_file()[name].reported])
def test_forms_without_a_counterpart_are_not_rewritten(row: str) -> None:
    for case in reported(row):
        assert not case.is_fixed, f"rewritten to:\n{case.new}"


@pytest.mark.parametrize("row", sorted(all_rows()))
def test_a_row_says_when_its_fix_is_not_right_or_what_to_do_without_one(row: str) -> None:
    found = all_rows()[row]
    assert found.has_fix or found.message
    assert bool(found.caution) == (found.has_fix and found.safety is Safety.REVIEW)


@pytest.mark.parametrize("row", ROWS)
def test_a_row_was_proven_as_it_stands(row: str) -> None:
    """Run `packaging/prove.py --changed` after a change of a row, its cases or a handler."""
    proof = record().rows.get(row)
    assert proof is not None, "never proven"
    assert proof.source == source_print(row), "the row or its cases changed since"
    assert proof.result == result_print(row), "the rewrite changed since"


@pytest.mark.parametrize("row", [n for n in ROWS if all_rows()[n].safety is Safety.SAFE])
def test_a_safe_row_was_proven_in_a_training_step(row: str) -> None:
    """Where all its cases are for review, as a handler may say, there is nothing to prove."""
    is_safe = any(s.is_fixed and s.safety is Safety.SAFE for s in spellings(row))
    asked = {mode for mode in MODES if mode not in case_file()[row].without}
    assert not is_safe or asked <= set(record().rows[row].modes)


def test_the_proof_is_of_the_versions_that_are_installed_for_tests() -> None:
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8")
    extras = tomllib.loads(text)["project"]
    pinned = dict(item.split("==") for item in extras["optional-dependencies"]["backends"])
    assert record().versions == pinned


def test_no_proof_is_left_of_a_row_that_is_gone() -> None:
    assert record().rows.keys() <= set(ROWS)


def test_every_case_belongs_to_a_row() -> None:
    assert not case_file().keys() - set(ROWS)


@pytest.mark.backends
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("row", ROWS)
def test_a_row_does_what_it_says(row: str, mode: str, backend: str, op_sides: Sides) -> None:
    failures = [c.failure for c in checks(row, mode, backend, op_sides) if c.failure]
    assert not failures, "\n\n".join(failures)


@pytest.mark.backends
@pytest.mark.parametrize("name", sorted(n for n in all_rows() if all_rows()[n].params))
def test_parameters_are_those_of_the_functions(name: str, op_sides: Sides) -> None:
    found = all_rows()[name]
    if case_file().get(name, RowCases()).positional:
        return
    real = op_sides(KERAS2).signatures[name]
    if real is not None and "kwargs" not in real:
        assert list(found.params) == real[: len(found.params)]
        assert not found.has_fix or set(real[len(found.params) :]) <= {"name"}
    new = op_sides("tensorflow").signatures[found.to] if found.to else None
    if new is not None:
        assert list(found.order) == new[: len(found.order)]
