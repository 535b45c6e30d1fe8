"""The arguments of a script: defaults shown, changes become part of the entry."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLineEdit
from pytestqt.qtbot import QtBot

from kerashift.engine.run.arguments import Argument
from kerashift.engine.run.entries import Entry
from kerashift.ui.theme import Theme
from kerashift.ui.views.run.arguments import ArgumentsDialog
from kerashift.ui.views.run.form import RunForm

ARGUMENTS = (
    Argument("data", required=True),
    Argument("--epochs", "10", "how long"),
    Argument("--model", "small", choices=("small", "large")),
    Argument("--layers", "64 32"),
    Argument("--fast", is_switch=True),
)


@pytest.mark.parametrize(
    "words",
    ["", "--epochs 3", "folder --fast", "--model large --layers 8 4", "'a b' --other 1 --fast"],
)
def test_what_was_given_comes_back_as_it_was(qtbot: QtBot, words: str) -> None:
    dialog = ArgumentsDialog("train.py", ARGUMENTS, words)
    qtbot.addWidget(dialog)
    again = ArgumentsDialog("train.py", ARGUMENTS, dialog.words())
    qtbot.addWidget(again)
    assert again.words() == dialog.words()
    assert sorted(dialog.words().split()) == sorted(words.split())


def test_defaults_are_shown_and_only_changes_are_passed(qtbot: QtBot) -> None:
    dialog = ArgumentsDialog("train.py", ARGUMENTS, "")
    qtbot.addWidget(dialog)
    epochs, model = dialog.fields["--epochs"], dialog.fields["--model"]
    assert isinstance(epochs, QLineEdit)
    assert isinstance(model, QComboBox)
    assert (epochs.text(), model.currentText()) == ("10", "small")
    assert epochs.toolTip() == "how long"
    epochs.setText("2")
    fast = dialog.fields["--fast"]
    assert isinstance(fast, QCheckBox)
    fast.setChecked(True)
    assert dialog.words() == "--epochs 2 --fast"


def test_the_form_asks_for_them_where_a_script_takes_any(qtbot: QtBot, theme: Theme) -> None:
    form = RunForm(theme)
    qtbot.addWidget(form)
    plain = Entry("model.py::build", "callable", "returns a model")
    form.set_entries([Entry("train.py", "script", "trains", ARGUMENTS), plain], "")
    assert not form.arguments.isHidden()

    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, ArgumentsDialog)
        field = dialog.fields["--epochs"]
        assert isinstance(field, QLineEdit)
        field.setText("1")
        dialog.accept()

    QTimer.singleShot(100, answer)
    form.arguments.click()
    assert form.choice().entry == "train.py --epochs 1"
    form.entry.setCurrentText("model.py::build")
    assert form.arguments.isHidden()
