"""Rows of members that classes lost, and of backend functions in pipelines."""

from __future__ import annotations

from collections.abc import Iterator

from kerashift.engine.catalog.row import Row
from kerashift.engine.model import Safety
from kerashift.engine.tables import api, members
from kerashift.engine.tables.members import MemberRow


def lost(code: str) -> Iterator[Row]:
    """Members that no other rule answers for."""
    for found in members.rows().values():
        for row in found.values():
            if not row.rule:
                yield _member(row, code)


def _member(row: MemberRow, code: str) -> Row:
    made = row.owner.rpartition(".")[2].lower()
    new = f"`{made}.{row.to}`" if row.to else ""
    if row.otherwise:
        new = f'`getattr({made}, "{row.name}", {row.otherwise})`'
    return Row(
        code=code,
        name=row.key,
        old=f"`{made}.{row.name}`",
        new=new,
        safety=Safety.SAFE if new else Safety.MANUAL,
        advice="" if new else row.message,
        source=f"{made} = {row.owner}()\nmade = {made}.{row.name}" if new else "",
    )


def in_pipelines(code: str) -> Iterator[Row]:
    """Functions of the Keras 2 backend, where a `tf.data` pipeline calls them."""
    table = api.load("pipelines.toml")["backend"]
    assert isinstance(table, dict)
    for name, (new, *parameters) in table.items():
        if not new:
            text = f"In a pipeline, use {parameters[0]}."
            yield Row(code=code, name=name, old=f"`{name}`", safety=Safety.MANUAL, advice=text)
            continue
        given = ", ".join(parameters)
        yield Row(
            code=code,
            name=name,
            old=f"`{name}({given})`",
            new=f"`{new}({given})`",
            source=_pipeline(name, parameters),
        )


def _pipeline(name: str, parameters: list[str]) -> str:
    others = "".join(f", {parameter}" for parameter in parameters[1:])
    called = name.replace("keras.backend.", "K.")
    return f"data = tf.data.Dataset.range(3).map(lambda x: {called}(x{others}))"
