"""The live loss curve: one line for each backend, told apart by colour, dash and mark."""

from __future__ import annotations

import math

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from kerashift.ui.theme import Theme
from kerashift.ui.views.run.card import TITLES
from kerashift.ui.views.run.state import BackendState

STYLES = {
    "tensorflow": (Qt.PenStyle.SolidLine, "o"),
    "jax": (Qt.PenStyle.DashLine, "s"),
    "torch": (Qt.PenStyle.DotLine, "t"),
    "baseline": (Qt.PenStyle.DashDotLine, "d"),
}
MARKED = 60
"""Lines of more points than this are drawn without marks."""


class LossCurve(pg.PlotWidget):  # type: ignore[misc]
    """A picture of the losses of some `BackendState`s."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lines: dict[str, pg.PlotDataItem] = {}
        self.setObjectName("lossCurve")
        self.setAccessibleName("Loss at each step")
        self.setLabel("bottom", "step")
        self.setLabel("left", "loss")
        self.setMenuEnabled(False)
        self.showGrid(x=True, y=True, alpha=0.15)
        self._legend = self.addLegend(offset=(-8, 8))
        theme.follow(self._on_theme_changed)

    def start(self) -> None:
        self._legend.clear()
        self.clear()
        self._lines.clear()
        self.enableAutoRange()

    def show_state(self, state: BackendState) -> None:
        if not state.losses:
            return
        line = self._lines.get(state.backend)
        if line is None:
            title = TITLES.get(state.backend, state.backend)
            line = self._lines[state.backend] = self.plot(name=title, connect="finite")
            self._style(state.backend, line)
        line.setData(
            [step for step, _ in state.losses],
            [value if math.isfinite(value) else math.nan for _, value in state.losses],
            symbol=_style_of(state.backend)[1] if len(state.losses) <= MARKED else None,
        )

    def points(self, backend: str) -> int:
        """How many points the line of a backend has."""
        line = self._lines.get(backend)
        return 0 if line is None else len(line.getData()[0])

    def _style(self, backend: str, line: pg.PlotDataItem) -> None:
        color = QColor(getattr(self._theme.colors, backend, self._theme.colors.muted))
        line.setPen(pg.mkPen(color, width=2, style=_style_of(backend)[0]))
        line.setSymbolBrush(color)
        line.setSymbolPen(color)
        line.setSymbolSize(6)

    def _on_theme_changed(self) -> None:
        colors = self._theme.colors
        self.setBackground(colors.base)
        for name in ("bottom", "left"):
            axis = self.getAxis(name)
            axis.setPen(colors.border)
            axis.setTextPen(colors.muted)
        self._legend.setLabelTextColor(colors.text)
        for backend, line in self._lines.items():
            self._style(backend, line)


def _style_of(backend: str) -> tuple[Qt.PenStyle, str]:
    return STYLES.get(backend, (Qt.PenStyle.SolidLine, "o"))
