"""The aligned rows of a preview, computed once: both panes are fed the same number of lines.

A row has a line of the original, a line of the result, or both; where one is missing the pane
shows a filler. Lines count from 0.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from enum import IntEnum
from itertools import zip_longest

from kerashift.engine.diff import Block, Preview
from kerashift.engine.model import Decision


class Side(IntEnum):
    LEFT = 0
    RIGHT = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One visual line of both panes; `block` is an index into the preview's blocks, or -1."""

    left: int | None
    right: int | None
    block: int = -1

    def line(self, side: Side) -> int | None:
        return self.left if side is Side.LEFT else self.right


@dataclass(frozen=True)
class Alignment:
    """A preview as rows. `block_rows` are the half-open row ranges of its blocks."""

    preview: Preview
    left_lines: list[str]
    right_lines: list[str]
    rows: list[Row]
    block_rows: list[tuple[int, int]]

    def lines(self, side: Side) -> list[str]:
        return self.left_lines if side is Side.LEFT else self.right_lines

    def padded(self, side: Side) -> list[str]:
        """The lines of a pane, with an empty one for each filler."""
        lines = self.lines(side)
        numbers = (row.line(side) for row in self.rows)
        return ["" if number is None else lines[number] for number in numbers]

    def block(self, row: int) -> Block | None:
        index = self.rows[row].block if 0 <= row < len(self.rows) else -1
        return self.preview.blocks[index] if index >= 0 else None

    def row_of(self, side: Side, line: int) -> int:
        """The row that shows a line of that side, or the last row before where it would be."""
        best = 0
        for number, row in enumerate(self.rows):
            shown = row.line(side)
            if shown is not None:
                if shown > line:
                    break
                best = number
        return best

    def block_after(self, row: int) -> int | None:
        """Index of the first block that starts below a row."""
        starts = [start for start, _ in self.block_rows]
        index = bisect_right(starts, row)
        return index if index < len(starts) else None

    def block_before(self, row: int) -> int | None:
        """Index of the last block that starts above a row."""
        above = [n for n, (start, _) in enumerate(self.block_rows) if start < row]
        return above[-1] if above else None

    def block_of_issue(self, issue_id: str) -> int | None:
        for index, block in enumerate(self.preview.blocks):
            if issue_id in block.issues:
                return index
        return None


def align(preview: Preview) -> Alignment:
    """Rows of a preview: unchanged lines side by side, each block padded to its longer side."""
    left, right = split_lines(preview.original), split_lines(preview.migrated)
    rows: list[Row] = []
    block_rows: list[tuple[int, int]] = []
    at_left = at_right = 0
    for index, block in enumerate(preview.blocks):
        _pair(rows, (at_left, block.left[0]), (at_right, block.right[0]), -1)
        start = len(rows)
        _pair(rows, block.left, block.right, index)
        block_rows.append((start, len(rows)))
        at_left, at_right = block.left[1], block.right[1]
    _pair(rows, (at_left, len(left)), (at_right, len(right)), -1)
    return Alignment(preview, left, right, rows, block_rows)


def _pair(rows: list[Row], left: tuple[int, int], right: tuple[int, int], block: int) -> None:
    for a, b in zip_longest(range(*left), range(*right)):
        rows.append(Row(a, b, block))


def split_lines(text: str) -> list[str]:
    """Lines as the engine counts them, without their ends."""
    return [line.removesuffix("\r") for line in text.split("\n")]


class RowKind(IntEnum):
    """How a row is painted."""

    PLAIN = 0
    CHANGED = 1
    PENDING = 2
    SKIPPED = 3


def kind_of(block: Block | None) -> RowKind:
    if block is None:
        return RowKind.PLAIN
    if block.changed:
        return RowKind.CHANGED
    return RowKind.SKIPPED if block.decision is Decision.SKIPPED else RowKind.PENDING
