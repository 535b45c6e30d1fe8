"""Gradient tapes: what is recorded, and which gradients are taken of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.expressions import root_name
from kerashift.engine.rules.members import attribute_of_self
from kerashift.engine.rules.steps.flow import Flow, bound_before, live_after, stored

TAPE = "tf.GradientTape"
COMPUTES = ("compiled_loss", "compute_loss")
Function = ast.FunctionDef | ast.Module
_LEAVING = (ast.Return, ast.Yield, ast.YieldFrom, ast.Await, ast.Global, ast.Nonlocal, ast.Delete)
_WEIGHTS = ("variables", "weights")
_ADDING = ("append", "extend", "insert", "update", "setdefault")
_OPTIONS = ("persistent",)


class NotUnderstood(Exception):
    """The step does something that is not rewritten; the message says what and where."""

    def __init__(self, node: ast.AST, reason: str) -> None:
        super().__init__(f"line {getattr(node, 'lineno', 0)}: {reason}")


@dataclass(frozen=True, slots=True)
class Tape:
    """One `with tf.GradientTape() as tape:` block as a function of what it is given.

    `incoming` are names that it reads and binds anew, `watched` the tensors that gradients are
    taken for, `results` the names that are read later.
    """

    block: ast.With
    names: tuple[str, ...]
    watches: tuple[ast.stmt, ...]
    watched: tuple[str, ...]
    incoming: tuple[str, ...]
    results: tuple[str, ...]
    uses: tuple[ast.Name, ...] = field(default=())
    """Where the tape is named after the block."""


def tape_blocks(ctx: RuleContext, function: Function) -> list[ast.With]:
    """The blocks that record, outer ones first."""
    return [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.With) and any(_is_tape(ctx, i.context_expr) for i in node.items)
    ]


def _is_tape(ctx: RuleContext, node: ast.expr) -> bool:
    if not isinstance(node, ast.Call):
        return False
    symbol = ctx.module.symbol(node.func)
    return symbol is not None and symbol.name == TAPE


def describe(ctx: RuleContext, function: Function, block: ast.With) -> Tape:
    """What a block records; raises `NotUnderstood`."""
    names = tuple(_tape_names(ctx, block))
    _check_body(block)
    watches, watched = _watches(block, names)
    body = [s for s in block.body if s not in watches]
    if not body:
        raise NotUnderstood(block, "the tape records nothing")
    uses = tuple(_uses(ctx, function, block, names))
    targets = {name for use in uses for name in _targets(ctx, use, block)}
    flow, bound = Flow(body), stored(body)
    before = bound_before(function, block)
    live = live_after(ctx.module.tree.parents, block) | targets | {*compiled_losses(block)}
    changed = [n for n in changed_in_place(body) if n not in bound and n in before and n in live]
    results = tuple(name for name in [*bound, *changed] if name in live)
    missing = targets - {*results}
    if missing:
        raise NotUnderstood(block, f"`{min(missing)}` is not computed under the tape")
    _check_attributes(body)
    unsure = [n for n in results if n not in flow.known and n not in before]
    if unsure:
        raise NotUnderstood(block, f"`{unsure[0]}` is not always bound under the tape")
    carried = [n for n in bound if n in before]
    incoming = [n for n in carried if n in flow.early or (n in results and n not in flow.known)]
    kept = tuple(n for n in incoming if n not in watched)
    if not results:
        raise NotUnderstood(block, "nothing that the tape records is used later")
    return Tape(block, names, watches, watched, kept, results, uses)


def changed_in_place(statements: list[ast.stmt]) -> Iterator[str]:
    """Names of lists and dicts that the statements add to."""
    for node in (part for statement in statements for part in ast.walk(statement)):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            changed: ast.expr = node.value
        elif isinstance(node, ast.Attribute) and node.attr in _ADDING:
            changed = node.value
        else:
            continue
        if isinstance(changed, ast.Name):
            yield changed.id


def _check_attributes(statements: list[ast.stmt]) -> None:
    for node in (part for statement in statements for part in ast.walk(statement)):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            raise NotUnderstood(node, f"`{node.attr}` is set under the tape")


def compiled_losses(node: ast.AST) -> Iterator[str]:
    """Names that hold what `compile()`'s loss gives: the logs want them in the end."""
    for part in ast.walk(node):
        if isinstance(part, ast.Assign) and isinstance(part.value, ast.Call):
            called = attribute_of_self(part.value.func)
            if called in COMPUTES and isinstance(part.targets[0], ast.Name):
                yield part.targets[0].id


def _tape_names(ctx: RuleContext, block: ast.With) -> Iterator[str]:
    for item in block.items:
        call, name = item.context_expr, item.optional_vars
        if not _is_tape(ctx, call) or not isinstance(call, ast.Call):
            raise NotUnderstood(block, "the tape shares its `with` with something else")
        if call.args[1:] or any(k.arg not in _OPTIONS for k in call.keywords):
            raise NotUnderstood(block, "the tape watches chosen variables only")
        if not isinstance(name, ast.Name):
            raise NotUnderstood(block, "the tape has no name")
        yield name.id


