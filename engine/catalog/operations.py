"""Rows of the op tables: functions of TensorFlow and of the Keras 2 backend."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kerashift.engine.catalog.row import Row
from kerashift.engine.model import Safety
from kerashift.engine.tables import api
from kerashift.engine.tables.oprows import OpRow, rows
from kerashift.engine.tables.proof import record

_BY_HAND = "an expression that depends on the arguments"
_VALUES = {
    "lower": "in lower case",
    "inner": "without the batch and the channels",
    "tuple": "as a tuple",
}
_CALLED = re.compile(r"\bf\b")


def operations(table: str, code: str) -> Iterator[Row]:
    """Rows of a table that `OpRow` describes, with the first executed case of each."""
    cases = _cases()
    other_names = {str(n): str(aliases) for n, aliases in api.load("tf_aliases.toml").items()}
    for name, raw in api.load(table).items():
        assert isinstance(raw, dict)
        row = rows(table)[name]
        yield Row(
            code=code,
            name=name,
            old=_call(name, [p for p in row.params if p != "name"]),
            new=_new(row) if row.has_fix else "",
            aliases=(*str(raw.get("aliases", "")).split(), *other_names.get(name, "").split()),
            notes=tuple(_notes(row)) if row.has_fix else (),
            safety=row.safety if row.has_fix else Safety.MANUAL,
            caution=row.caution,
            advice=row.message,
            proof=_proof(name),
            source=_source(name, cases.get(name, "")) if row.has_fix else "",
        )


def _proof(name: str) -> str:
    """What the recorded run of the row showed."""
    found = record().rows.get(name)
    if found is None:
        return ""
    versions = record().versions
    apart = max(found.apart.values(), default=0.0)
    far = f", at most {apart:.1e} apart" if apart else ""
    return (
        f"Executed in {found.spellings} spellings on TensorFlow {versions['tensorflow']}, JAX "
        f"{versions['jax']} and PyTorch {versions['torch']} with Keras {versions['keras']}, "
        f"{record().date}: {', '.join(found.modes)} as under Keras 2{far}."
    )


def _cases() -> dict[str, str]:
    """The first case of each row that has some."""
    result: dict[str, str] = {}
    for names, raw in api.load("op_cases.toml").items():
        assert isinstance(raw, dict)
        cases = raw.get("cases", [])
        result |= {name: str(cases[0]) for name in names.split() if cases}
    return result


def _source(name: str, case: str) -> str:
    spelled = name.replace("keras.backend.", "K.")
    return "\n".join(_CALLED.sub(spelled, line) for line in case.split("; "))


def _call(name: str, parameters: list[str]) -> str:
    return f"`{name}({', '.join(parameters)})`"


def _new(row: OpRow) -> str:
    if row.template:
        return "`" + re.sub(r"\{(\w+)\}", r"\1", row.template) + "`"
    if not row.to:
        return _BY_HAND
    given = {row.names.get(name, name) for name in row.params}
    taken = [name for name in row.order if name in given or name in row.inject]
    return _call(row.to, taken)


def _notes(row: OpRow) -> Iterator[str]:
    """What becomes of each argument, where that is not plain to see."""
    for old in row.params:
        new = row.names.get(old, old)
        if old in row.reject:
            yield f"`{old}`: such a call is reported, since {row.reject[old]}."
        elif old in row.drop and old != "name":
            yield f"`{old}` is left out: it changes no numbers."
        elif new != old:
            yield f"`{old}` is called `{new}`."
        elif not (row.template or row.handler) and new not in (*row.order, "name"):
            yield f"`{old}` has no counterpart: a call that gives it is reported."
        if old in row.values:
            yield f"`{new}` is written {_VALUES[row.values[old]]}."
        if old in row.defaults:
            yield f"`{old}` is `{row.defaults[old]}` where the call does not give it."
    for name, text in row.inject.items():
        yield f"`{name}={text}` is written out where the call does not give it."
    if row.as_value:
        yield "The bare name, handed on without a call, is replaced too."
