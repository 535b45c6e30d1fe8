"""From a line of the migrated copy back to the person's own line."""
from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import replace
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path

from kerashift.engine.run.plan import Frame, RunError
from kerashift.engine.scan import read_unit
from kerashift.engine.source import SourceError
from kerashift.engine.unit import Unit


class Tracer:
    """`outputs` are what was laid over the files of the project at `root`."""

    def __init__(self, root: Path, outputs: Mapping[str, bytes]) -> None:
        self._root = root
        self._outputs = outputs
        self._units = cache(self._read_units)

    def error(self, error: RunError) -> RunError:
        """The error with the places of the person's files; `migrated_line` keeps the other."""
        frames = tuple(self._frame(frame) for frame in error.traceback)
        if error.path is None or error.line is None:
            return replace(error, traceback=frames)
        cell, line = self._original(error.path, error.cell, error.line)
        return replace(
            error, line=line, cell=cell, migrated_line=self._text_line(error), traceback=frames
        )

    def _frame(self, frame: Frame) -> Frame:
        cell, line = self._original(frame.path, frame.cell, frame.line)
        return replace(frame, line=line, cell=cell)

    def _original(self, path: str, cell: int | None, line: int) -> tuple[int | None, int]:
        units = self._units(path)
        if units is None:
            return cell, line
        before, after = units
        number = _line_before(before.text, after.text, _text_line(after, cell, line))
        place = before.locate(before.line_starts[min(number, len(before.line_starts)) - 1])
        return place.cell, place.line

    def _text_line(self, error: RunError) -> int | None:
        """The line in the text that the window shows."""
        assert error.path is not None
        assert error.line is not None
        units = self._units(error.path)
        if units is not None:
            return _text_line(units[1], error.cell, error.line)
        if error.cell is None:
            return error.line
        try:
            unit = read_unit(error.path, (self._root / error.path).read_bytes())
        except (OSError, SourceError):
            return error.line
        return _text_line(unit, error.cell, error.line)

    def _read_units(self, path: str) -> tuple[Unit, Unit] | None:
        """The file as it is and as it was run; nothing where they are the same."""
        if path not in self._outputs:
            return None
        try:
            before = read_unit(path, (self._root / path).read_bytes())
            return before, read_unit(path, self._outputs[path])
        except (OSError, SourceError):
            return None


def _text_line(unit: Unit, cell: int | None, line: int) -> int:
    for start, number in unit.cells:
        if number == cell:
            return bisect_right(unit.line_starts, start) + line - 1
    return line


def _line_before(before: str, after: str, line: int) -> int:
    """The line, from 1, that a line of `after` was or came from."""
    old, new = before.splitlines(), after.splitlines()
    index = min(line, len(new)) - 1
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if j1 <= index < j2:
            if tag == "insert":
                return max(min(i1, len(old) - 1), 0) + 1
            return i1 + min(index - j1, i2 - i1 - 1) + 1
    return max(min(line, len(old)), 1)
