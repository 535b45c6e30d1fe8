"""`while` and `for` on tensors as `while_loop`, `fori_loop`, `scan`; the body keeps its lines."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kerashift.engine.analysis.scopes import Function
from kerashift.engine.analysis.values import Value
from kerashift.engine.model import Edit, Span
from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.calls import CallEditor, CallError
from kerashift.engine.rules.control.conditions import Conditions, Parts
from kerashift.engine.rules.control.places import NotUnderstood
from kerashift.engine.rules.control.purity import check_pure, has_return
from kerashift.engine.rules.control.texts import (
    after_colon,
    blank_line_before,
    end_of_block,
    inner_indent,
)
from kerashift.engine.rules.members import indentation
from kerashift.engine.rules.steps.flow import Flow, bound_before, live_after, loaded, stored

_WHY = "  # a function: Keras 3 compiles no loop over a tensor"
_NAME, _CARRY = "body", "carry"


@dataclass
class Loop:
    """A loop whose turns depend on a tensor, to be written anew."""

    ctx: RuleContext
    function: Function
    node: ast.While | ast.For
    conditions: Conditions
    taken: set[str]

    def edits(self) -> Iterator[Edit]:
        """The loop as a function of its body and a call; raises `NotUnderstood`."""
        self._check()
        if isinstance(self.node, ast.While):
            yield from self._while(self.node)
        elif self.ctx.tensors.of(self.node.iter) is Value.RANGE:
            yield from self._for_range(self.node)
        else:
            yield from self._for_each(self.node)

    def _check(self) -> None:
        body = self.node.body
        if self.node.orelse:
            raise NotUnderstood("it has an `else`")
        if any(self._is_array(node) for statement in body for node in ast.walk(statement)):
            raise NotUnderstood(
                "it fills a TensorArray, in as many turns as a tensor says: keras.ops.scan "
                "gathers what each turn gives"
            )
        if has_return(body):
            raise NotUnderstood("it returns from within the loop")
        check_pure(self.ctx, body)

    def _is_array(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Name) and self.ctx.tensors.of(node) is Value.ARRAY

    def _while(self, node: ast.While) -> Iterator[Edit]:
        names = self._carried(loaded(node.test), [])
        listed = ", ".join(names)
        given = f"({listed},)" if len(names) == 1 else f"({listed})"
        results = given if len(names) == 1 else listed
        condition = self.conditions.parts(node.test)
        call: Parts = [f"{results} = {self.conditions.spell('while_loop')}(lambda {listed}: "]
        name = self._name(_NAME)
        call += [*condition, f", {name}, {given})"]
        colon = after_colon(self.ctx, self.ctx.span(node.test).end)
        yield from self._as_function(f"def {name}({listed}):", colon, "", results, call)

    def _for_range(self, node: ast.For) -> Iterator[Edit]:
        if not isinstance(node.iter, ast.Call) or not isinstance(node.target, ast.Name):
            raise NotUnderstood("its variable is no plain name")
        arguments = [a for a in _editor(self.ctx, node.iter).arguments if a.name != "dtype"]
        if len(arguments) > 2 or any(a.keyword or a.is_unpacked for a in arguments):
            raise NotUnderstood("it has a step, or arguments that are not given by place")
        start: Parts = ["0"] if len(arguments) == 1 else [arguments[0].value_extent]
        bounds: Parts = [*start, ", ", arguments[-1].value_extent]
        names = self._carried(set(), [node.target.id])
        results, given, unpacked = self._carrying(names)
        name = self._name(_NAME)
        function = self.conditions.spell("fori_loop")
        call = [f"{results} = {function}(", *bounds, f", {name}, {given})"]
        head = f"def {name}({node.target.id}, {_single(names)}):"
        colon = after_colon(self.ctx, self.ctx.span(node.iter).end)
        yield from self._as_function(head, colon, unpacked, results, call)

    def _for_each(self, node: ast.For) -> Iterator[Edit]:
        if not isinstance(node.target, ast.Name):
            raise NotUnderstood("its variable is no plain name")
        names = self._carried(set(), [node.target.id])
        _, given, unpacked = self._carrying(names)
        name = self._name(_NAME)
        function = self.conditions.spell("scan")
        over = self.ctx.span(node.iter)
        call: Parts = [f"{given}, _ = {function}({name}, {given}, ", over, ")"]
        head = f"def {name}({_single(names)}, {node.target.id}):"
        colon = after_colon(self.ctx, over.end)
        yield from self._as_function(head, colon, unpacked, f"{given}, None", call)

    def _carried(self, read: set[str], own: Sequence[str]) -> list[str]:
        """The names that one turn hands the next, or the code after the loop."""
        outer = self.function.node
        assert isinstance(outer, ast.FunctionDef)
        body = self.node.body
        live = live_after(self.ctx.module.tree.parents, self.node)
        if live & {*own}:
            raise NotUnderstood("its variable is read after the loop")
        needed = (read | Flow(body).early | live) - {*own}
        names = [name for name in stored(body) if name in needed]
        before = bound_before(outer, self.node)
        for name in names:
            if name not in before:
                raise NotUnderstood(f"`{name}` has no value before the loop")
        if not names:
            raise NotUnderstood("nothing that it sets is read afterwards")
        return names

    def _carrying(self, names: list[str]) -> tuple[str, str, str]:
        """What a turn returns, what the loop is given, and the line that takes it apart."""
        listed = ", ".join(names)
        if len(names) == 1:
            return listed, listed, ""
        return listed, f"({listed})", f"{listed} = {_CARRY}"

    def _name(self, base: str) -> str:
        name = next(
            n for n in (base, *(f"{base}_{i}" for i in range(2, 99))) if n not in self.taken
        )
        self.taken.add(name)
        return name

    def _as_function(
        self, head: str, colon: int, first: str, results: str, call: Parts
    ) -> Iterator[Edit]:
        indent = indentation(self.ctx, self.node)
        inner = inner_indent(self.ctx, self.node.body)
        if indent is None:
            raise NotUnderstood("it shares its line with something else")
        newline, code = self.ctx.module.unit.newline, self.ctx.module.unit.code
        line = code.find("\n", colon)
        why = "" if "#" in code[colon:line] else _WHY
        stop = end_of_block(self.ctx, self.node.body)
        line -= code[:line].endswith("\r")
        opening: Parts = [Span(colon, line), f"{newline}{inner}{first}"] if first else []
        body = Span(line if first else colon, stop)
        closing = f"{newline}{inner}return {results}{newline}{newline}{indent}"
        yield from blank_line_before(self.ctx, self.node)
        whole = Span(self.ctx.span(self.node).start, stop)
        yield Edit(whole, (f"{head}{why}", *opening, body, closing, *call))


def unrolled(ctx: RuleContext, node: ast.For) -> list[Edit]:
    """`for i in tf.range(3)` → `for i in range(3)`; raises `NotUnderstood`."""
    assert isinstance(node.iter, ast.Call)
    editor = _editor(ctx, node.iter)
    for argument in editor.arguments:
        if argument.name == "dtype":
            editor.drop(argument)
        elif argument.keyword or argument.is_unpacked:
            raise NotUnderstood("its arguments are not given by place")
        elif _has_float(argument.value):
            raise NotUnderstood("it counts in floats: loop over `range`, and make a float of each")
    if len(editor.arguments) > 3 and editor.arguments[3].keyword is None:
        editor.drop(editor.arguments[3])
    editor.rename("range")
    return list(editor.build())


def _has_float(node: ast.expr) -> bool:
    return any(isinstance(n, ast.Constant) and isinstance(n.value, float) for n in ast.walk(node))


def _editor(ctx: RuleContext, call: ast.Call) -> CallEditor:
    try:
        return CallEditor(ctx.module, call)
    except CallError:
        raise NotUnderstood("its arguments are written in an unusual way") from None


def _single(names: list[str]) -> str:
    return names[0] if len(names) == 1 else _CARRY