def _check_body(block: ast.With) -> None:
    if block.body[0].lineno == block.lineno:
        raise NotUnderstood(block, "the block stands on the line of its `with`")
    for statement in block.body:
        for node in _own(statement):
            if isinstance(node, _LEAVING):
                raise NotUnderstood(node, "the block under the tape is left in its middle")
            if isinstance(node, ast.Break | ast.Continue) and not _loops_inside(block, node):
                raise NotUnderstood(node, "the block under the tape is left in its middle")


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """A statement's nodes without those of functions in it."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            yield from _own(child)


def _loops_inside(block: ast.With, node: ast.AST) -> bool:
    return any(
        isinstance(loop, ast.For | ast.While) and any(part is node for part in ast.walk(loop))
        for statement in block.body
        for loop in ast.walk(statement)
    )


def _watches(
    block: ast.With, names: tuple[str, ...]
) -> tuple[tuple[ast.stmt, ...], tuple[str, ...]]:
    """The statements `tape.watch(x)`, and the tensors that they name."""
    statements: list[ast.stmt] = []
    watched: list[str] = []
    for index, statement in enumerate(block.body):
        call = statement.value if isinstance(statement, ast.Expr) else None
        if not (isinstance(call, ast.Call) and _is_method(call, names, "watch")):
            continue
        given = call.args[0] if len(call.args) == 1 else None
        if isinstance(given, ast.Attribute) and given.attr.endswith(_WEIGHTS):
            statements.append(statement)
            continue
        if not isinstance(given, ast.Name):
            raise NotUnderstood(statement, "what is watched has no name of its own")
        if given.id in stored(block.body[:index]):
            raise NotUnderstood(statement, f"`{given.id}` is made under the tape that watches it")
        statements.append(statement)
        if given.id not in watched:
            watched.append(given.id)
    return tuple(statements), tuple(watched)


def _is_method(call: ast.Call, names: tuple[str, ...], method: str) -> bool:
    func = call.func
    return (
        isinstance(func, ast.Attribute)
        and func.attr == method
        and isinstance(func.value, ast.Name)
        and func.value.id in names
    )


def _uses(
    ctx: RuleContext, function: Function, block: ast.With, names: tuple[str, ...]
) -> Iterator[ast.Name]:
    """Where the tape is used after its block, up to where the name is bound anew."""
    start = (block.end_lineno or 0, block.end_col_offset or 0)
    later = [
        other
        for other in tape_blocks(ctx, function)
        if other is not block and (other.lineno, other.col_offset) > start
    ]
    for node in ast.walk(function):
        if not (isinstance(node, ast.Name) and node.id in names):
            continue
        if not isinstance(node.ctx, ast.Load):
            continue
        place = (node.lineno, node.col_offset)
        if (block.lineno, block.col_offset) < place < start:
            parent = ctx.module.parent(node)
            if not (isinstance(parent, ast.Attribute) and parent.attr == "watch"):
                raise NotUnderstood(node, "the tape is used within its own block")
            continue
        rebound = any(
            node.id in stored(i.optional_vars for i in other.items if i.optional_vars)
            and (other.lineno, other.col_offset) < place
            for other in later
        )
        if place > start and not rebound:
            yield node


def _check_source(ctx: RuleContext, source: ast.expr, block: ast.With) -> None:
    """Raise for gradients of what is computed under the tape, as Grad-CAM takes them."""
    for part in source.elts if isinstance(source, ast.List | ast.Tuple) else [source]:
        if not (isinstance(part, ast.Name) and part.id in stored(block.body)):
            continue
        values = [
            s.value
            for s in ast.walk(block)
            if isinstance(s, ast.Assign) and any(_is_named(t, part.id) for t in s.targets)
        ]
        if not values or not all(ctx.text(value).endswith(_WEIGHTS) for value in values):
            raise NotUnderstood(
                source, f"`{part.id}` is computed under the tape, not watched by it"
            )


def _is_named(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _targets(ctx: RuleContext, use: ast.Name, block: ast.With) -> Iterator[str]:
    """The names whose gradients are taken; raises `NotUnderstood` for any other use."""
    parent = ctx.module.parent(use)
    call = ctx.module.parent(parent) if parent is not None else None
    if not (isinstance(parent, ast.Attribute) and isinstance(call, ast.Call)):
        raise NotUnderstood(use, "the tape is handed on")
    if parent.attr != "gradient" or call.func is not parent:
        raise NotUnderstood(use, f"`{use.id}.{parent.attr}` has no counterpart")
    if len(call.args) != 2 or call.keywords:
        raise NotUnderstood(use, f"`{use.id}.gradient` has more than a target and its sources")
    target = call.args[0]
    _check_source(ctx, call.args[1], block)
    parts = target.elts if isinstance(target, ast.List | ast.Tuple) else [target]
    for part in parts:
        root = root_name(part)
        if root is None or isinstance(part, ast.Call):
            raise NotUnderstood(use, "the loss is computed where its gradient is taken")
        yield root.id
