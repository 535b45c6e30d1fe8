"""Arguments of a call: binding them to a signature, and editing them in place.

Edits are as small as they can be, so that comments and layout stay and fixes of nested calls do
not meet: names, keywords and separators change, argument expressions are left where they are.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from kerashift.engine.analysis.module import Module
from kerashift.engine.model import Edit, Span


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument in source order. `extent` includes keyword, stars and parentheses."""

    value: ast.expr
    keyword: ast.keyword | None
    index: int
    extent: Span
    value_extent: Span

    @property
    def name(self) -> str | None:
        return self.keyword.arg if self.keyword is not None else None

    @property
    def is_unpacked(self) -> bool:
        """`*args` or `**kwargs`."""
        if self.keyword is not None:
            return self.keyword.arg is None
        return isinstance(self.value, ast.Starred)


@dataclass(frozen=True, slots=True)
class Bound:
    """Arguments by parameter name. `unknown` are keywords that the signature does not have."""

    by_name: dict[str, Argument]
    unknown: tuple[Argument, ...]
    unpacked: tuple[Argument, ...]
    too_many: bool

    @property
    def is_certain(self) -> bool:
        """Whether every argument is accounted for."""
        return not (self.unknown or self.unpacked or self.too_many)


def bind(arguments: Sequence[Argument], parameters: Sequence[str]) -> Bound:
    """Bind as Python would, to positional-or-keyword parameters."""
    by_name: dict[str, Argument] = {}
    unknown: list[Argument] = []
    unpacked: list[Argument] = []
    too_many = False
    for argument in arguments:
        if argument.is_unpacked:
            unpacked.append(argument)
        elif argument.keyword is not None:
            if argument.name in parameters:
                by_name[str(argument.name)] = argument
            else:
                unknown.append(argument)
        elif argument.index < len(parameters):
            by_name[parameters[argument.index]] = argument
        else:
            too_many = True
    return Bound(by_name, tuple(unknown), tuple(unpacked), too_many)


class CallError(Exception):
    """The call is written in a way that cannot be edited in place (`f(x for x in y)`)."""


def arguments_of(module: Module, call: ast.Call) -> tuple[Argument, ...]:
    """The arguments of a call in source order; raises `CallError`."""
    items: list[tuple[Span, ast.expr, ast.keyword | None]] = [
        (module.span(value), value, None) for value in call.args
    ]
    items += [(module.span(keyword), keyword.value, keyword) for keyword in call.keywords]
    items.sort(key=lambda item: item[0])
    text = module.unit.code
    position = _skip_to(text, module.span(call.func).end, "(")
    result = []
    for index, (span, value, keyword) in enumerate(items):
        start = skip_blank(text, position + 1)
        if span.start < start:
            raise CallError
        end = _close(text, span.end, _depth(text, start, span.start))
        value_start = start
        if keyword is not None:
            inner = module.span(value)
            if keyword.arg is None:
                value_start = inner.start
            else:
                value_start = skip_blank(text, text.index("=", span.start) + 1)
            end = _close(text, inner.end, _depth(text, value_start, inner.start))
        extent = Span(start, end)
        result.append(Argument(value, keyword, index, extent, Span(value_start, end)))
        position = skip_blank(text, end)
        if index + 1 < len(items) and text[position] != ",":
            raise CallError
    return tuple(result)


def skip_blank(text: str, position: int) -> int:
    """Past white space, line continuations and comments."""
    while position < len(text):
        char = text[position]
        if char == "#":
            position = text.find("\n", position)
            if position < 0:
                return len(text)
        elif char in " \t\r\n\f\\":
            position += 1
        else:
            break
    return position


def _skip_to(text: str, position: int, char: str) -> int:
    position = skip_blank(text, position)
    while text[position] != char:
        if text[position] != ")":  # a callee in parentheses
            raise CallError
        position = skip_blank(text, position + 1)
    return position


def _depth(text: str, start: int, end: int) -> int:
    """Parentheses opened between two points that hold nothing else but blanks."""
    depth = 0
    position = skip_blank(text, start)
    while position < end:
        if text[position] == "(":
            depth += 1
        position = skip_blank(text, position + 1)
    return depth


def _close(text: str, position: int, depth: int) -> int:
    for _ in range(depth):
        position = skip_blank(text, position)
        if text[position] != ")":
            raise CallError
        position += 1
    return position


@dataclass
class CallEditor:
    """Collects edits of one call. Every argument may be changed once."""

    module: Module
    call: ast.Call
    arguments: tuple[Argument, ...] = ()
    edits: list[Edit] = field(default_factory=list)
    _dropped: set[int] = field(default_factory=set)
    _added: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.arguments = arguments_of(self.module, self.call)

    def bind(self, parameters: Sequence[str]) -> Bound:
        return bind(self.arguments, parameters)

    def rename(self, text: str) -> None:
        """Change what is called."""
        self.edits.append(Edit(self.module.span(self.call.func), (text,)))

    def set_keyword(self, argument: Argument, name: str) -> None:
        """Pass the argument as `name=`, whether it was positional or another keyword."""
        if argument.keyword is None:
            start = argument.extent.start
            self.edits.append(Edit(Span(start, start), (f"{name}=",), rank=-1))
        elif argument.name != name:
            start = argument.extent.start
            self.edits.append(Edit(Span(start, start + len(str(argument.name))), (name,)))

    def set_value(self, argument: Argument, *parts: str | Span) -> None:
        """Replace the argument's value; a `Span` part keeps (and lets others edit) a range."""
        self.edits.append(Edit(argument.value_extent, parts))

    def drop(self, argument: Argument) -> None:
        self._dropped.add(argument.index)

    def add(self, text: str) -> None:
        """Append an argument, as `axis=0`."""
        self._added.append(text)

    def build(self) -> tuple[Edit, ...]:
        """All edits."""
        edits = list(self.edits)
        kept = [a for a in self.arguments if a.index not in self._dropped]
        for argument in self.arguments:
            if argument.index in self._dropped:
                edits += [Edit(span, ()) for span in self._drop_spans(argument, kept)]
        if self._added:
            edits.append(self._add_edit(kept))
        return tuple(edits)

    def _drop_spans(self, argument: Argument, kept: list[Argument]) -> list[Span]:
        """The argument with one comma: the one before it, else the one after it.

        A comma at the very end is a span of its own: another rule may add an argument before it.
        """
        if argument.index > 0 and any(a.index < argument.index for a in kept):
            return [Span(self.arguments[argument.index - 1].extent.end, argument.extent.end)]
        if argument.index + 1 < len(self.arguments):
            return [Span(argument.extent.start, self.arguments[argument.index + 1].extent.start)]
        end = skip_blank(self.module.unit.code, argument.extent.end)
        has_comma = self.module.unit.code[end] == ","
        return [argument.extent, *([Span(end, end + 1)] if has_comma else [])]

    def _add_edit(self, kept: list[Argument]) -> Edit:
        text = ", ".join(self._added)
        if kept:
            end = kept[-1].extent.end
            return Edit(Span(end, end), (f", {text}",), rank=-1)
        close = self.module.span(self.call).end - 1
        return Edit(Span(close, close), (text,), rank=-1)
