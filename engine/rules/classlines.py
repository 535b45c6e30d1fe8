"""Where lines are added to a class: at the end of `__init__` or `build`, made where missing."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.analysis.symbols import Symbol
from kerashift.engine.model import Edit, Span
from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.members import (
    attribute_of_self,
    base_init,
    indentation,
    inherits_method,
    lineage,
    method,
    methods,
)

_LAYERS = ("keras.layers.Layer", "keras.Layer")
NO_BASE = "its __init__ has no plain line that calls super().__init__()"


class NoPlace(Exception):
    """The class has no place for it; the message says why."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A point between two lines, and what stands around the lines that are put there.

    A new method takes the indentation of the one behind it along, so that two fixes that make the
    same method do not fit together: the second is made when the first is there.
    """

    span: Span
    head: str = ""
    before: str = ""
    after: str = ""
    tail: str = ""

    def parts(self, lines: list[list[str | Span]]) -> list[str | Span]:
        """The text of the lines, each of which may keep ranges of the original."""
        made: list[str | Span] = [self.head]
        for line in lines:
            made += [self.before, *line, self.after]
        return [*made, self.tail]

    def edit(self, lines: list[list[str | Span]]) -> Edit:
        return Edit(self.span, tuple(self.parts(lines)))


def init_slot(ctx: RuleContext, owner: ast.ClassDef) -> Slot:
    """The end of `__init__`, or a new one; raises `NoPlace`."""
    init = method(owner, "__init__")
    if init is None:
        return new_init(ctx, owner)
    if base_init(init) is None:
        raise NoPlace(NO_BASE)
    last = init.body[-1]
    if isinstance(last, ast.Return | ast.Raise):
        raise NoPlace("its __init__ does not end at its last line")
    return _after(ctx, last)


def build_slot(ctx: RuleContext, owner: ast.ClassDef) -> Slot:
    """The end of `build`, before `super().build()` if that is last, or a new one.

    What is put there may need all that `build` makes. Raises `NoPlace`.
    """
    build = method(owner, "build")
    if build is None:
        return _new_build(ctx, owner)
    last = build.body[-1]
    if _ends_build(last) or isinstance(last, ast.Return | ast.Raise):
        return _before(ctx, last)
    return _after(ctx, last)


def shape_parameter(owner: ast.ClassDef) -> str:
    """What `build` calls the shape of the layer's first argument; raises `NoPlace`."""
    build = method(owner, "build")
    if build is None:
        return "input_shape"
    if len(build.args.args) != 2:
        raise NoPlace("its build does not take one shape")
    return build.args.args[1].arg


def new_init(ctx: RuleContext, owner: ast.ClassDef) -> Slot:
    """A whole `__init__` before the class's first method; raises `NoPlace`."""
    first = next(methods(owner), None)
    if first is None:
        raise NoPlace("it has no __init__")
    names = "**kwargs" if _is_plain_layer(ctx, owner) else "*args, **kwargs"
    head = (f"def __init__(self, {names}):", f"super().__init__({names})")
    return _new_method(ctx, first, head, "")


def _new_build(ctx: RuleContext, owner: ast.ClassDef) -> Slot:
    call = method(owner, "call") or next(methods(owner), None)
    if call is None:
        raise NoPlace("it has no methods")
    is_model = ctx.class_kind(owner) is Kind.MODEL and not inherits_method(
        ctx.module, owner, "build"
    )
    last = "self.built = True" if is_model else "super().build(input_shape)"
    return _new_method(ctx, call, ("def build(self, input_shape):",), last)


def _new_method(
    ctx: RuleContext, following: ast.FunctionDef, head: tuple[str, ...], last: str
) -> Slot:
    """A method before another one: its first lines, then what is put in, then its last line."""
    start = min([following.lineno, *(d.lineno for d in following.decorator_list)])
    offset, newline = ctx.module.unit.line_starts[start - 1], ctx.module.unit.newline
    indent = indentation(ctx, following)
    if indent is None:
        raise NoPlace("its first method does not begin a line")
    inner = indent + _step(ctx, following, indent)
    text = newline.join([indent + head[0], *(inner + line for line in head[1:])])
    end = f"{newline}{inner}{last}" if last else ""
    span = Span(offset, offset + len(indent))
    return Slot(span, text, newline + inner, "", f"{end}{newline}{newline}{indent}")


def _after(ctx: RuleContext, statement: ast.stmt) -> Slot:
    text, end = ctx.module.unit.code, ctx.span(statement).end
    first = indentation(ctx, statement)
    stop = text.find("\n", end)
    stop = len(text) if stop < 0 else stop
    rest = text[end:stop].strip()
    if first is None or (rest and not rest.startswith("#")):
        raise NoPlace("its last statement shares a line with another one")
    stop -= text[:stop].endswith("\r")
    return Slot(Span(stop, stop), "", ctx.module.unit.newline + first)


def _before(ctx: RuleContext, statement: ast.stmt) -> Slot:
    indent = indentation(ctx, statement)
    if indent is None:
        raise NoPlace("its last statement shares a line with another one")
    offset = ctx.module.unit.line_starts[statement.lineno - 1]
    return Slot(Span(offset, offset), "", indent, ctx.module.unit.newline)


def _ends_build(statement: ast.stmt) -> bool:
    """`super().build(…)` or `self.built = True`."""
    if isinstance(statement, ast.Assign):
        return attribute_of_self(statement.targets[0]) == "built"
    called = statement.value if isinstance(statement, ast.Expr) else None
    func = called.func if isinstance(called, ast.Call) else None
    return (
        isinstance(func, ast.Attribute)
        and func.attr == "build"
        and attribute_of_self(func.value) is None
    )


def _step(ctx: RuleContext, function: ast.FunctionDef, indent: str) -> str:
    """One level of indentation, as the method's body has it."""
    inner = indentation(ctx, function.body[0])
    return inner[len(indent) :] if inner is not None and inner.startswith(indent) else "    "


def _is_plain_layer(ctx: RuleContext, owner: ast.ClassDef) -> bool:
    """Whether every ancestor is Keras's own layer class, which takes keywords only."""
    if ctx.class_kind(owner) is not Kind.LAYER:
        return False
    found = list(lineage(ctx.module, owner))
    return len(found) == len(owner.bases) and all(
        isinstance(base, Symbol) and base.name in _LAYERS for base in found
    )
