"""What the window shows before a project is open."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from kerashift.ui import icons
from kerashift.ui.theme import Theme

SHOWN_RECENT = 5


class DropPage(QWidget):
    """Asks for a project; the window itself takes the drop."""

    open_wanted = Signal()
    sample_wanted = Signal()
    recent_wanted = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dropPage")
        self._frame = QFrame()
        self._frame.setProperty("drop", True)
        self._frame.setMaximumWidth(640)
        self._recent = QVBoxLayout()
        self._message = QLabel()
        self._message.setObjectName("dropMessage")
        self._message.setWordWrap(True)
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.hide()
        column = QVBoxLayout(self._frame)
        column.setContentsMargins(36, 32, 36, 32)
        column.setSpacing(10)
        column.addWidget(self._logo(), 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(_label("<h2>Drop a Keras 2 project here</h2>"))
        column.addWidget(
            _label("A folder, a Python file or a notebook. Nothing of it is run.", muted=True)
        )
        column.addLayout(self._buttons())
        column.addWidget(self._message)
        column.addLayout(self._recent)
        outer = QVBoxLayout(self)
        outer.addStretch(1)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self._frame, 8)
        row.addStretch(1)
        outer.addLayout(row)
        outer.addStretch(1)
        theme.changed.connect(self.update)

    def _logo(self) -> QLabel:
        logo = QLabel()
        logo.setPixmap(icons.pixmap("kerashift", "#000000", 56, self.devicePixelRatioF()))
        return logo

    def _buttons(self) -> QHBoxLayout:
        open_button = QPushButton("Open folder…")
        open_button.setObjectName("openFolder")
        open_button.setProperty("primary", True)
        open_button.clicked.connect(self.open_wanted)
        sample = QPushButton("Open the sample project")
        sample.setObjectName("openSample")
        sample.clicked.connect(self.sample_wanted)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(open_button)
        row.addWidget(sample)
        row.addStretch(1)
        return row

    def show_recent(self, paths: list[Path]) -> None:
        while (item := self._recent.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        if paths:
            self._recent.addWidget(_label("Recent projects", muted=True))
        for number, path in enumerate(paths[:SHOWN_RECENT]):
            button = QPushButton(f"{path.name}    {_short(path.parent)}")
            button.setObjectName(f"recent{number}")
            button.setFlat(True)
            button.clicked.connect(lambda _=False, p=path: self.recent_wanted.emit(p))
            self._recent.addWidget(button)

    def show_message(self, text: str) -> None:
        """Say why no project is open; an empty text says nothing."""
        self._message.setText(text)
        self._message.setVisible(bool(text))

    def set_hover(self, hover: bool) -> None:
        """Something that can be opened is held over the window."""
        self._frame.setProperty("hover", hover)
        self._frame.style().unpolish(self._frame)
        self._frame.style().polish(self._frame)


def _label(text: str, *, muted: bool = False) -> QLabel:
    label = QLabel(text)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setWordWrap(True)
    label.setProperty("muted", muted)
    return label


def _short(path: Path) -> str:
    text = str(path)
    home = str(Path.home())
    text = "~" + text.removeprefix(home) if text.startswith(home) else text
    return text if len(text) <= 48 else "…" + text[-47:]
