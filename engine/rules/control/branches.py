"""`if` on a tensor as `ops.cond`: of lambdas where that is one line, else of functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from kerashift.engine.analysis.scopes import Function
from kerashift.engine.model import Edit, Span
from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.control.arms import Arm, arms_of, only_value
from kerashift.engine.rules.control.conditions import Conditions, Parts
from kerashift.engine.rules.control.places import NotUnderstood
from kerashift.engine.rules.control.purity import (
    always_returns,
    check_pure,
    has_return,
    returns_nothing,
)
from kerashift.engine.rules.control.texts import (
    blank_line_before,
    block_of,
    end_of_block,
    end_of_line,
    fits_in_line,
    has_comment,
    indented,
    inner_indent,
)
from kerashift.engine.rules.members import indentation
from kerashift.engine.rules.steps.flow import Flow, bound_before, live_after, stored

_WHY = "  # a function: Keras 3 compiles no `if` on a tensor"


@dataclass
class Branches:
    """One `if` statement with its `elif` and `else`, to be written anew."""

    ctx: RuleContext
    function: Function
    node: ast.If
    conditions: Conditions
    taken: set[str]
    """Names that the functions must not have; those that are written are added."""
    arms: list[Arm] = field(default_factory=list)
    rest: list[ast.stmt] = field(default_factory=list)
    """What follows an `if` that returns: the other branch."""
    results: list[str] = field(default_factory=list)
    """What the branches set; nothing where they return."""

    def edits(self) -> list[Edit]:
        """The statement as `ops.cond`; raises `NotUnderstood`."""
        self.arms = arms_of(self.ctx, self.node)
        for arm in self.arms:
            check_pure(self.ctx, arm.body)
        if any(has_return(arm.body) for arm in self.arms):
            self._find_rest()
        else:
            self.results = self._results()
        values = self._values()
        if values is not None:
            return [self._in_a_line(values)]
        return list(self._as_functions())

    def _find_rest(self) -> None:
        if not all(always_returns(arm.body) for arm in self.arms):
            raise NotUnderstood("one branch returns and another does not")
        if any(returns_nothing(arm.body) for arm in self.arms):
            raise NotUnderstood("a branch returns nothing")
        if self.arms[-1].test is None:
            return
        block = block_of(self.ctx, self.node)
        self.rest = block[block.index(self.node) + 1 :]
        if not always_returns(self.rest):
            raise NotUnderstood("it returns in the middle of a block")
        check_pure(self.ctx, self.rest)

    def _results(self) -> list[str]:
        """The names that are read later; each must have a value whatever the condition says."""
        outer = self.function.node
        assert isinstance(outer, ast.FunctionDef)
        live = live_after(self.ctx.module.tree.parents, self.node)
        names = dict.fromkeys(n for arm in self.arms for n in stored(arm.body) if n in live)
        before = bound_before(outer, self.node)
        certain = [Flow(arm.body).known for arm in self.arms]
        if self.arms[-1].test is not None:
            certain.append(frozenset())
        for name in names:
            if name not in before and any(name not in known for known in certain):
                raise NotUnderstood(f"`{name}` is not set in every branch, nor before")
        if not names:
            raise NotUnderstood("nothing that it sets is read afterwards")
        return list(names)

    # In one line

    def _values(self) -> list[ast.expr | str] | None:
        """What each branch sets or returns, where a line has room for that."""
        bodies = [arm.body for arm in self.arms] + ([self.rest] if self.rest else [])
        found = [only_value(body, self.results) for body in bodies]
        known = [value for value in found if value is not None]
        last = self.ctx.span(bodies[-1][-1]).end
        line = Span(self.ctx.span(self.node).start, end_of_line(self.ctx, bodies[-1][-1]))
        if len(known) < len(found) or len(self.results) > 1 or has_comment(self.ctx, line):
            return None
        tests = [arm.test for arm in self.arms if arm.test is not None]
        is_written_so = self.node.lineno == self.node.body[0].lineno
        if not is_written_so and not fits_in_line(self.ctx, [*known, *tests], self.node.col_offset):
            return None
        assert last <= line.end
        values: list[ast.expr | str] = [*known]
        if len(values) == len(tests):
            values += self.results
        is_guarded = self.conditions.guard(self.node.test) is not None
        if is_guarded and not isinstance(values[-1], str | ast.Name):
            return None
        return values

    def _in_a_line(self, values: list[ast.expr | str]) -> Edit:
        texts: list[Parts] = [[v] if isinstance(v, str) else [self.ctx.span(v)] for v in values]
        functions: list[Parts] = [["lambda: ", *text] for text in texts]
        last = self.rest[-1] if self.rest else self.node
        whole = Span(self.ctx.span(self.node).start, self.ctx.span(last).end)
        return Edit(whole, (*self._target(), *self._call(functions, texts[-1])))

    def _target(self) -> Parts:
        return [f"{', '.join(self.results)} = " if self.results else "return "]

    def _call(self, functions: list[Parts], otherwise: Parts) -> Parts:
        """`cond(test, first, second)`, of which the second may be such a call itself."""
        test = self.arms[0].test
        assert test is not None
        guard, condition = self.conditions.guarded(test)
        parts = self._nested(functions, condition)
        if guard is None:
            return parts
        if len(functions) > 2:
            raise NotUnderstood("its condition asks Python first, and there is an `elif`")
        return [*parts, " if ", guard, " else ", *otherwise]

    def _nested(self, functions: list[Parts], condition: Parts) -> Parts:
        parts: Parts = [f"{self.conditions.spell('cond')}(", *condition, ", ", *functions[0], ", "]
        if len(functions) == 2:
            return [*parts, *functions[1], ")"]
        test = self.arms[len(self.arms) - len(functions) + 1].test
        if test is None:
            test = self.arms[-2].test
        assert test is not None
        return [*parts, "lambda: ", *self._nested(functions[1:], self.conditions.parts(test)), ")"]

    # As functions

    def _as_functions(self) -> Iterator[Edit]:
        """A function of each branch, and the call."""
        indent = indentation(self.ctx, self.node)
        if indent is None:
            raise NotUnderstood("it shares its line with something else")
        newline = self.ctx.module.unit.newline
        parts: Parts = []
        functions: list[str] = []
        position = self.ctx.span(self.node).start
        for index, arm in enumerate(self.arms):
            inner = inner_indent(self.ctx, arm.body)
            if index:
                parts += [newline, Span(position, arm.start)]
            position = end_of_block(self.ctx, arm.body)
            functions.append(self._name(index))
            head = self._head(functions[-1], arm.body, arm.colon, is_first=not index)
            parts += [head, Span(arm.colon, position)]
            if self.results:
                parts.append(f"{newline}{inner}return {', '.join(self.results)}")
        yield from blank_line_before(self.ctx, self.node)
        if self.rest:
            functions.append(self._name(len(self.arms)))
            parts += self._rest(functions[-1], position, indent)
            yield from indented(self.ctx, self.rest, inner.removeprefix(indent))
            position = end_of_line(self.ctx, self.rest[-1])
        given: list[Parts] = [[name] for name in functions]
        otherwise: Parts = [f"{functions[-1]}()"]
        if len(functions) == 1 or (self.arms[-1].test is not None and not self.rest):
            otherwise = [_tuple(self.results)]
            given.append([f"lambda: {_tuple(self.results)}"])
        call = self._call(given, otherwise)
        parts += [f"{newline}{newline}{indent}", *self._target(), *call]
        yield Edit(Span(self.ctx.span(self.node).start, position), tuple(parts))

    def _rest(self, name: str, position: int, indent: str) -> Parts:
        """What follows an `if` that returns, as the function of the other case."""
        newline = self.ctx.module.unit.newline
        start = self.ctx.module.unit.line_starts[self.rest[0].lineno - 1]
        between = self.ctx.module.unit.code[position:start].strip()
        comments = f"{newline}{indent}{between}" if between else ""
        head = self._head(name, self.rest, start, is_first=False)
        stop = end_of_line(self.ctx, self.rest[-1])
        return [f"{newline}{comments}{newline}{indent}{head}{newline}", Span(start, stop)]

    def _head(self, name: str, body: Sequence[ast.stmt], end: int, *, is_first: bool) -> str:
        """`def name(x=x):`, given the names that the branch reads before it sets them anew."""
        early = Flow(body).early
        given = [f"{n}={n}" for n in stored(body) if n in early]
        code = self.ctx.module.unit.code
        why = _WHY if is_first and "#" not in code[end : code.find("\n", end)] else ""
        return f"def {name}({', '.join(given)}):{why}"

    def _name(self, index: int) -> str:
        is_last = index == len(self.arms) or self.arms[index].test is None
        base = "when_false" if is_last else "when_else_if" if index else "when_true"
        name = next(
            n for n in (base, *(f"{base}_{i}" for i in range(2, 99))) if n not in self.taken
        )
        self.taken.add(name)
        return name


def _tuple(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"({', '.join(names)})"
