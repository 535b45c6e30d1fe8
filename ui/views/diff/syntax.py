"""Python code as coloured pieces, by Pygments; no Qt here, so that a worker thread can do it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from html import escape

from pygments.lexers.python import PythonLexer
from pygments.token import Token, _TokenType

from kerashift.ui.theme import Colors


class Kind(StrEnum):
    """What a piece is; the value is its colour's name in `Colors`."""

    KEYWORD = "keyword"
    STRING = "string"
    COMMENT = "comment"
    NUMBER = "number"
    NAME = "name"
    BUILTIN = "builtin"


_KINDS: tuple[tuple[_TokenType, Kind], ...] = (
    (Token.Keyword, Kind.KEYWORD),
    (Token.Operator.Word, Kind.KEYWORD),
    (Token.Comment, Kind.COMMENT),
    (Token.Literal.String, Kind.STRING),
    (Token.Literal.Number, Kind.NUMBER),
    (Token.Name.Function, Kind.NAME),
    (Token.Name.Class, Kind.NAME),
    (Token.Name.Decorator, Kind.NAME),
    (Token.Name.Builtin, Kind.BUILTIN),
    (Token.Name.Exception, Kind.BUILTIN),
)


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters `start` to `end` of one line."""

    start: int
    end: int
    kind: Kind


@lru_cache(maxsize=8)
def colour_text(text: str) -> list[list[Piece]]:
    """The coloured pieces of each line; kept, since the original of a file stays the same."""
    return colour_lines([line.removesuffix("\r") for line in text.split("\n")])


def colour_lines(lines: list[str]) -> list[list[Piece]]:
    """The coloured pieces of each line."""
    result: list[list[Piece]] = [[] for _ in lines]
    row = column = 0
    for token, text in PythonLexer(stripnl=False, ensurenl=False).get_tokens("\n".join(lines)):
        kind = _kind(token)
        for number, part in enumerate(text.split("\n")):
            if number:
                row, column = row + 1, 0
            if kind is not None and part and row < len(result):
                result[row].append(Piece(column, column + len(part), kind))
            column += len(part)
    return result


def code_html(text: str, colors: Colors) -> str:
    """A piece of code as escaped HTML in the theme's colours."""
    lines = text.rstrip("\n").split("\n")
    parts = [
        _line_html(line, pieces, colors)
        for line, pieces in zip(lines, colour_lines(lines), strict=True)
    ]
    return "\n".join(parts)


def _line_html(line: str, pieces: list[Piece], colors: Colors) -> str:
    result, at = "", 0
    for piece in pieces:
        text = escape(line[piece.start : piece.end])
        result += escape(line[at : piece.start])
        result += f'<span style="color:{getattr(colors, piece.kind.value)}">{text}</span>'
        at = piece.end
    return result + escape(line[at:])


def _kind(token: _TokenType) -> Kind | None:
    for family, kind in _KINDS:
        if token in family:
            return kind
    return None
