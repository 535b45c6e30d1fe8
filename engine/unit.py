"""A unit is what is analysed and rewritten as one: a Python file, or a notebook's code cells.

Both look alike from here on: `text` is what the person sees and edits touch, `code` is the same
text, character for character as long, that `ast` can parse (a notebook's magics are masked).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from kerashift.engine import source


@dataclass(frozen=True, slots=True)
class Location:
    """A position for people: counted from 1, within the cell in a notebook."""

    cell: int | None
    line: int
    column: int
    text_line: int


@dataclass(frozen=True)
class Unit:
    """One analysed file. `cells` lists (first character, cell number) of a notebook's cells."""

    path: str
    data: bytes
    text: str
    code: str
    newline: str
    writer: Callable[[str], bytes] = field(repr=False, compare=False)
    cells: tuple[tuple[int, int], ...] = ()

    def encode(self, text: str) -> bytes:
        """The file's new bytes for a changed `text`; equal text gives equal bytes."""
        return self.data if text == self.text else self.writer(text)

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """Character offset of each line, as `ast` counts lines."""
        starts = [0]
        position = self.text.find("\n")
        while position >= 0:
            starts.append(position + 1)
            position = self.text.find("\n", position + 1)
        return tuple(starts)

    def locate(self, offset: int) -> Location:
        """Line and column of a character offset."""
        index = bisect_right(self.line_starts, offset) - 1
        column = offset - self.line_starts[index] + 1
        if not self.cells:
            return Location(None, index + 1, column, index + 1)
        starts = [start for start, _ in self.cells]
        which = max(bisect_right(starts, offset) - 1, 0)
        start, number = self.cells[which]
        first = bisect_right(self.line_starts, start) - 1
        return Location(number, index - first + 1, column, index + 1)


def python_unit(path: str, data: bytes) -> Unit:
    """A unit of a Python file; raises `source.SourceError`."""
    file = source.decode(path, data)
    # `ast` ends lines at a lone carriage return too; files that use it that way are left alone.
    if "\r" in file.text.replace("\r\n", ""):
        raise source.SourceError("lines end in a lone carriage return: not analysed")
    return Unit(path, data, file.text, file.text, file.newline, file.encode)
