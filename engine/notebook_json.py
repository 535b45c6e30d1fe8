"""Where the code of a notebook stands in its JSON text, so that cells change and the rest stays.

The file is never dumped again as a whole: a new source is written over the characters of the old.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from json.decoder import JSONDecodeError
from typing import Any

from kerashift.engine.model import Span

_DECODER = json.JSONDecoder()
_BLANKS = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell: its number (from 1, over all cells), its source, and the source's place."""

    number: int
    source: str
    span: Span
    """The JSON value: a string, or a list of strings."""


@dataclass(frozen=True, slots=True)
class NotebookText:
    """What a notebook's JSON holds. `values` are its top-level values, without the cells."""

    text: str
    values: dict[str, Any]
    cells: tuple[Cell, ...]


def read_notebook(text: str) -> NotebookText:
    """Find the code cells; raises `ValueError` where the text is not JSON of that shape."""
    values: dict[str, Any] = {}
    cells: tuple[Cell, ...] = ()
    position = _skip(text, 0)
    for key, value in _members(text, position):
        if key == "cells":
            cells = tuple(_code_cells(text, value))
        else:
            values[key] = _DECODER.raw_decode(text, value.start)[0]
    end = _skip(text, _value_end(text, position))
    if end != len(text):
        raise JSONDecodeError("more than one value", text, end)
    return NotebookText(text, values, cells)


def _code_cells(text: str, cells: Span) -> Iterator[Cell]:
    for number, cell in enumerate(_items(text, cells.start), 1):
        members = dict(_members(text, cell.start))
        kind = members.get("cell_type")
        if kind is None or _DECODER.raw_decode(text, kind.start)[0] != "code":
            continue
        span = members.get("source")
        if span is None:
            continue
        source = _DECODER.raw_decode(text, span.start)[0]
        lines = [source] if isinstance(source, str) else source
        if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
            raise ValueError(f"cell {number}: its source is neither a text nor a list of lines")
        yield Cell(number, "".join(lines), span)


def replace_sources(notebook: NotebookText, sources: dict[int, str]) -> str:
    """The JSON text with new sources, by cell number, each in the form that the old one has."""
    pieces: list[str] = []
    position = 0
    for cell in notebook.cells:
        if cell.number in sources:
            pieces.append(notebook.text[position : cell.span.start])
            pieces.append(_source_value(notebook.text, cell, sources[cell.number]))
            position = cell.span.end
    pieces.append(notebook.text[position:])
    return "".join(pieces)


def _source_value(text: str, cell: Cell, source: str) -> str:
    plain_ascii = text.isascii()
    if text[cell.span.start] != "[":
        return json.dumps(source, ensure_ascii=plain_ascii)
    items = list(_items(text, cell.span.start))
    # Lines that stay keep their spelling, for JSON has several for one character.
    spelled = {
        _DECODER.raw_decode(text, item.start)[0]: text[item.start : item.end] for item in items
    }
    lines = [line for line in _lines(source) if line]
    tokens = [spelled.get(line) or json.dumps(line, ensure_ascii=plain_ascii) for line in lines]
    if not tokens:
        return "[]"
    opening, separator, closing = _layout(text, cell.span, items)
    return f"[{opening}{separator.join(tokens)}{closing}]"


def _lines(source: str) -> list[str]:
    lines = source.split("\n")
    return [line + "\n" for line in lines[:-1]] + lines[-1:]


def _layout(text: str, span: Span, items: list[Span]) -> tuple[str, str, str]:
    """White space after `[`, between two items, and before `]`."""
    if not items:
        return _layout_of_empty(text, span)
    opening = text[span.start + 1 : items[0].start]
    closing = text[items[-1].end : span.end - 1]
    if len(items) > 1:
        return opening, text[items[0].end : items[1].start], closing
    return opening, f",{opening}" if opening else ", ", closing


def _layout_of_empty(text: str, span: Span) -> tuple[str, str, str]:
    line_start = text.rfind("\n", 0, span.start) + 1
    line = text[line_start : span.start]
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    if line_start == 0 or not line.lstrip().startswith('"source"'):
        return "", ", ", ""
    newline = "\r\n" if text[line_start - 2 : line_start - 1] == "\r" else "\n"
    first = text.find('"')
    step = text[text.rfind("\n", 0, first) + 1 : first]
    inner = newline + indent + step
    return inner, f",{inner}", newline + indent


# A JSON scanner that tells positions


def _skip(text: str, position: int) -> int:
    while position < len(text) and text[position] in _BLANKS:
        position += 1
    return position


def _value_end(text: str, position: int) -> int:
    try:
        end: int = _DECODER.raw_decode(text, position)[1]
    except StopIteration as error:
        raise JSONDecodeError("a value is missing", text, position) from error
    return end


def _items(text: str, position: int) -> Iterator[Span]:
    """The values of the list at `position`."""
    position = _expect(text, position, "[")
    position = _skip(text, position)
    if text[position : position + 1] == "]":
        return
    while True:
        end = _value_end(text, position)
        yield Span(position, end)
        position = _skip(text, end)
        if text[position : position + 1] == "]":
            return
        position = _skip(text, _expect(text, position, ","))


def _members(text: str, position: int) -> Iterator[tuple[str, Span]]:
    """Keys and places of the values of the object at `position`."""
    position = _skip(text, _expect(text, position, "{"))
    if text[position : position + 1] == "}":
        return
    while True:
        _expect(text, position, '"')
        key, position = _DECODER.raw_decode(text, position)
        start = _skip(text, _expect(text, _skip(text, position), ":"))
        end = _value_end(text, start)
        yield key, Span(start, end)
        position = _skip(text, end)
        if text[position : position + 1] == "}":
            return
        position = _skip(text, _expect(text, position, ","))


def _expect(text: str, position: int, char: str) -> int:
    if text[position : position + 1] != char:
        raise JSONDecodeError(f"expected {char!r}", text, position)
    return position + 1
