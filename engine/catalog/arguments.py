"""Rows of arguments: those that are gone or called otherwise, and defaults that changed."""

from __future__ import annotations

from collections.abc import Iterator

from kerashift.engine.catalog.row import Row
from kerashift.engine.model import Safety
from kerashift.engine.tables import arguments, numbers
from kerashift.engine.tables.arguments import ArgumentRow, DefaultRow

_MODEL = "model = keras.Sequential()\n"


def keywords(code: str) -> Iterator[Row]:
    """Arguments by name, then defaults. Several rows may speak of one argument."""
    rows: dict[str, Row] = {}
    for row in arguments.rows():
        if not row.works:
            rows.setdefault(row.key, _keyword(row, code))
    for default in arguments.defaults():
        path = default.of[0]
        written = f"`{path}({default.name}={default.value})`" if default.value else ""
        rows.setdefault(
            default.key,
            Row(
                code=code,
                name=default.key,
                old=f"`{path}()`",
                new=written,
                aliases=tuple(f"{other}.{default.name}" for other in default.of[1:]),
                notes=(f"The default of `{default.name}` is another one in Keras 3.",),
                safety=Safety.SAFE if default.value else Safety.MANUAL,
                advice=default.message,
                source=_default_source(default) if default.value else "",
            ),
        )
    yield from rows.values()


def other_numbers(code: str) -> Iterator[Row]:
    """Calls that compute something else, alone or with an argument."""
    for row in numbers.rows():
        path = row.of[0]
        given = f"{row.argument}=…" if row.argument else ""
        yield Row(
            code=code,
            name=row.key,
            old=f"`{path}({given})`",
            new=f"`{path}()`" if row.drop else "",
            aliases=tuple(f"{p}.{row.argument}" if row.argument else p for p in row.of[1:]),
            notes=(f"{row.message}.",) if row.drop else (),
            safety=Safety.REVIEW if row.drop else Safety.MANUAL,
            caution=row.drop,
            advice="" if row.drop else row.message,
            source=f"tf.{path}({row.argument}=value)" if row.drop else "",
        )


def _default_source(row: DefaultRow) -> str:
    """A call that leaves the argument out; some rows need code that is sure to be for Keras 2."""
    given = f"{row.needs}=True" if row.needs else ""
    return f"{'tf.' if row.new else ''}{row.of[0]}({given})"


def _keyword(row: ArgumentRow, code: str) -> Row:
    notes = tuple(_notes(row))
    value = next(iter([*row.values, *sorted(row.harmless - {"*"})]), "value")
    has_fix = bool(row.to or row.values or row.harmless or row.caution or row.handler)
    called = f"{row.key.rpartition('.')[0].replace('*', '…')}({row.name}=…)"
    return Row(
        code=code,
        name=row.key,
        old=f"`{called}`",
        new=_new(row, called) if has_fix else "",
        aliases=_aliases(row),
        notes=notes,
        safety=_safety(row, has_fix),
        caution=row.caution,
        advice=row.message,
        source=_source(row, value) if has_fix else "",
    )


def _aliases(row: ArgumentRow) -> tuple[str, ...]:
    """The other classes whose method is meant, or the other callables."""
    if row.on:
        return tuple(f"{other}.{row.of[0]}.{row.name}" for other in sorted(row.on)[1:])
    return tuple(f"{other}.{row.name}" for other in row.of[1:])


def _safety(row: ArgumentRow, has_fix: bool) -> Safety:
    if row.caution:
        return Safety.REVIEW
    return Safety.SAFE if has_fix else Safety.MANUAL


def _new(row: ArgumentRow, called: str) -> str:
    if row.handler == "first_layer":
        return "a `keras.Input` before the layer"
    if row.handler or not row.to:
        return f"`{called.replace(f'{row.name}=…', '…' if row.values else '')}`"
    return f"`{called.replace(row.name, row.to)}`"


def _notes(row: ArgumentRow) -> Iterator[str]:
    for old, new in row.values.items():
        yield f"`{row.name}={old}` is `{row.to or row.name}={new}`."
    if "*" in row.harmless:
        yield f"`{row.name}` is left out: it changes no numbers."
    elif row.harmless:
        listed = ", ".join(f"`{value}`" for value in sorted(row.harmless))
        yield f"Left out where it is {listed}, which changes no numbers."
    if row.caution:
        yield "Other values are left out too, to be reviewed."
    elif row.message and (row.harmless or row.values):
        yield "Other values are reported."


def _source(row: ArgumentRow, value: str) -> str:
    path = row.of[0]
    if row.on:
        method = "" if path == "__call__" else f".{path}"
        return f"made = {min(row.on)}(size)\nmade{method}({row.name}={value})"
    if "." not in path:  # a method
        owner = "optimizer" if path == "apply_gradients" else "model"
        head = _MODEL if owner == "model" else "optimizer = keras.optimizers.SGD()\n"
        return f"{head}{owner}.{path}(data, {row.name}={value})"
    if row.handler == "first_layer":
        shape = "6" if row.name == "input_length" else "(4, 3)"
        layer = path.replace("*", "Dense")
        return f"keras.Sequential([{layer}(2, {row.name}={shape})])"
    if path.endswith("*"):
        path = path[:-1] + ("Dense" if path == "keras.layers.*" else "MeanSquaredError")
    return f"{path}({row.name}={value})"
