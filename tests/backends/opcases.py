"""Cases of the op tables (`engine/tables/op_cases.toml`), in every spelling of the call.

A case is written with `f` for the function and the names of `inputs` for tensors. From it come
the same call with all arguments positional, all by keyword, in reverse order, with `name=`, with
literals that come in through a variable, and with the function handed on as a value. Statements
before the expression are set off by `; `.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from kerashift.engine.model import Safety
from kerashift.engine.tables import api
from kerashift.engine.tables.oprows import OpRow, rows
from tests.backends.inputs import INPUTS
from tests.rewriting import rewritten

TABLES = {"ops.toml": "KS201", "backend.toml": "KS203"}
HEAD = "import tensorflow as tf\nfrom tensorflow.keras import backend as K\n\n\n"
AS_WRITTEN = "as written"


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way to write a case, and what the engine made of it."""

    id: str
    name: str
    kind: str
    old: str
    new: str
    inputs: tuple[str, ...]
    safety: Safety
    is_fixed: bool
    is_stable: bool

    @property
    def old_body(self) -> str:
        """The function, without the imports above it."""
        return _body(self.old)

    @property
    def new_body(self) -> str:
        return _body(self.new)


def _body(source: str) -> str:
    return source[source.index("def case") :].rstrip()


@dataclass(frozen=True, slots=True)
class RowCases:
    """What the case file says of a row. `without` maps a mode to the reason to leave it out."""

    cases: tuple[str, ...] = ()
    reported: tuple[str, ...] = ()
    relative: float | None = None
    without: dict[str, str] = field(default_factory=dict)
    positional: bool = False
    """The function takes any number of arguments, which have no names."""


@cache
def all_rows() -> dict[str, OpRow]:
    return {name: row for table in TABLES for name, row in rows(table).items()}


@cache
def case_file() -> dict[str, RowCases]:
    """Cases by row; a key may name several rows."""
    result: dict[str, RowCases] = {}
    for names, raw in api.load("op_cases.toml").items():
        assert isinstance(raw, dict)
        made = RowCases(
            cases=tuple(raw.get("cases", ())),
            reported=tuple(raw.get("reported", ())),
            relative=raw.get("relative"),
            without=raw.get("without", {}),
            positional=raw.get("positional", False),
        )
        for name in names.split():
            assert name not in result, f"{name} has cases twice"
            result[name] = made
    return result


@cache
def spellings(name: str) -> tuple[Spelling, ...]:
    """Every spelling of every case of a row, rewritten by the engine."""
    found = []
    chosen = case_file().get(name, RowCases())
    for number, case in enumerate(chosen.cases):
        for kind, lines in _spelled(case, all_rows()[name], chosen.positional):
            found.append(_make(f"{name}/{number}/{kind}", name, kind, lines))
    return tuple(found)


@cache
def reported(name: str) -> tuple[Spelling, ...]:
    """The cases for which no fix may be offered."""
    texts = case_file().get(name, RowCases()).reported
    return tuple(
        _make(f"{name}/reported/{number}", name, "reported", _lines(text))
        for number, text in enumerate(texts)
    )


def _make(id: str, name: str, kind: str, lines: list[str]) -> Spelling:
    spelled = name.replace("keras.backend.", "K.")
    body = "\n    ".join(lines)
    inputs = tuple(sorted(_names(ast.parse("\n".join(lines).replace("return ", ""))) & set(INPUTS)))
    signature = ", ".join([*inputs, "y_true=None", "y_pred=None"])
    tree = ast.parse(f"def case({signature}):\n    {body}\n")
    function = ast.unparse(_Renamed(spelled).visit(tree))
    old = f"{HEAD}{function}\n"
    result = rewritten(old)
    code = TABLES["ops.toml"] if name.startswith("tf.") else TABLES["backend.toml"]
    issues = [i for i in result.of(code) if i.message.startswith(f"`{spelled}`")]
    fixed = bool(issues) and all(i.fixable for i in issues)
    order = (Safety.SAFE, Safety.REVIEW, Safety.MANUAL)
    safety = max((i.safety for i in result.of(code)), key=order.index, default=Safety.MANUAL)
    return Spelling(id, name, kind, old, result.text, inputs, safety, fixed, result.is_stable)


class _Renamed(ast.NodeTransformer):
    def __init__(self, name: str) -> None:
        self.name = name

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.parse(self.name, mode="eval").body if node.id == "f" else node


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _spelled(case: str, row: OpRow, positional: bool) -> Iterator[tuple[str, list[str]]]:
    """The lines of a function's body for each way to write the case; each text once."""
    seen = set()
    for kind, lines in _all_spelled(case, row):
        if positional and kind != AS_WRITTEN:
            break
        text = "\n".join(lines)
        if text not in seen:
            seen.add(text)
            yield kind, lines


def _all_spelled(case: str, row: OpRow) -> Iterator[tuple[str, list[str]]]:
    yield AS_WRITTEN, _lines(case)
    call = _call(case)
    if call is None or any(isinstance(a, ast.Starred) for a in call.args):
        return
    values = dict(zip(row.params, call.args, strict=False))
    values |= {str(keyword.arg): keyword.value for keyword in call.keywords}
    if len(values) < len(call.args) + len(call.keywords):
        return
    keywords = [f"{name}={ast.unparse(value)}" for name, value in values.items()]
    yield "keywords", _with(case, ", ".join(keywords))
    yield "reordered", _with(case, ", ".join(reversed(keywords)))
    if "name" in row.params and "name" not in values:
        yield "named", _with(case, ", ".join([*keywords, "name='n'"]))
    leading = row.params[: len(values)]
    if set(leading) == set(values):
        positional = [ast.unparse(values[name]) for name in leading]
        yield "positional", _with(case, ", ".join(positional))
        if row.as_value:
            yield "value", _with(case, ", ".join(positional), "[f][0]")
    literals = {n: v for n, v in values.items() if _is_literal(v)}
    if literals:
        passed = [f"{n}={f'{n}_' if n in literals else ast.unparse(v)}" for n, v in values.items()]
        assigned = [f"{name}_ = {ast.unparse(value)}" for name, value in literals.items()]
        yield "variables", [*assigned, *_with(case, ", ".join(passed))]


def _is_literal(node: ast.expr) -> bool:
    """A value that a variable may hold; None rather stands in the call, or is left out."""
    is_none = isinstance(node, ast.Constant) and node.value is None
    return not (is_none or isinstance(node, ast.Lambda) or _names(node) - {"tf", "K"})


def _call(case: str) -> ast.Call | None:
    for node in ast.walk(ast.parse(case)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "f":
            return node
    return None


def _with(case: str, arguments: str, function: str = "f") -> list[str]:
    """The case's lines with other arguments in its first call of `f`."""
    call = _call(case)
    assert call is not None
    old = ast.get_source_segment(case, call)
    assert old is not None
    return _lines(case.replace(old, f"{function}({arguments})", 1))


def _lines(case: str) -> list[str]:
    *statements, result = case.split("; ")
    return [*statements, f"return {result}"]


ROWS = sorted(name for name, row in all_rows().items() if row.has_fix)
