"""Every row of the op tables does what it says, on every backend."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from kerashift.engine.model import Safety
from tests.backends.compare import (
    ABSOLUTE,
    GRADIENT_ABSOLUTE,
    GRADIENT_RELATIVE,
    RELATIVE,
    difference,
    shape_difference,
)
from tests.backends.conftest import Sides
from tests.backends.opcases import (
    AS_WRITTEN,
    RowCases,
    Spelling,
    all_rows,
    case_file,
    reported,
    spellings,
)
from tests.backends.sides import BACKENDS, KERAS2

ROWS = sorted(name for name, row in all_rows().items() if row.has_fix)
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


def test_every_case_belongs_to_a_row() -> None:
    assert not case_file().keys() - set(ROWS)


@pytest.mark.backends
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("row", ROWS)
def test_values_are_those_of_keras_2(row: str, backend: str, op_sides: Sides) -> None:
    failures = []
    for case in spellings(row):
        if case.id not in op_sides(backend).results or _is_downgraded(case):
            continue
        old, new = (_eager(op_sides, side, case) for side in (KERAS2, backend))
        relative = case_file()[row].relative or RELATIVE
        failures += _failed(case, difference(old, new, relative, ABSOLUTE))
    assert not failures, "\n\n".join(failures)


@pytest.mark.backends
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("row", ROWS)
def test_safe_rows_give_the_same_when_compiled(row: str, backend: str, op_sides: Sides) -> None:
    failures = []
    for case in _safe(row, "compiled"):
        old = _value(op_sides, KERAS2, case, "eager")
        new = _value(op_sides, backend, case, "compiled")
        relative = case_file()[row].relative or RELATIVE
        failures += _failed(case, difference(old, new, relative, ABSOLUTE))
    assert not failures, "\n\n".join(failures)


@pytest.mark.backends
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("row", ROWS)
def test_safe_rows_work_on_symbolic_tensors(row: str, backend: str, op_sides: Sides) -> None:
    failures = []
    for case in _safe(row, "symbolic"):
        mode = "static" if "symbolic batch" in case_file()[row].without else "symbolic"
        value = _eager(op_sides, backend, case)
        failures += _failed(case, shape_difference(value, _value(op_sides, backend, case, mode)))
    assert not failures, "\n\n".join(failures)


@pytest.mark.backends
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("row", ROWS)
def test_safe_rows_have_the_same_gradient(row: str, backend: str, op_sides: Sides) -> None:
    failures = []
    for case in _safe(row, "gradient"):
        old, new = (_value(op_sides, side, case, "gradient") for side in (KERAS2, backend))
        text = difference(old, new, GRADIENT_RELATIVE, GRADIENT_ABSOLUTE)
        failures += _failed(case, text)
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


def _is_downgraded(case: Spelling) -> bool:
    """Whether a variable made a safe case one for review: what it holds was not seen."""
    first = next(s for s in spellings(case.name) if s.id.split("/")[1] == case.id.split("/")[1])
    return case.safety is not first.safety


def _safe(row: str, mode: str) -> list[Spelling]:
    if mode in case_file()[row].without:
        return []
    return [
        case
        for case in spellings(row)
        if case.kind == AS_WRITTEN and case.is_fixed and case.safety is Safety.SAFE
    ]


class _Failed(str):
    """An error in the place of a value."""

    __slots__ = ()


def _value(sides: Sides, side: str, case: Spelling, mode: str) -> Any:
    status, value = sides(side).results[case.id][mode]
    return value if status == "ok" else _Failed(f"{side} {mode} raises {value}")


def _eager(sides: Sides, side: str, case: Spelling) -> Any:
    """The value, of a compiled run where the side makes no other."""
    mode = "eager" if "eager" in sides(side).results[case.id] else "compiled"
    return _value(sides, side, case, mode)


def _failed(case: Spelling, text: str) -> list[str]:
    return [f"{text}\n{_body(case.old)}\n{_body(case.new)}"] if text else []


def _body(source: str) -> str:
    return source[source.index("def case") :].rstrip()
