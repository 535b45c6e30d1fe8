"""Where the parts of compound statements stand in the text."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from kerashift.engine.model import Edit, Span
from kerashift.engine.rules.base import RuleContext, insert
from kerashift.engine.rules.calls import skip_blank
from kerashift.engine.rules.control.places import NotUnderstood
from kerashift.engine.rules.members import indentation

WIDTH = 100
_LONG_NAMES = re.compile(r"\btf\.(?:math\.)?(?:reduce_)?")
BLANK_LINE, STEP = -1, 5
"""Ranks of insertions at the start of a line: first the blank line, then the indentation."""


def after_colon(ctx: RuleContext, position: int) -> int:
    """Past the colon that ends the head of a statement whose last expression ends at `position`."""
    code = ctx.module.unit.code
    position = skip_blank(code, position)
    while code[position] == ")":
        position = skip_blank(code, position + 1)
    if code[position] != ":":
        raise NotUnderstood("its head is written in an unusual way")
    return position + 1


def else_of(ctx: RuleContext, body: Sequence[ast.stmt]) -> int:
    """Where the `else` after a block starts."""
    position = skip_blank(ctx.module.unit.code, ctx.span(body[-1]).end)
    if not ctx.module.unit.code.startswith("else", position):
        raise NotUnderstood("its `else` is written in an unusual way")
    return position


def end_of_line(ctx: RuleContext, statement: ast.stmt) -> int:
    """Past a statement and the comment behind it."""
    code = ctx.module.unit.code
    end = ctx.span(statement).end
    stop = code.find("\n", end)
    stop = len(code) if stop < 0 else stop
    rest = code[end:stop].strip()
    if rest and not rest.startswith("#"):
        raise NotUnderstood("a line holds more than one statement")
    return stop - code[:stop].endswith("\r")


def end_of_block(ctx: RuleContext, body: Sequence[ast.stmt]) -> int:
    """Past the last statement of a block and the comments below it that belong to the block."""
    code, starts = ctx.module.unit.code, ctx.module.unit.line_starts
    stop = end_of_line(ctx, body[-1])
    indent = inner_indent(ctx, body)
    for start in starts[bisect_right(starts, stop) :]:
        end = code.find("\n", start)
        line = code[start : end if end >= 0 else len(code)]
        if not (line.startswith(indent) and line.strip().startswith("#")):
            break
        stop = start + len(line.rstrip())
    return stop


def inner_indent(ctx: RuleContext, body: Sequence[ast.stmt]) -> str:
    """The white space before the statements of a block."""
    indent = indentation(ctx, body[-1])
    if indent is None:
        raise NotUnderstood("a block shares its line with the head")
    return indent


def fits_in_line(ctx: RuleContext, nodes: Sequence[ast.AST], column: int) -> bool:
    """Whether a call of these in lambdas is no longer than a line, as it is with short names."""
    texts = [_LONG_NAMES.sub("ops.", " ".join(ctx.text(node).split())) for node in nodes]
    return column + sum(len(text) + len("lambda: , ") for text in texts) + len("y = ") <= WIDTH


def has_comment(ctx: RuleContext, span: Span) -> bool:
    """Whether a comment may stand in a range; a `#` in a text counts too."""
    return "#" in ctx.module.unit.code[span.start : span.end]


def blank_line_before(ctx: RuleContext, statement: ast.stmt) -> Iterator[Edit]:
    """A blank line before a statement and its comments, where code of its block stands above."""
    block = block_of(ctx, statement)
    lines = ctx.module.unit.code.split("\n")
    line = statement.lineno
    while line > 1 and lines[line - 2].lstrip().startswith("#"):
        line -= 1
    if block.index(statement) and lines[line - 2].strip():
        yield insert(ctx.module.unit.line_starts[line - 1], ctx.module.unit.newline, BLANK_LINE)


def block_of(ctx: RuleContext, statement: ast.stmt) -> list[ast.stmt]:
    """The statements of the block that a statement is in."""
    parent = ctx.module.parent(statement)
    if isinstance(parent, ast.Module | ast.FunctionDef | ast.With) and statement in parent.body:
        return parent.body
    for name in ("body", "orelse", "finalbody"):
        block = getattr(parent, name, None)
        if isinstance(block, list) and statement in block:
            return block
    raise NotUnderstood("it stands in an unusual place")


def indented(ctx: RuleContext, statements: Sequence[ast.stmt], step: str) -> Iterator[Edit]:
    """Each line of the statements a step further in, save for lines within long strings."""
    first, last = statements[0].lineno, statements[-1].end_lineno or statements[-1].lineno
    inside = {line for statement in statements for line in _in_strings(statement)}
    unit = ctx.module.unit
    for line in range(first, last + 1):
        start = unit.line_starts[line - 1]
        end = unit.line_starts[line] if line < len(unit.line_starts) else len(unit.code)
        if line not in inside and unit.code[start:end].strip():
            yield insert(start, step, STEP)


def _in_strings(statement: ast.stmt) -> Iterator[int]:
    for part in ast.walk(statement):
        if isinstance(part, ast.Constant | ast.JoinedStr):
            yield from range(part.lineno + 1, (part.end_lineno or part.lineno) + 1)
