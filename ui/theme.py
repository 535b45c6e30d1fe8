"""The one place for colours: two palettes that colour-blind people can tell apart, and their use.

Hues come from the Okabe-Ito set (blue, orange, reddish purple); every meaning has a shape or a
letter beside its colour, see `icons`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from enum import StrEnum
from importlib import resources
from pathlib import Path
from string import Template

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication


class Scheme(StrEnum):
    """What the person chose in View > Theme."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True)
class Colors:
    """Every colour of the window, as `#rrggbb`."""

    window: str
    base: str
    raised: str
    text: str
    muted: str
    border: str
    accent: str
    on_accent: str
    selection: str
    # Diff: rows and characters of the original and of the result, rows without a change.
    left_row: str
    left_mark: str
    right_row: str
    right_mark: str
    pending_row: str
    skipped_row: str
    filler: str
    found: str
    # Meanings, as text or as an icon on `base`.
    safe: str
    review: str
    manual: str
    passed: str
    failed: str
    # Syntax.
    keyword: str
    string: str
    comment: str
    number: str
    name: str
    builtin: str
    # One line of the loss curve for each backend.
    tensorflow: str
    jax: str
    torch: str


LIGHT = Colors(
    window="#f3f4f6", base="#ffffff", raised="#fafbfc", text="#1c2128", muted="#57606a",
    border="#d3d8de", accent="#0b62b0", on_accent="#ffffff", selection="#cfe4f8",
    left_row="#fdeedd", left_mark="#f7c893", right_row="#e1effb", right_mark="#a8d0f3",
    pending_row="#f3f0fa", skipped_row="#f1f2f4", filler="#e9ecef", found="#ffe27a",
    safe="#0b62b0", review="#a85400", manual="#8e3f86", passed="#00704f", failed="#b93a10",
    keyword="#7a3e9d", string="#3b6d1e", comment="#6a737d", number="#a04500", name="#0a5c9e",
    builtin="#006d75", tensorflow="#c25a00", jax="#0b62b0", torch="#8e3f86",
)  # fmt: skip

DARK = Colors(
    window="#1d2126", base="#15181c", raised="#22272d", text="#dfe3e8", muted="#98a2ae",
    border="#373e47", accent="#58a6ee", on_accent="#0d1117", selection="#234a70",
    left_row="#33261a", left_mark="#70481b", right_row="#172a3d", right_mark="#235a8c",
    pending_row="#262433", skipped_row="#1e2227", filler="#20252b", found="#7a6410",
    safe="#6ab0f3", review="#eba44d", manual="#d897cf", passed="#4cc29b", failed="#f58a63",
    keyword="#cf9bea", string="#9fce7e", comment="#8b949e", number="#e9a86a", name="#79b8f5",
    builtin="#5cc9c4", tensorflow="#eba44d", jax="#6ab0f3", torch="#d897cf",
)  # fmt: skip


def qcolor(value: str, alpha: int = 255) -> QColor:
    color = QColor(value)
    color.setAlpha(alpha)
    return color


class Theme(QObject):
    """The colours in use. `changed` is sent after the application wears new ones."""

    changed = Signal()

    def __init__(self, app: QApplication, scheme: Scheme = Scheme.SYSTEM) -> None:
        super().__init__(app)
        self._app = app
        self._scheme = scheme
        self.colors = LIGHT
        app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(self._on_system_changed)
        self.use(scheme)

    @property
    def scheme(self) -> Scheme:
        return self._scheme

    @property
    def dark(self) -> bool:
        return self.colors is DARK

    def use(self, scheme: Scheme) -> None:
        """Wear a scheme now."""
        self._scheme = scheme
        system_dark = self._app.styleHints().colorScheme() is Qt.ColorScheme.Dark
        dark = scheme is Scheme.DARK or (scheme is Scheme.SYSTEM and system_dark)
        self.colors = DARK if dark else LIGHT
        self._app.setPalette(palette(self.colors))
        self._app.setStyleSheet(style_sheet(self.colors))
        self.changed.emit()

    def _on_system_changed(self, _: Qt.ColorScheme) -> None:
        if self._scheme is Scheme.SYSTEM:
            self.use(Scheme.SYSTEM)

    def follow(self, repaint: Callable[[], None]) -> None:
        """Call `repaint` now and whenever the colours change."""
        self.changed.connect(repaint)
        repaint()


def palette(colors: Colors) -> QPalette:
    """The colours as a palette, so that every standard widget wears them."""
    role = QPalette.ColorRole
    result = QPalette()
    for roles, value in (
        ((role.Window, role.Button), colors.window),
        ((role.Base,), colors.base),
        ((role.AlternateBase, role.ToolTipBase), colors.raised),
        ((role.WindowText, role.Text, role.ButtonText, role.ToolTipText), colors.text),
        ((role.PlaceholderText,), colors.muted),
        ((role.Highlight,), colors.selection),
        ((role.HighlightedText,), colors.text),
        ((role.Link, role.LinkVisited, role.Accent), colors.accent),
        ((role.Light, role.Midlight), colors.raised),
        ((role.Mid, role.Dark), colors.border),
    ):
        for each in roles:
            result.setColor(each, QColor(value))
    for each in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, each, qcolor(colors.muted, 150))
    return result


def style_sheet(colors: Colors) -> str:
    """The style sheet of `resources/styles` with the colours filled in."""
    folder = resources.files("kerashift.resources")
    source = folder.joinpath("styles", "window.qss")
    values = {field.name: getattr(colors, field.name) for field in fields(colors)}
    values["icons"] = Path(str(folder.joinpath("icons"))).as_posix()
    values["ink"] = "dark" if colors is DARK else "light"
    return Template(source.read_text(encoding="utf-8")).substitute(values)
