"""What a row must stand on a backend: values, compiled step, symbolic tensors, gradient.

`Check` is the outcome for one case; the tests and `packaging/prove.py` ask for the same ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from kerashift.engine.model import Safety
from tests.backends.compare import (
    ABSOLUTE,
    GRADIENT_ABSOLUTE,
    GRADIENT_RELATIVE,
    RELATIVE,
    difference,
    distance,
    shape_difference,
)
from tests.backends.opcases import AS_WRITTEN, Spelling, all_rows, case_file, spellings
from tests.backends.sides import KERAS2, Outcome, Task

MODES = ("values", "compiled", "symbolic", "gradient")
"""Eager values in all spellings; for safe rows also those of a compiled step, what symbolic tensors
announce, and the gradient in a compiled training step."""
_KERAS3 = ("compiled", "symbolic", "static", "gradient")
_SLOW = "jax"
"""Compiles every call, also eager ones. In a brief proof it runs cases as written and with
variables only: how arguments are spelled is up to `keras.ops`, the same code on each backend."""


class Sides(Protocol):
    """The outcome of a side; the child runs when it is first asked for."""

    def __call__(self, side: str) -> Outcome: ...


@dataclass(frozen=True, slots=True)
class Check:
    """One case in one mode: empty or what failed, and the largest difference of two numbers."""

    failure: str
    apart: float = 0.0


def tasks(side: str, names: Iterable[str], thorough: bool) -> list[Task]:
    """What a side runs to prove the rows."""
    cases = [case for name in names for case in spellings(name) if case.is_fixed]
    made = (_task(side, case, thorough) for case in cases)
    return [task for task in made if task is not None]


def signature_paths() -> list[str]:
    """The functions of both sides of all rows."""
    return [path for name, row in all_rows().items() for path in (name, row.to) if path]


def _task(side: str, case: Spelling, thorough: bool) -> Task | None:
    modes = ["eager"]
    if case.kind == AS_WRITTEN and case.safety is Safety.SAFE:
        spared = case_file()[case.name].without
        modes += [m for m in (["gradient"] if side == KERAS2 else _KERAS3) if m not in spared]
    elif side == _SLOW and not thorough and case.kind not in (AS_WRITTEN, "variables"):
        return None
    source = case.old if side == KERAS2 else case.new
    return Task(case.id, source, tuple(modes), function="case", inputs=case.inputs)


def checks(row: str, mode: str, backend: str, sides: Sides) -> list[Check]:
    """Each case of a row that has a fix, in a mode on a backend."""
    run = {"values": _values, "symbolic": _symbolic}.get(mode, _step)
    return [
        run(case, mode, backend, sides)
        for case in _cases(row, mode)
        if case.id in sides(backend).results
    ]


def _cases(row: str, mode: str) -> list[Spelling]:
    fixed = [case for case in spellings(row) if case.is_fixed]
    if mode == "values":
        return [case for case in fixed if not _is_downgraded(case)]
    if mode in case_file()[row].without:
        return []
    return [c for c in fixed if c.kind == AS_WRITTEN and c.safety is Safety.SAFE]


def _is_downgraded(case: Spelling) -> bool:
    """Whether a variable made a safe case one for review: what it holds was not seen."""
    first = next(s for s in spellings(case.name) if s.id.split("/")[1] == case.id.split("/")[1])
    return case.safety is not first.safety


def _values(case: Spelling, mode: str, backend: str, sides: Sides) -> Check:
    old, new = (_value(sides, side, case, "eager") for side in (KERAS2, backend))
    return _compared(case, old, new, tolerance(case.name), ABSOLUTE)


def _step(case: Spelling, mode: str, backend: str, sides: Sides) -> Check:
    before = "eager" if mode == "compiled" else mode
    old, new = _value(sides, KERAS2, case, before), _value(sides, backend, case, mode)
    if mode == "compiled":
        return _compared(case, old, new, tolerance(case.name), ABSOLUTE)
    return _compared(case, old, new, GRADIENT_RELATIVE, GRADIENT_ABSOLUTE)


def _symbolic(case: Spelling, mode: str, backend: str, sides: Sides) -> Check:
    mode = "static" if "symbolic batch" in case_file()[case.name].without else "symbolic"
    value = _value(sides, backend, case, "eager")
    return Check(_said(case, shape_difference(value, _value(sides, backend, case, mode))))


def tolerance(row: str) -> float:
    """The relative difference that a row's values may have; see `RELATIVE` for the usual one."""
    return case_file()[row].relative or RELATIVE


def _compared(case: Spelling, old: Any, new: Any, relative: float, absolute: float) -> Check:
    text = difference(old, new, relative, absolute)
    return Check(_said(case, text), 0.0 if text else distance(old, new))


class _Failed(str):
    """An error in the place of a value."""

    __slots__ = ()


def _value(sides: Sides, side: str, case: Spelling, mode: str) -> Any:
    status, value = sides(side).results[case.id][mode]
    return value if status == "ok" else _Failed(f"{side} {mode} raises {value}")


def _said(case: Spelling, text: str) -> str:
    return f"{text}\n{case.old_body}\n{case.new_body}" if text else ""
