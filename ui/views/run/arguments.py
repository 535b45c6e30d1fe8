"""The dialog for a script's command-line arguments: what it defines, with its defaults."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from kerashift.engine.run.arguments import UNKNOWN, Argument


class ArgumentsDialog(QDialog):
    """Only what differs from a default becomes part of the command."""

    def __init__(
        self, script: str, arguments: Sequence[Argument], words: str, parent: QWidget | None = None
    ) -> None:
        """`words` are the arguments that are given already, as text."""
        super().__init__(parent)
        self.setObjectName("argumentsDialog")
        self.setWindowTitle(f"Arguments of {script}")
        self.resize(520, 420)
        self._arguments = {argument.name: argument for argument in arguments}
        given, self._rest = _given(words, self._arguments)
        self.fields = {
            name: _field(argument, given.get(name)) for name, argument in self._arguments.items()
        }
        form = QFormLayout()
        for name, field in self.fields.items():
            argument = self._arguments[name]
            label = QLabel(name)
            label.setBuddy(field)
            label.setToolTip(argument.help)
            field.setToolTip(argument.help)
            field.setObjectName(f"argument-{name}")
            field.setAccessibleName(name)
            form.addRow(label, field)
        inner = QWidget()
        inner.setLayout(form)
        area = QScrollArea()
        area.setWidget(inner)
        area.setWidgetResizable(True)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(area, 1)
        column.addWidget(buttons)

    def words(self) -> str:
        """The arguments as they would be typed."""
        parts: list[str] = []
        for name, field in self.fields.items():
            argument = self._arguments[name]
            if isinstance(field, QCheckBox):
                parts += [name] if field.isChecked() else []
                continue
            value = field.currentText() if isinstance(field, QComboBox) else field.text()
            if not value.strip() or value == argument.default:
                continue
            values = _split(value)
            parts += values if not name.startswith("-") else [name, *values]
        return shlex.join([*parts, *self._rest])


def _field(argument: Argument, given: list[str] | None) -> QWidget:
    if argument.is_switch:
        box = QCheckBox()
        box.setChecked(given is not None)
        return box
    text = argument.default if given is None else shlex.join(given)
    if argument.choices:
        combo = QComboBox()
        combo.addItems(argument.choices)
        combo.setEditable(True)
        combo.setCurrentText(text)
        return combo
    line = QLineEdit("" if text == UNKNOWN else text)
    line.setPlaceholderText("required" if argument.required else "")
    return line


def _given(
    words: str, known: dict[str, Argument]
) -> tuple[dict[str, list[str]], list[str]]:
    """Values by argument, and the words that belong to none that is known."""
    values: dict[str, list[str]] = {}
    rest: list[str] = []
    current: list[str] = rest
    for word in _split(words):
        name, equals, value = word.partition("=")
        if name in known:
            current = values.setdefault(name, [value] if equals else [])
            if known[name].is_switch:
                current = rest
        elif word.startswith("--"):
            current = rest
            rest.append(word)
        else:
            current.append(word)
    positional = [name for name in known if not name.startswith("-")]
    for name, word in zip(positional, list(rest), strict=False):
        if not word.startswith("-"):
            values[name] = [word]
            rest.remove(word)
    return values, rest


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # a quote that does not end
        return text.split()
