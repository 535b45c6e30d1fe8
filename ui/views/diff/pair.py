"""Both panes with what stands between and beside them, kept on the same rows."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from kerashift.ui.theme import Theme
from kerashift.ui.views.diff.gutter import Gutter
from kerashift.ui.views.diff.linked import LinkedScrolling
from kerashift.ui.views.diff.load import Pieces
from kerashift.ui.views.diff.overview import OverviewBar
from kerashift.ui.views.diff.pane import Pane
from kerashift.ui.views.diff.rows import Alignment, Side
from kerashift.ui.views.elided import ElidedLabel

TITLES = ("original", "migrated")
LEAST_POINTS, MOST_POINTS = 5.0, 48.0


class PanePair(QWidget):
    """Knows rows and pixels, not the session."""

    row_changed = Signal(int)
    """The cursor went to a row, in either pane."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.left = Pane(Side.LEFT, theme)
        self.right = Pane(Side.RIGHT, theme)
        self.gutter = Gutter(self.left, theme)
        self.overview = OverviewBar(self.right, theme)
        self._titles = (_title(), _title())
        self._active = self.right
        self._quiet = False
        self._usual_points = self.left.font().pointSizeF()
        self._arrange()
        LinkedScrolling(self.left, self.right)
        self.left.row_entered.connect(lambda row: self._on_row(self.left, row))
        self.right.row_entered.connect(lambda row: self._on_row(self.right, row))
        self.overview.row_wanted.connect(self.go_to_row)

    def _arrange(self) -> None:
        for pane, name, text in (
            (self.left, "originalPane", "Original code"),
            (self.right, "migratedPane", "Migrated code"),
        ):
            pane.setObjectName(name)
            pane.setAccessibleName(text)
            pane.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.left.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusProxy(self.right)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        for column, title in zip((0, 2), self._titles, strict=True):
            grid.addWidget(title, 0, column)
            grid.setColumnStretch(column, 1)
        for column, widget in enumerate((self.left, self.gutter, self.right, self.overview)):
            grid.addWidget(widget, 1, column)
        grid.setRowStretch(1, 1)

    # Content

    def show_alignment(self, alignment: Alignment | None) -> None:
        self._quiet = True
        for part in (self.left, self.right, self.gutter, self.overview):
            part.show_alignment(alignment)
        self._quiet = False
        for title, side in zip(self._titles, TITLES, strict=True):
            title.set_full_text(f"{alignment.preview.path} · {side}" if alignment else "")

    def set_pieces(self, pieces: Pieces) -> None:
        self.left.set_pieces(pieces[Side.LEFT])
        self.right.set_pieces(pieces[Side.RIGHT])

    def set_current(self, block: int, rows: tuple[int, int]) -> None:
        """Frame a block, or none with -1."""
        for pane in (self.left, self.right):
            pane.set_current_rows(rows)
        self.gutter.set_current(block)

    # Place

    @property
    def active(self) -> Pane:
        """The pane that was used last."""
        return self._active

    def row(self) -> int:
        return self._active.current_row()

    def offset_of(self, row: int) -> int:
        """Rows between the top of the viewport and a row."""
        return row - self.left.verticalScrollBar().value()

    def go_to_row(self, row: int, offset: int | None = None) -> None:
        """Put both cursors on a row; it comes into sight, or to `offset` rows from the top."""
        self._quiet = True
        for pane in (self.left, self.right):
            pane.put_cursor(row)
        self._quiet = False
        self.left.scroll_to(row, offset)
        self.row_changed.emit(row)

    def _on_row(self, pane: Pane, row: int) -> None:
        if not self._quiet:
            self._active = pane
            self.row_changed.emit(row)

    def zoom(self, steps: int) -> None:
        """Make the code larger or smaller; 0 goes back to the usual size."""
        font = self.left.font()
        points = font.pointSizeF() + steps if steps else self._usual_points
        font.setPointSizeF(min(max(points, LEAST_POINTS), MOST_POINTS))
        for pane in (self.left, self.right):
            pane.set_font(font)
        self.gutter.updateGeometry()


def _title() -> ElidedLabel:
    title = ElidedLabel(mode=Qt.TextElideMode.ElideMiddle)
    title.setProperty("muted", True)
    title.setContentsMargins(10, 3, 10, 3)
    return title
