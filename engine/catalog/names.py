"""Rows of names: those that moved, those that are gone, and those with nothing but advice."""

from __future__ import annotations

from collections.abc import Iterator

from kerashift.engine.analysis.symbols import canonical
from kerashift.engine.catalog.row import Row
from kerashift.engine.model import Safety
from kerashift.engine.tables import advice, api, moves, packages, removed
from kerashift.engine.tables.private import is_private


def moved(code: str) -> Iterator[Row]:
    """Public modules and names that have another path now."""
    return (row for row in _moves(code) if not _is_private(row))


def private(code: str) -> Iterator[Row]:
    """Modules and names that were never public, and the public path of what they hold."""
    return (row for row in _moves(code) if _is_private(row))


def _is_private(row: Row) -> bool:
    symbol = canonical(row.name)
    return symbol is not None and is_private(symbol)


def _moves(code: str) -> Iterator[Row]:
    for old, new in moves.modules().items():
        yield Row(
            code=code,
            name=old,
            old=f"`{old}.…`",
            new=f"`{new}.…`",
            notes=("Every name of the module that Keras 3 has there moves with it.",),
            source=f"import {old} as names",
        )
    for old, new in moves.names().items():
        doubt = moves.caution(old)
        yield Row(
            code=code,
            name=old,
            old=f"`{old}`",
            new=f"`{new}`",
            safety=Safety.REVIEW if doubt else Safety.SAFE,
            caution=doubt,
            source=old,
        )


def gone(code: str) -> Iterator[Row]:
    """Names that Keras 3 does not have."""
    for row in removed.rows():
        given = ", ".join(row.params)
        called = f"{row.name}({given})" if row.params else row.name
        yield Row(
            code=code,
            name=row.name,
            old=f"`{called}`",
            new=_place(row),
            notes=tuple(_arguments(row)),
            safety=row.safety if row.to else Safety.MANUAL,
            caution=row.caution,
            advice=row.message,
            source=_gone_source(row) if row.to else "",
        )


def _place(row: removed.RemovedRow) -> str:
    if row.file:
        return f"`{row.to}` of the file `{row.file}`, which is put into the project"
    return f"`{row.to}`" if row.to else ""


def _arguments(row: removed.RemovedRow) -> Iterator[str]:
    for old, new in row.names.items():
        yield f"`{old}` is called `{new}`."
    for name, value in row.add.items():
        yield f"`{name}={value}` is written out where the call does not give it."


def _gone_source(row: removed.RemovedRow) -> str:
    if row.as_value and not row.params:
        return f"class Mine({row.name}):\n    pass"
    given = f"{row.params[0]}={row.params[0]}" if row.params else ""
    return f"{row.name}({given})"


def advised(table: str, code: str) -> Iterator[Row]:
    """Names that stay as they are; the table says what a person can do."""
    for name, text in advice.rows(table).items():
        if text:
            yield Row(code=code, name=name, old=f"`{name}`", safety=Safety.MANUAL, advice=text)


def family(code: str) -> Iterator[Row]:
    """Parts of TensorFlow that a rule recognises as a whole."""
    table = api.load("families.toml")["row"]
    assert isinstance(table, list)
    for row in table:
        if row["rule"] == code and row["where"]:
            name, text = str(row["name"]), str(row["text"])
            advice_text = text[0].upper() + text[1:] + "."
            yield Row(
                code=code, name=name, old=f"`{name}`", safety=Safety.MANUAL, advice=advice_text
            )


def blocking(code: str) -> Iterator[Row]:
    """Packages that need Keras 2."""
    for row in packages.blockers():
        if row.imports:
            yield Row(
                code=code,
                name=row.name,
                old=f"`{row.name}`",
                aliases=tuple(name for name in row.imports if name != row.name),
                safety=Safety.MANUAL,
                advice=f"{row.text}.",
            )
