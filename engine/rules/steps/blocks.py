"""A block under a tape as a function: the lines of the block stay as they are."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kerashift.engine.model import Edit, Span
from kerashift.engine.rules.base import RuleContext, insert, replace
from kerashift.engine.rules.members import indentation
from kerashift.engine.rules.steps.helpers import RECORD
from kerashift.engine.rules.steps.tapes import Function, NotUnderstood, Tape

_WHY = "  # a function, because JAX differentiates functions"
_LAST = 1000
_NAMES = ("forward", "forward_pass", "recorded_forward")


def block_edits(ctx: RuleContext, function: Function, tape: Tape, models: str) -> Iterator[Edit]:
    """`with tf.GradientTape() as tape:` → `def forward():` and a line that records it."""
    name = _free_name(function)
    indent, inner = indentation(ctx, tape.block), indentation(ctx, tape.block.body[-1])
    if indent is None or inner is None:
        raise NotUnderstood(tape.block, "the block shares a line with something else")
    parameters = [*tape.watched, *(f"{n}={n}" for n in tape.incoming)]
    start = ctx.span(tape.block).start
    if _wants_blank_line(ctx, tape.block):
        yield _blank_line_before(ctx, tape.block)
    head = Span(start, _colon(ctx, tape.block))
    yield replace(head, f"def {name}({', '.join(parameters)}):{_why(ctx, head.end)}")
    for statement in tape.watches:
        yield _without_line(ctx, statement)
    newline = ctx.module.unit.newline
    first = tape.names[0]
    results = ", ".join(tape.results)
    given = [name, *([models] if models else [])]
    if tape.watched:
        given.append(f"watch=[{', '.join(tape.watched)}]")
    target = results if len(tape.results) == 1 else f"({results})"
    lines = (
        f"{inner}return {results}",
        "",
        f"{indent}{first}, {target} = {RECORD}({', '.join(given)})",
    )
    # Of blocks that end together the inner one comes first.
    rank = _LAST - tape.block.col_offset
    yield insert(end_of_line(ctx, tape.block.body[-1]), newline + newline.join(lines), rank)
    for use in tape.uses:
        if use.id != first:
            yield replace(ctx.span(use), first)


def _free_name(function: Function) -> str:
    taken = {n.id for n in ast.walk(function) if isinstance(n, ast.Name)}
    taken |= {a.arg for a in ast.walk(function) if isinstance(a, ast.arg)}
    return next(name for name in _NAMES if name not in taken)


def _colon(ctx: RuleContext, block: ast.With) -> int:
    """Past the colon that ends the head of the block."""
    code = ctx.module.unit.code
    last = block.items[-1].optional_vars
    assert last is not None
    return code.index(":", ctx.span(last).end) + 1


def _why(ctx: RuleContext, offset: int) -> str:
    """The reason as a comment, where the line has none of its own."""
    code = ctx.module.unit.code
    end = code.find("\n", offset)
    return "" if "#" in code[offset:end] else _WHY


def end_of_line(ctx: RuleContext, statement: ast.stmt) -> int:
    """Past a statement and its comment; raises `NotUnderstood` where another one follows."""
    code = ctx.module.unit.code
    end = ctx.span(statement).end
    stop = code.find("\n", end)
    stop = len(code) if stop < 0 else stop
    rest = code[end:stop].strip()
    if rest and not rest.startswith("#"):
        raise NotUnderstood(statement, "the line holds more than one statement")
    return stop - code[:stop].endswith("\r")


def _without_line(ctx: RuleContext, statement: ast.stmt) -> Edit:
    code, span = ctx.module.unit.code, ctx.span(statement)
    start = code.rfind("\n", 0, span.start) + 1
    stop = end_of_line(ctx, statement)
    return replace(Span(start, code.index("\n", stop) + 1))


def _wants_blank_line(ctx: RuleContext, block: ast.With) -> bool:
    """Whether code of the same level stands right above the block."""
    parent = ctx.module.parent(block)
    for name in ("body", "orelse", "finalbody"):
        body = getattr(parent, name, None)
        if isinstance(body, list) and block in body and body.index(block) > 0:
            return bool(_lines(ctx)[_first_line(ctx, block) - 2].strip())
    return False


def _first_line(ctx: RuleContext, block: ast.With) -> int:
    """The line of the block, or of the comments right above it."""
    line, lines = block.lineno, _lines(ctx)
    while line > 1 and lines[line - 2].lstrip().startswith("#"):
        line -= 1
    return line


def _blank_line_before(ctx: RuleContext, block: ast.With) -> Edit:
    start = ctx.module.unit.line_starts[_first_line(ctx, block) - 1]
    return insert(start, ctx.module.unit.newline)


def _lines(ctx: RuleContext) -> list[str]:
    return ctx.module.unit.code.split("\n")
