"""The side-by-side diff of one file, and the way through all blocks of all files.

A preview is a function of the session: it is made again on a worker thread after each change, and
the panes replace only the rows that differ.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from kerashift.engine.diff import Block
from kerashift.engine.model import Decision
from kerashift.ui.bridge import SessionBridge
from kerashift.ui.tasks import Tasks
from kerashift.ui.theme import Theme
from kerashift.ui.views.diff.find import FindBar
from kerashift.ui.views.diff.goal import Goal, neighbour
from kerashift.ui.views.diff.gutter import Button
from kerashift.ui.views.diff.load import Loaded, colour, load
from kerashift.ui.views.diff.pair import PanePair
from kerashift.ui.views.diff.rows import Alignment
from kerashift.ui.views.diff.strip import BlockStrip


class DiffView(QWidget):
    """Shows a file of the session; blocks are accepted and skipped here."""

    shown = Signal(str)
    """A file's preview is on screen, or was made anew after a change."""
    issue_selected = Signal(str)
    """The person went to another block; its first issue."""
    failed = Signal(str)

    def __init__(
        self, bridge: SessionBridge, tasks: Tasks, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._tasks = tasks
        self._path = ""
        self._alignment: Alignment | None = None
        self._current = -1
        self._goal: Goal | None = None
        self.setObjectName("diffView")
        self.strip = BlockStrip(theme)
        self.pair = PanePair(theme)
        self.find_bar = FindBar()
        self.setFocusProxy(self.pair)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.strip)
        column.addWidget(self.pair, 1)
        column.addWidget(self.find_bar)
        self._connect()
        self.clear()

    def _connect(self) -> None:
        self.pair.row_changed.connect(self._on_row)
        self.pair.gutter.pressed.connect(self._on_gutter)
        self.pair.gutter.block_clicked.connect(self._on_block_clicked)
        self.strip.accept_wanted.connect(self.accept_block)
        self.strip.skip_wanted.connect(self.skip_block)
        self.strip.next_wanted.connect(self.next_block)
        self.strip.previous_wanted.connect(self.previous_block)
        self.find_bar.closed.connect(self.pair.setFocus)
        self._bridge.session_changed.connect(self.clear)
        self._bridge.changed.connect(self._reload)

    # What is shown

    @property
    def path(self) -> str:
        return self._path

    @property
    def alignment(self) -> Alignment | None:
        return self._alignment

    @property
    def current_block(self) -> Block | None:
        if self._alignment is None or self._current < 0:
            return None
        return self._alignment.preview.blocks[self._current]

    @property
    def is_loading(self) -> bool:
        return self._tasks.is_running("preview")

    def show_file(self, path: str, goal: Goal) -> None:
        """Show a file and go to a place in it; `shown` follows."""
        session = self._bridge.session
        if session is None or path not in session.scan.units:
            return
        self._goal = goal
        if path == self._path and self._alignment is not None:
            self._arrive(self._alignment)
            self.shown.emit(path)
        else:
            self._path = path
            self._reload()

    def clear(self) -> None:
        """Show nothing: another project is there, or none."""
        self._tasks.cancel("preview")
        self._path, self._goal = "", None
        self._alignment, self._current = None, -1
        self.pair.show_alignment(None)
        self.pair.set_current(-1, (-1, -1))
        self.strip.show_nothing("Choose an issue on the left.")
        self.strip.show_count("")

    def _reload(self) -> None:
        session, path = self._bridge.session, self._path
        if session is not None and path:
            self._tasks.start(
                "preview",
                lambda _: load(session, path),
                success=self._on_loaded,
                failure=lambda error: self.failed.emit(f"{path} cannot be shown: {error}"),
            )

    def _on_loaded(self, loaded: Loaded) -> None:
        new, kept = loaded.alignment, self._kept_place(loaded.alignment)
        self._alignment, self._current = new, -1
        self.pair.show_alignment(new)
        if loaded.pieces is not None:
            self.pair.set_pieces(loaded.pieces)
        else:
            self._colour_later(new)
        if self._goal is not None:
            self._arrive(new)
        elif kept is not None:
            self.pair.go_to_row(*kept)
        else:
            self._on_row(self.pair.row())
        self.shown.emit(new.preview.path)

    def _kept_place(self, new: Alignment) -> tuple[int, int] | None:
        """The row of the current block in new rows, and how far from the top it was."""
        block = self.current_block
        if (
            block is None
            or self._alignment is None
            or self._alignment.preview.path != new.preview.path
        ):
            return None
        index = new.block_of_issue(block.issues[0]) if block.issues else None
        if index is None:
            return None
        offset = self.pair.offset_of(self._alignment.block_rows[self._current][0])
        return new.block_rows[index][0], offset

    def _colour_later(self, alignment: Alignment) -> None:
        self._tasks.start(
            "syntax",
            lambda _: colour(alignment),
            success=self.pair.set_pieces,
            failure=lambda error: self.failed.emit(f"No syntax colours: {error}"),
        )

    # The way through the blocks

    def _arrive(self, alignment: Alignment) -> None:
        goal, self._goal = self._goal or Goal(), None
        self.pair.go_to_row(goal.row(alignment))

    def _on_row(self, row: int) -> None:
        """The cursor stands on a row: its block, if any, is the current one."""
        if self._alignment is None:
            return
        before = self.current_block
        in_range = 0 <= row < len(self._alignment.rows)
        self._current = self._alignment.rows[row].block if in_range else -1
        rows = self._alignment.block_rows[self._current] if self._current >= 0 else (-1, -1)
        self.pair.set_current(self._current, rows)
        self._describe()
        block = self.current_block
        if block is not None and block is not before and block.issues:
            self.issue_selected.emit(block.issues[0])

    def _describe(self) -> None:
        block, session = self.current_block, self._bridge.session
        count = len(self._alignment.preview.blocks) if self._alignment else 0
        if block is None or session is None:
            self.strip.show_nothing("" if count else "Nothing to change in this file.")
            self.strip.show_count(f"{count} change{'s' * (count != 1)}")
        else:
            self.strip.show_block(block, [session.issue(each) for each in block.issues])
            self.strip.show_count(f"{self._current + 1} of {count}")

    def _on_block_clicked(self, index: int) -> None:
        if self._alignment is not None:
            row = self._alignment.block_rows[index][0]
            self.pair.go_to_row(row, self.pair.offset_of(row))

    def next_block(self) -> None:
        """The next block of the file, or the first of the next file."""
        self._step(self._alignment.block_after(self.pair.row()) if self._alignment else None, 1)

    def previous_block(self) -> None:
        """The block before, or the last of the file before."""
        self._step(self._alignment.block_before(self.pair.row()) if self._alignment else None, -1)

    def _step(self, index: int | None, step: int) -> None:
        session = self._bridge.session
        if self._goal is not None:  # another file is on its way
            return
        if self._alignment is not None and index is not None:
            self.pair.go_to_row(self._alignment.block_rows[index][0])
        elif session is not None:
            paths = sorted({issue.path for issue in session.issues})
            path = neighbour(paths, self._path, step)
            if path is not None:
                self.show_file(path, Goal(last=step < 0))

    def go_to_line(self, line: int) -> None:
        """Go to a line, counted from 1, of the pane in use."""
        if self._alignment is not None:
            self.pair.go_to_row(self._alignment.row_of(self.pair.active.side, line - 1))

    def open_find(self) -> None:
        self.find_bar.open_for(self.pair.active)

    # Decisions

    def accept_block(self) -> None:
        self._decide(self._current, Decision.ACCEPTED)

    def skip_block(self) -> None:
        self._decide(self._current, Decision.SKIPPED)

    def reopen_block(self) -> None:
        self._decide(self._current, Decision.OPEN)

    def _decide(self, index: int, decision: Decision) -> None:
        session = self._bridge.session
        if self._alignment is not None and session is not None and index >= 0:
            session.decide(self._alignment.preview.blocks[index].issues, decision)

    def _on_gutter(self, index: int, button: Button) -> None:
        """A button of the gutter; one that is down already takes the decision back."""
        if self._alignment is None:
            return
        wanted = Decision.ACCEPTED if button is Button.ACCEPT else Decision.SKIPPED
        there = self._alignment.preview.blocks[index].decision is wanted
        self._decide(index, Decision.OPEN if there else wanted)
