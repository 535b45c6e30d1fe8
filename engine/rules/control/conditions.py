"""Conditions on tensors as one expression: `and`, `or`, `not` and chains as functions."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

from kerashift.engine.model import ImportNeed, Span
from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.control.places import NotUnderstood

Parts = list[str | Span]
_GUARDS = (ast.Is, ast.IsNot, ast.In, ast.NotIn)
_ASKING = frozenset({"isinstance", "hasattr", "callable", "issubclass"})


@dataclass
class Conditions:
    """Writes conditions, and keeps what must be imported for them."""

    ctx: RuleContext
    needs: set[ImportNeed] = field(default_factory=set)

    def spell(self, name: str) -> str:
        text, needs = self.ctx.spell(f"keras.ops.{name}")
        self.needs.update(needs)
        return text

    def guarded(self, node: ast.expr) -> tuple[Span | None, Parts]:
        """The questions of Python that an `and` starts with, and the condition after them."""
        whole = self.ctx.span(node)
        count = self._count_of_guards(node)
        if not count or not isinstance(node, ast.BoolOp):
            return None, self.parts(node)
        last, first = (self.ctx.span(node.values[i]) for i in (count - 1, count))
        start, end = _word(self.ctx.module.unit.code[last.end : first.start], "and")
        guard = Span(whole.start, last.end + start)
        return guard, self._joined(node.values[count:], "and", last.end + end, whole.end)

    def guard(self, node: ast.expr) -> Span | None:
        """The questions of Python alone."""
        return self.guarded(node)[0] if self._count_of_guards(node) else None

    def _count_of_guards(self, node: ast.expr) -> int:
        if not (isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And)):
            return 0
        decide = [self.ctx.tensors.decides(value) for value in node.values]
        return decide.index(True) if True in decide else 0

    def parts(self, node: ast.expr) -> Parts:
        """The condition, in pieces of new text and kept ranges; raises `NotUnderstood`."""
        if isinstance(node, ast.BoolOp) and self.ctx.tensors.decides(node):
            return self._boolean(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return self._negated(node)
        if isinstance(node, ast.Compare) and len(node.ops) > 1:
            return self._chain(node)
        return [self.ctx.span(node)]

    def _negated(self, node: ast.UnaryOp) -> Parts:
        if not self.ctx.tensors.decides(node.operand):
            return [self.ctx.span(node)]
        return [f"{self.spell('logical_not')}(", *self.parts(node.operand), ")"]

    def _boolean(self, node: ast.BoolOp) -> Parts:
        word = "and" if isinstance(node.op, ast.And) else "or"
        whole = self.ctx.span(node)
        return self._joined(node.values, word, whole.start, whole.end)

    def _joined(self, values: list[ast.expr], word: str, position: int, end: int) -> Parts:
        """Operands of `and` or `or` that stand between two points of the text, as one call."""
        result: Parts = [f"{self.spell(f'logical_{word}')}(" * (len(values) - 1)]
        for index, value in enumerate(values):
            span = self.ctx.span(value)
            gap = self.ctx.module.unit.code[position : span.start]
            if index:
                start, stop = _word(gap, word)
                gap = f"{gap[:start]},{gap[stop:]}"
            else:
                gap = gap.lstrip()
            result += [gap, *self._operand(value)]
            position = span.end
            if 0 < index < len(values) - 1:
                result += [self._closing(values[index + 1], position), ")"]
                position += len(str(result[-2]))
        closing = ")" if len(values) > 1 else ""
        return [*result, self.ctx.module.unit.code[position:end], closing]

    def _closing(self, following: ast.expr, position: int) -> str:
        """The parentheses that close right behind an operand."""
        gap = self.ctx.module.unit.code[position : self.ctx.span(following).start]
        found = re.match(r"[\s)]*\)", gap)
        return found.group() if found else ""

    def _operand(self, node: ast.expr) -> Parts:
        if self.ctx.tensors.decides(node):
            return self.parts(node)
        if _is_guard(node):
            text = self.ctx.text(node)
            raise NotUnderstood(
                f"`{text}` is a question of Python that the rest of the condition depends on: "
                "make it an `if` of its own around the other"
            )
        if isinstance(node, ast.Name) and node.id == "training":
            return ["bool(", self.ctx.span(node), ")"]  # it may be None
        return [self.ctx.span(node)]

    def _chain(self, node: ast.Compare) -> Parts:
        """`0 < x < 1` → `logical_and(0 < x, x < 1)`."""
        sides = [node.left, *node.comparators]
        if len(sides) != 3 or not isinstance(sides[1], ast.Name | ast.Attribute):
            raise NotUnderstood(
                "it is a chain of comparisons: write them with keras.ops.logical_and"
            )
        first, middle, last = (self.ctx.span(side) for side in sides)
        whole = self.ctx.span(node)
        return [
            f"{self.spell('logical_and')}(",
            Span(min(whole.start, first.start), middle.end),
            ", ",
            Span(middle.start, max(whole.end, last.end)),
            ")",
        ]


def _word(gap: str, word: str) -> tuple[int, int]:
    """Where the operator, with the blanks before it, stands between two operands."""
    for match in re.finditer(rf"[ \t]*\b{word}\b", gap):
        if "#" not in gap[: match.end()].rpartition("\n")[2]:
            return match.span()
    raise NotUnderstood("its operands are written in an unusual way")


def _is_guard(node: ast.expr) -> bool:
    for part in ast.walk(node):
        if isinstance(part, ast.Compare) and any(isinstance(op, _GUARDS) for op in part.ops):
            return True
        if isinstance(part, ast.Name) and part.id in _ASKING:
            return True
    return False
