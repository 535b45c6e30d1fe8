"""Moves state that is made in `call` to `__init__`, or to `build` where it needs a shape.

All of a class is one edit, from the place where it goes to the last place it is taken from: so the
moved code keeps its ranges, and fixes within it nest.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from kerashift.engine.model import Edit, Safety, Span
from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.classlines import (
    NoPlace,
    Slot,
    build_slot,
    init_slot,
    shape_parameter,
)
from kerashift.engine.rules.latestate import Late, is_random, is_variable, late_state
from kerashift.engine.rules.latevalues import Values
from kerashift.engine.rules.members import attribute_of_self, indentation, lineage, uses_of_self

_ONCE = "Keras 2 made another one at every call; now it is made once, and trained."
_ALWAYS = "It is now made also where the condition around it never holds."
_LOOP = "every turn of the loop makes another one: keep them in a list that `__init__` makes"
_RESERVED = frozenset({"dtype", "input", "output", "losses", "metrics", "variables", "weights"})
Parts = list[str | Span]


@dataclass
class Moves:
    """What of a class can be moved. `refused` are the others, each with the reason."""

    ctx: RuleContext
    owner: ast.ClassDef
    moved: list[Late] = field(default_factory=list)
    refused: list[tuple[Late, str]] = field(default_factory=list)
    cautions: list[str] = field(default_factory=list)
    _init: list[Parts] = field(default_factory=list)
    _build: list[Parts] = field(default_factory=list)
    _changes: list[tuple[Span, Parts]] = field(default_factory=list)
    _names: set[str] = field(default_factory=set)

    def take(self, late: Late) -> None:
        try:
            lines, change, caution, in_build = self._plan(late)
            slot = self._slot(in_build)
        except NoPlace as reason:
            self.refused.append((late, str(reason)))
            return
        if slot.span.end > change[0].start:
            self.refused.append((late, "what it goes to stands behind it"))
            return
        (self._build if in_build else self._init).extend(lines)
        self._changes.append(change)
        self.moved.append(late)
        if caution and caution not in self.cautions:
            self.cautions.append(caution)

    @property
    def safety(self) -> Safety:
        return Safety.REVIEW if self.cautions else Safety.SAFE

    def edit(self) -> Edit:
        """One edit for all that is moved."""
        pieces = [*self._changes, *self._additions()]
        pieces.sort(key=lambda piece: (piece[0].start, piece[0].end))
        start, end = pieces[0][0].start, max(span.end for span, _ in pieces)
        parts: Parts = []
        position = start
        for span, made in pieces:
            if span.start > position:
                parts.append(Span(position, span.start))
            parts += made
            position = span.end
        return Edit(Span(start, end), tuple(parts))

    def _additions(self) -> list[tuple[Span, Parts]]:
        """What is put into `__init__` and `build`."""
        code = self.ctx.module.unit.code
        slots = [
            (self._slot(in_build), lines)
            for lines, in_build in ((self._init, False), (self._build, True))
            if lines
        ]
        found = [(slot.span, slot.parts(lines)) for slot, lines in slots]
        if len(found) == 2 and found[0][0] == found[1][0]:
            # Both methods are new: the indentation of what follows them comes once.
            (span, first), (_, second) = found
            tail = str(first[-1])
            return [(span, [*first[:-1], tail.removesuffix(code[span.start : span.end]), *second])]
        if len(found) == 2:
            # Within the edit a point would be the end of one kept range and the start of another.
            at, made = max(found, key=lambda item: item[0])
            if at.start == at.end and code[at.end : at.end + 1] == "\n":
                found[found.index((at, made))] = (Span(at.start, at.end + 1), [*made, "\n"])
        return found

    def _slot(self, in_build: bool) -> Slot:
        find = build_slot if in_build else init_slot
        return find(self.ctx, self.owner)

    def _plan(self, late: Late) -> tuple[list[Parts], tuple[Span, Parts], str, bool]:
        values = Values(self.ctx, self.owner, late.where, shape_parameter(self.owner))
        if late.guard is not None:
            return self._of_guard(late, values)
        if late.statement is not None:
            if late.where.name != "call":
                raise NoPlace(f"let `build` call `{late.where.name}`, or what it makes")
            if is_variable(self.ctx, late):
                raise NoPlace("it gets its first value anew at every call")
            values.made |= _stored([late.statement])
            lines = [values.parts(late.statement)]
            caution = self._caution(late.statement, late)
            change = (self._whole_lines([late.statement]), list[str | Span]())
            return lines, change, caution, values.uses_shape or values.uses_build
        return self._inline(late, values)

    def _of_guard(
        self, late: Late, values: Values
    ) -> tuple[list[Parts], tuple[Span, Parts], str, bool]:
        guard = late.guard
        assert guard is not None
        if guard.orelse:
            raise NoPlace("the test before it has an else")
        statements = [s for s in guard.body if isinstance(s, ast.Assign)]
        if len(statements) != len(guard.body):
            raise NoPlace("more than its making stands under the test")
        if self._is_alone(guard, late.where):
            raise NoPlace("nothing else is in the block")
        self._check_elsewhere(statements, late.where)
        values.made |= _stored(statements)
        lines = [values.parts(s) for s in statements]
        change = (self._whole_lines([guard]), list[str | Span]())
        caution = _ALWAYS if _conditions(self.ctx, guard, late.where) else ""
        return lines, change, caution, values.uses_shape or values.uses_build

    def _inline(
        self, late: Late, values: Values
    ) -> tuple[list[Parts], tuple[Span, Parts], str, bool]:
        made = late.made
        assert made is not None
        value = values.parts(made)
        caution = self._caution(made, late)
        name = self._free_name(made)
        lines: list[Parts] = [[f"self.{name} = ", *value]]
        change: tuple[Span, Parts] = (self.ctx.span(made), [f"self.{name}"])
        return lines, change, caution, values.uses_shape or values.uses_build

    def _caution(self, node: ast.AST, late: Late) -> str:
        """What is to be read before it is made once; raises `NoPlace` in loops."""
        call = late.made if late.made is not None else getattr(node, "value", None)
        symbol = self.ctx.module.symbol(call.func) if isinstance(call, ast.Call) else None
        if symbol is None or not is_random(symbol.name):
            if _loops(self.ctx, node, late.where):
                raise NoPlace(_LOOP)
            return _ONCE
        given = (
            [*call.args, *(k.value for k in call.keywords)] if isinstance(call, ast.Call) else []
        )
        is_open = not all(isinstance(value, ast.Constant) for value in given)
        return _ALWAYS if is_open and _conditions(self.ctx, node, late.where) else ""

    def _check_elsewhere(self, statements: list[ast.Assign], where: ast.FunctionDef) -> None:
        """No local name of the block may be used outside of it, nor an attribute be set later."""
        inside = {node for s in statements for node in ast.walk(s)}
        local = {n.id for n in inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        for node in ast.walk(where):
            if isinstance(node, ast.Name) and node.id in local and node not in inside:
                raise NoPlace(f"`{node.id}` is used outside of the test too")
        for statement in statements:
            for target in statement.targets:
                self._check_stores(attribute_of_self(target), inside)

    def _check_stores(self, name: str | None, inside: set[ast.AST]) -> None:
        for node in uses_of_self(self.owner).get(name or "", ()):
            parent = self.ctx.module.parent(node)
            if not isinstance(node.ctx, ast.Store) or node in inside:
                continue
            is_empty = isinstance(parent, ast.Assign) and isinstance(parent.value, ast.Constant)
            function = self.ctx.module.tree.within.get(parent) if parent is not None else None
            at = getattr(function, "node", None)
            if not (is_empty and (at is None or getattr(at, "name", "") in ("__init__", "build"))):
                raise NoPlace(f"`self.{name}` is set in other places too")

    def _is_alone(self, node: ast.stmt, where: ast.FunctionDef) -> bool:
        parent = self.ctx.module.parent(node)
        return any(
            block == [node]
            for block in (getattr(parent, f, None) for f in ("body", "orelse", "finalbody"))
        )

    def _whole_lines(self, statements: list[ast.stmt]) -> Span:
        """Statements with the lines that they stand on; raises `NoPlace` if others share them."""
        code = self.ctx.module.unit.code
        first, last = self.ctx.span(statements[0]), self.ctx.span(statements[-1])
        stop = code.find("\n", last.end)
        stop = len(code) if stop < 0 else stop + 1
        rest = code[last.end : stop].strip()
        if indentation(self.ctx, statements[0]) is None or (rest and not rest.startswith("#")):
            raise NoPlace("it shares a line with another statement")
        if self._is_alone(statements[0], statements[0]):  # type: ignore[arg-type]
            raise NoPlace("nothing else is in the block")
        return Span(code.rfind("\n", 0, first.start) + 1, stop)

    def _free_name(self, made: ast.Call) -> str:
        """An attribute for a layer, as Keras names layers: `batch_normalization`, `dropout_1`."""
        func = made.func
        word = func.attr if isinstance(func, ast.Attribute) else str(getattr(func, "id", "layer"))
        word = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", word)
        word = re.sub(r"([a-z])([A-Z])", r"\1_\2", word).lower()
        taken = set(self._names) | _RESERVED
        owners = [self.owner, *(getattr(f, "node", None) for f in self._bases())]
        for owner in owners:
            if isinstance(owner, ast.ClassDef):
                taken |= set(uses_of_self(owner))
                taken |= {i.name for i in owner.body if isinstance(i, ast.FunctionDef)}
        name, number = word, 0
        while name in taken:
            number += 1
            name = f"{word}_{number}"
        self._names.add(name)
        return name

    def _bases(self) -> Iterable[object]:
        return lineage(self.ctx.module, self.owner)


def moves_of(ctx: RuleContext, owner: ast.ClassDef) -> Moves:
    """What can be moved of the state that a class makes while it is called."""
    moves = Moves(ctx, owner)
    for late in late_state(ctx, owner):
        moves.take(late)
    return moves


def is_moved(ctx: RuleContext, owner: ast.ClassDef, call: ast.Call) -> bool:
    """Whether the making of a variable is moved out of `call`."""
    return any(
        call in ast.walk(late.guard)
        for late in moves_of(ctx, owner).moved
        if late.guard is not None
    )


def _stored(statements: list[ast.Assign]) -> set[str]:
    """Names and attributes that statements set."""
    found: set[str] = set()
    for statement in statements:
        for target in statement.targets:
            found.add(attribute_of_self(target) or str(getattr(target, "id", "")))
    return found


def _around(ctx: RuleContext, node: ast.AST, where: ast.FunctionDef) -> Iterable[ast.AST]:
    parent = ctx.module.parent(node)
    while parent is not None and parent is not where:
        yield parent
        parent = ctx.module.parent(parent)


def _conditions(ctx: RuleContext, node: ast.AST, where: ast.FunctionDef) -> bool:
    """Whether something around it decides if it runs."""
    kinds = (ast.If, ast.IfExp, ast.BoolOp, ast.Try, ast.For, ast.While)
    return any(isinstance(part, kinds) for part in _around(ctx, node, where))


def _loops(ctx: RuleContext, node: ast.AST, where: ast.FunctionDef) -> bool:
    kinds = (ast.For, ast.While, ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.SetComp)
    return any(isinstance(part, kinds) for part in _around(ctx, node, where))
