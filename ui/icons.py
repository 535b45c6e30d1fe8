"""Icons of `resources/icons`, drawn in a colour of the theme.

Shapes differ by meaning, not only colours: a circle is safe, a triangle asks for review, a square
with an M is manual work.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import resources

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from kerashift.engine.model import Safety

SIZES = (16, 20, 24, 32, 48, 64)


@lru_cache(maxsize=256)
def icon(name: str, color: str) -> QIcon:
    """The icon `name` in `color`, sharp at every scale that screens use."""
    result = QIcon()
    for size in SIZES:
        result.addPixmap(_render(name, color, size), QIcon.Mode.Normal)
    return result


@lru_cache(maxsize=256)
def pixmap(name: str, color: str, size: int, ratio: float = 1.0) -> QPixmap:
    """The icon as `size` logical pixels on a screen with that many pixels to each of them."""
    result = _render(name, color, round(size * ratio))
    result.setDevicePixelRatio(ratio)
    return result


def application_icon() -> QIcon:
    return icon("kerashift", "#000000")


def safety_color(safety: Safety, colors: object) -> str:
    """The colour that the theme gives to a safety."""
    return str(getattr(colors, safety.value))


def _render(name: str, color: str, size: int) -> QPixmap:
    image = QPixmap(QSize(size, size))
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(_source(name).replace("currentColor", color).encode())).render(
        painter, QRectF(0, 0, size, size)
    )
    painter.end()
    return image


@cache
def _source(name: str) -> str:
    folder = resources.files("kerashift.resources").joinpath("icons")
    return folder.joinpath(f"{name}.svg").read_text(encoding="utf-8")
