"""Before and after of rows, made by the engine: what is shown is what a fix would do."""

from __future__ import annotations

import ast
import builtins
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from kerashift.engine.assemble import assemble
from kerashift.engine.catalog.row import Row
from kerashift.engine.fixing import MAX_PASSES
from kerashift.engine.scan import analyse_units, read_unit

_HEAD = "import keras\nimport tensorflow as tf\nfrom keras import backend as K\n"
_IMPORTED = frozenset({"keras", "tf", "K", *dir(builtins)})
_MARK = "# example "


@dataclass(frozen=True, slots=True)
class Shown:
    """The code of a row's example, without what stands around it."""

    before: str
    after: str


@cache
def example(row: Row) -> Shown | None:
    """The example of one row; None where the row has none."""
    return examples((row,)).get(row)


def examples(rows: Iterable[Row]) -> dict[Row, Shown]:
    """Examples of the rows that have one, all made in one go."""
    shown = [row for row in rows if row.source]
    source = _HEAD + "".join(_function(number, row) for number, row in enumerate(shown))
    after = _fixed(source).split(_MARK)[1:]
    return {row: Shown(row.source, _body(text)) for row, text in zip(shown, after, strict=True)}


def _function(number: int, row: Row) -> str:
    """A function that a model would call: its last parameters say so."""
    *statements, last = ast.parse(row.source).body
    lines = row.source
    if isinstance(last, ast.Expr) and not statements:
        lines = f"return {lines}"
    given = [*_free_names(row.source), "y_true=None", "y_pred=None"]
    body = textwrap.indent(lines, "    ")
    return f"\n\n{_MARK}{number}\ndef example_{number}({', '.join(given)}):\n{body}\n"


def _free_names(source: str) -> list[str]:
    names = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name)]
    stored = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    return sorted({node.id for node in names} - stored - _IMPORTED - {"super", "self"})


def _body(text: str) -> str:
    """The statements of an example's function."""
    lines = text.split("\n")
    start = next(number for number, line in enumerate(lines) if line.startswith("def "))
    return textwrap.dedent("\n".join(lines[start + 1 :])).strip("\n").removeprefix("return ")


def _fixed(source: str) -> str:
    """`source` with all fixes made."""
    for _ in range(MAX_PASSES):
        unit = read_unit("example.py", source.encode())
        found = analyse_units({"example.py": unit}).issues
        text = assemble(unit, [issue for issue in found if issue.fixable]).text
        if text == source:
            break
        source = text
    return source
