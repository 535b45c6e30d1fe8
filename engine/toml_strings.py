"""Where the strings of a TOML text stand, so that one is changed and every other byte stays.

For texts that `tomllib` has read: nothing is checked here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kerashift.engine.model import Span

_TOKEN = re.compile(
    r"""(?P<blank>[ \t\r]+|\#[^\n]*)
    |(?P<long>\"\"\"(?:\\.|[^\\])*?\"{3,5}|'''.*?'{3,5})
    |(?P<string>"(?:\\.|[^"\\\n])*"|'[^'\n]*')
    |(?P<mark>[\[\]{}=,.\n])
    |(?P<bare>[^\s\#"'\[\]{}=,.]+)""",
    re.VERBOSE | re.DOTALL,
)
_HEADER = re.compile(r"[ \t]*\[\[?([^\n#]*?)\]\]?[ \t]*(?=\r?\n|#|\Z)")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"((?:\\.|[^"\\])*)"|'([^']*)'""")


@dataclass(frozen=True, slots=True)
class TomlString:
    """A string value. `path` leads to it: table, then keys; `span` is what stands in the quotes."""

    path: tuple[str, ...]
    key_span: Span
    """Its last key, with its quotes."""
    span: Span
    text: str
    """As written: escapes are not resolved."""


_NOWHERE = Span(0, 0)


@dataclass(slots=True)
class _State:
    table: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    key_span: Span = _NOWHERE
    in_key: bool = True
    # What is open: the bracket, and the keys and their place outside of it.
    stack: list[tuple[str, tuple[str, ...], Span]] = field(default_factory=list)


def toml_strings(text: str) -> Iterator[TomlString]:
    """All one-line strings that are values, in order."""
    state = _State()
    position = 0
    fresh = True
    while position < len(text):
        header = _HEADER.match(text, position) if fresh and not state.stack else None
        if header is not None:
            state.table = tuple(_parts(header.group(1)))
            state.keys, state.in_key = (), True
            position = header.end()
            fresh = False
            continue
        token = _TOKEN.match(text, position)
        if token is None:
            position += 1
            continue
        position = token.end()
        kind, value = str(token.lastgroup), token.group()
        if kind == "blank":
            continue
        fresh = value == "\n"
        if kind in ("string", "bare", "long") and state.in_key:
            state.keys += tuple(_parts(value))
            state.key_span = Span(token.start(), token.end())
        elif kind == "string":
            span = Span(token.start() + 1, token.end() - 1)
            yield TomlString(state.table + state.keys, state.key_span, span, value[1:-1])
        elif kind == "mark":
            _mark(value, state)


def _parts(text: str) -> Iterator[str]:
    for part in _PART.finditer(text):
        yield next((group for group in part.groups() if group is not None), part.group())


def _mark(value: str, state: _State) -> None:
    inside = state.stack[-1][0] if state.stack else ""
    if value == "=":
        state.in_key = False
    elif value in "[{":
        state.stack.append((value, state.keys, state.key_span))
        state.in_key = value == "{"
    elif value in "]}" and state.stack:
        _, state.keys, state.key_span = state.stack.pop()
        state.in_key = False
    elif value == "," and inside == "{":
        state.keys, state.in_key = state.stack[-1][1], True
    elif value == "\n" and not inside:
        state.keys, state.in_key = (), True
