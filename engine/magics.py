"""Mask what is IPython and not Python in a cell, so that the rest parses at the same positions.

A masked line keeps its length: it becomes a comment, or `0` where a block must not lose its only
statement. In `x = %time f()` and `x = !ls` only the right side is masked, so `x` stays known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PYTHON_CELLS = frozenset({"time", "timeit", "capture", "prun", "memit", "wandb"})
"""Cell magics whose body is Python of the notebook itself."""
_CELL_MAGIC = re.compile(r"%%(\w*)")
# None of these can begin a Python statement.
_LINE_MAGIC = re.compile(r"[ \t]*[%!?]")
_ASSIGNED_MAGIC = re.compile(r"=[ \t]*(?=%\w|!)")


def mask_magics(source: str) -> str:
    """The cell as Python text of the same length, each line as long as it was."""
    if not any(char in source for char in "%!?"):
        return source
    lines = source.split("\n")
    first = _mask_cell_magics(lines)
    if first is None:
        return "\n".join(map(_as_comment, lines))
    state = _State()
    for index in range(first, len(lines)):
        lines[index] = _mask_line(lines[index], state)
    return "\n".join(lines)


def _mask_cell_magics(lines: list[str]) -> int | None:
    """Mask the `%%` lines at the top; gives the line after, or None where the body is no Python."""
    for index, line in enumerate(lines):
        magic = _CELL_MAGIC.match(line)
        if magic is not None:
            if magic.group(1) not in _PYTHON_CELLS:
                return None
            lines[index] = _as_comment(line)
        elif line.strip():
            return index
    return len(lines)


@dataclass(slots=True)
class _State:
    """What a line leaves open for the next one."""

    depth: int = 0
    quote: str = ""
    continued: bool = False
    in_magic: bool = False

    @property
    def begins_statement(self) -> bool:
        return not (self.depth or self.quote or self.continued)


def _mask_line(line: str, state: _State) -> str:
    body = line.removesuffix("\r")
    end = line[len(body) :]
    if state.in_magic or (state.begins_statement and _LINE_MAGIC.match(body)):
        masked = _as_blank(body) if state.in_magic else _as_statement(body)
        state.in_magic = body.endswith("\\")
        return masked + end
    begins = state.begins_statement
    code, magic = _scan(body, state)
    if magic is not None:
        state.in_magic = body.endswith("\\")
        return body[:magic] + "0".ljust(len(body) - magic) + end
    if begins and state.begins_statement and code.endswith("?"):
        return _as_statement(body) + end
    return line


def _scan(line: str, state: _State) -> tuple[str, int | None]:
    """Follow strings and brackets; gives the line without its comment, and a magic's start."""
    position = 0
    while position < len(line):
        char = line[position]
        if state.quote:
            position = _in_string(line, position, state)
            continue
        if char == "#":
            line = line[:position]
            break
        if char in "'\"":
            state.quote = char * 3 if line.startswith(char * 3, position) else char
            position += len(state.quote)
            continue
        if char in "([{":
            state.depth += 1
        elif char in ")]}":
            state.depth = max(0, state.depth - 1)
        elif char == "=" and not state.depth:
            magic = _ASSIGNED_MAGIC.match(line, position)
            if magic is not None:
                return line, magic.end()
        position += 1
    state.continued = not state.quote and line.endswith("\\")
    if len(state.quote) == 1 and position == len(line):  # a backslash would step past the end
        state.quote = ""
    return line.rstrip(), None


def _in_string(line: str, position: int, state: _State) -> int:
    if line[position] == "\\":
        return position + 2
    if line.startswith(state.quote, position):
        position += len(state.quote)
        state.quote = ""
        return position
    return position + 1


def _as_comment(line: str) -> str:
    body = line.removesuffix("\r")
    return "#" + line[1:] if body else line


def _as_statement(body: str) -> str:
    indent = len(body) - len(body.lstrip(" \t"))
    if not indent:
        return _as_comment(body)
    return body[:indent] + "0".ljust(len(body) - indent)


def _as_blank(body: str) -> str:
    return " " * len(body)
