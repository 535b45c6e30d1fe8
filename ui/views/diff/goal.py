"""Where to go once a file is on screen."""

from __future__ import annotations

from dataclasses import dataclass

from kerashift.ui.views.diff.rows import Alignment, Side


@dataclass(frozen=True)
class Goal:
    """At most one of: an issue, a line (from 0) of one side, the first or the last block."""

    issue: str = ""
    line: int | None = None
    side: Side = Side.LEFT
    last: bool = False

    def row(self, alignment: Alignment) -> int:
        """The row to go to; the first block where an issue is not shown, else the top."""
        if self.line is not None:
            return alignment.row_of(self.side, self.line)
        block = alignment.block_of_issue(self.issue)
        if block is None and alignment.block_rows:
            block = len(alignment.block_rows) - 1 if self.last else 0
        return 0 if block is None else alignment.block_rows[block][0]


def neighbour(paths: list[str], path: str, step: int) -> str | None:
    """The path that many places after (or before) another; nothing past the ends."""
    if path not in paths:
        return paths[0] if paths else None
    index = paths.index(path) + step
    return paths[index] if 0 <= index < len(paths) else None
