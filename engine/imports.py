"""Imports that follow from the accepted fixes: those that their text needs, and those that
nothing uses any more.

Only statements that import TensorFlow or Keras are touched, and only names that the file used
before and does not use after. LibCST edits the statements, so that comments and layout stay.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import libcst as cst

from kerashift.engine.analysis.scopes import absolute_module
from kerashift.engine.analysis.symbols import canonical
from kerashift.engine.edits import apply_edits
from kerashift.engine.model import Edit, ImportNeed, Span
from kerashift.engine.unit import Unit

_ImportNode = ast.Import | ast.ImportFrom


@dataclass(frozen=True, slots=True)
class _Statement:
    """An import statement of the original: where it is and in which block."""

    node: _ImportNode
    span: Span
    top_level: bool
    alone: bool
    """Whether it is the only statement of its block, which must not become empty."""


def import_edits(
    unit: Unit,
    edits: Iterable[Edit],
    needs: Collection[ImportNeed],
    keep: Collection[str],
    origins: dict[Edit, tuple[str, ...]],
) -> list[Edit]:
    """The edits, with import statements edited and added as the result needs it."""
    edits = list(edits)
    if not edits:
        return edits
    before = ast.parse(unit.code)
    code, _ = apply_edits(unit.code, edits)
    try:
        after = ast.parse(code)
    except SyntaxError:  # shown in the preview; the rule that made it is at fault
        return edits
    statements = list(_statements(unit, before))
    unused = _used(before) - _used(after) - set(keep) - {need.bound for need in needs}
    if unit.path.endswith("__init__.py"):
        unused = set()
    missing = sorted(need for need in needs if need.bound not in _bound(after))
    for statement in statements:
        edits = _without_unused(unit, statement, edits, unused, origins, trim=not missing)
    if missing:
        edits.append(_insertion(unit, before, statements, missing))
    return edits


def _statements(unit: Unit, tree: ast.Module) -> Iterator[_Statement]:
    for parent in ast.walk(tree):
        for name in ("body", "orelse", "finalbody", "handlers"):
            block = getattr(parent, name, None)
            if not isinstance(block, list):
                continue
            for node in block:
                if isinstance(node, ast.Import | ast.ImportFrom) and _is_related(node):
                    span = _span(unit, node)
                    yield _Statement(node, span, parent is tree, len(block) == 1)


def _is_related(node: _ImportNode) -> bool:
    if isinstance(node, ast.ImportFrom):
        return not node.level and _is_framework(absolute_module(node, ""))
    return any(_is_framework(alias.name) for alias in node.names)


def _is_framework(path: str) -> bool:
    symbol = canonical(path)
    return symbol is not None and not symbol.name.startswith("numpy")


def _span(unit: Unit, node: ast.stmt) -> Span:
    def offset(line: int, column: int) -> int:
        start = unit.line_starts[line - 1]
        end = unit.line_starts[line] if line < len(unit.line_starts) else len(unit.code)
        return start + len(unit.code[start:end].encode()[:column].decode(errors="ignore"))

    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return Span(offset(node.lineno, node.col_offset), offset(node.end_lineno, node.end_col_offset))


def _used(tree: ast.Module) -> set[str]:
    """Names that code loads, or that `__all__` lists."""
    names = {
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
    }
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets
        ):
            names |= {str(c.value) for c in ast.walk(node.value) if isinstance(c, ast.Constant)}
    return names


def _bound(tree: ast.Module) -> set[str]:
    """Names that module-level imports bind, those in `try` and `if` too."""
    names: set[str] = set()
    pending: list[ast.stmt] = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {a.asname or a.name.partition(".")[0] for a in node.names}
        elif isinstance(node, ast.Try | ast.If):
            pending += [*node.body, *node.orelse]
            pending += [s for handler in getattr(node, "handlers", ()) for s in handler.body]
    return names


def _without_unused(
    unit: Unit,
    statement: _Statement,
    edits: list[Edit],
    unused: set[str],
    origins: dict[Edit, tuple[str, ...]],
    *,
    trim: bool,
) -> list[Edit]:
    inside = [e for e in edits if statement.span.contains(e.span) and e.span.start < e.span.end]
    base = Span(statement.span.start, statement.span.end)
    local = [
        Edit(Span(e.span.start - base.start, e.span.end - base.start), e.parts) for e in inside
    ]
    text, _ = apply_edits(unit.text[base.start : base.end], local)
    kept = drop_names(text, unused)
    if kept == text:
        return edits
    rest = [e for e in edits if e not in inside]
    if kept.strip():
        edit = Edit(base, (kept,))
    elif statement.alone:
        edit = Edit(base, ("pass",))
    else:
        edit = Edit(_line_of(unit, base, trim))
    ids = tuple(dict.fromkeys(i for e in inside for i in origins.get(e, ())))
    if ids:
        origins[edit] = ids
    return [*rest, edit]


def _line_of(unit: Unit, span: Span, trim: bool) -> Span:
    """The whole line of a statement that stands alone on it, else the statement and its `;`.

    With `trim`, a file does not begin with the blank lines that followed the statement.
    """
    text = unit.text
    start = text.rfind("\n", 0, span.start) + 1
    end = text.find("\n", span.end)
    end = len(text) if end < 0 else end + 1
    before, after = text[start : span.start], text[span.end : end].strip()
    if not before.strip() and (not after or after.startswith("#")):
        if trim and not text[:start].strip():
            while text.startswith(("\n", "\r\n"), end):
                end = text.index("\n", end) + 1
        return Span(start, end)
    if after.startswith(";"):
        close = text.index(";", span.end) + 1
        while close < len(text) and text[close] in " \t":
            close += 1
        return Span(span.start, close)
    cut = span.start
    while cut > start and text[cut - 1] in " \t;":
        cut -= 1
    return Span(cut, span.end)


def drop_names(text: str, unused: Collection[str]) -> str:
    """Import statements without the aliases that bind `unused` names; may become empty.

    `text` may be several statements, the later lines indented as in their block.
    """
    statements = text.split("\n")
    if "(" in text or "\\" in text:  # one statement over several lines
        statements = [text]
    if not any(_binds(s, unused) for s in statements):
        return text
    kept = [_drop_from_line(s, unused) for s in statements]
    return "\n".join(s for s in kept if s.strip()).lstrip()


def _binds(statement: str, names: Collection[str]) -> bool:
    tree = ast.parse(statement.strip())
    return any(
        (alias.asname or alias.name.partition(".")[0]) in names
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    )


def _drop_from_line(line: str, unused: Collection[str]) -> str:
    indent = line[: len(line) - len(line.lstrip())]
    module = cst.parse_module(line.strip())
    changed = module.visit(_Dropper(frozenset(unused)))
    code = changed.code.strip()
    return indent + code if code else ""


class _Dropper(cst.CSTTransformer):
    """Takes names out of import statements, and statements that import nothing then."""

    def __init__(self, unused: frozenset[str]) -> None:
        super().__init__()
        self.unused = unused

    def leave_Import(
        self, original_node: cst.Import, updated_node: cst.Import
    ) -> cst.Import | cst.RemovalSentinel:
        names = self._kept(updated_node.names)
        return updated_node.with_changes(names=names) if names else cst.RemoveFromParent()

    def leave_ImportFrom(
        self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom
    ) -> cst.ImportFrom | cst.RemovalSentinel:
        if isinstance(updated_node.names, cst.ImportStar):
            return updated_node
        names = self._kept(updated_node.names)
        return updated_node.with_changes(names=names) if names else cst.RemoveFromParent()

    def _kept(self, aliases: Iterable[cst.ImportAlias]) -> list[cst.ImportAlias]:
        kept = [alias for alias in aliases if _bound_name(alias) not in self.unused]
        if kept and isinstance(kept[-1].comma, cst.Comma):
            whitespace = kept[-1].comma.whitespace_after
            if not isinstance(whitespace, cst.ParenthesizedWhitespace):
                kept[-1] = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
        return kept


def _bound_name(alias: cst.ImportAlias) -> str:
    if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
        return alias.asname.name.value
    return alias.evaluated_name.partition(".")[0]


def _insertion(
    unit: Unit, tree: ast.Module, statements: list[_Statement], needs: list[ImportNeed]
) -> Edit:
    """New import lines: after the first TensorFlow or Keras import, else after the header."""
    lines = "".join(need.statement + unit.newline for need in needs)
    top = [s for s in statements if s.top_level]
    if top:
        return _after(unit, top[0].span.end, lines)
    if statements:
        first = min(s.span.start for s in statements)
        for node in tree.body:
            span = _span(unit, node)
            if span.start <= first < span.end:
                if isinstance(node, ast.Try | ast.If | ast.With):
                    return Edit(Span(span.start, span.start), (lines,), rank=-9)
                break
    header = [
        n
        for i, n in enumerate(tree.body)
        if isinstance(n, ast.Import | ast.ImportFrom)
        or (i == 0 and isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant))
    ]
    if not header:
        start = unit.cells[0][0] if unit.cells else _first_code(unit)
        return Edit(Span(start, start), (lines,), rank=-9)
    return _after(unit, _span(unit, header[-1]).end, lines)


def _first_code(unit: Unit) -> int:
    """Past a `#!` line and comments at the top."""
    position = 0
    while unit.text.startswith("#", position):
        end = unit.text.find("\n", position)
        if end < 0:
            return len(unit.text)
        position = end + 1
    return position


def _after(unit: Unit, offset: int, lines: str) -> Edit:
    end = unit.text.find("\n", offset)
    if end < 0:
        return Edit(Span(len(unit.text), len(unit.text)), (unit.newline + lines.rstrip(),), rank=9)
    return Edit(Span(end + 1, end + 1), (lines,), rank=-9)
