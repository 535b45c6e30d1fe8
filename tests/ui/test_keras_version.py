"""The Keras 3 that a project moves to is chosen in the menu, kept, and the project read anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kerashift.app.settings import open_preferences
from kerashift.engine.tables import versions
from kerashift.ui.main_window import MainWindow

SOURCE = "import keras\nlayer = keras.layers.BatchNormalization(renorm=True)\n"


@pytest.fixture
def opened(qtbot: QtBot, window: MainWindow, project: Path) -> MainWindow:
    """A window on a project that uses what Keras 3 had not for a while."""
    (project / "norm.py").write_text(SOURCE, encoding="utf-8")
    with qtbot.waitSignal(window.opener.opened, timeout=20_000):
        window.open_path(project)
    return window


def codes(window: MainWindow) -> set[str]:
    session = window.bridge.session
    assert session is not None
    return {issue.code for issue in session.scan.issues}


def test_the_newest_version_is_chosen_at_first(opened: MainWindow) -> None:
    checked = [v for v, a in opened.actions_.keras_versions.items() if a.isChecked()]
    assert checked == [versions.newest()]
    assert "KS107" not in codes(opened)


def test_choosing_a_version_reads_the_project_anew_and_is_kept(
    qtbot: QtBot, opened: MainWindow, project: Path
) -> None:
    chosen = versions.parse("3.13")
    with qtbot.waitSignal(opened.opener.opened, timeout=20_000):
        opened.actions_.keras_versions[chosen].trigger()
    assert "KS107" in codes(opened)
    assert opened.actions_.keras_versions[chosen].isChecked()
    assert "for Keras 3.13" in opened.status.message.full_text()
    opened.preferences.save()
    assert open_preferences().keras(project) == chosen
    assert open_preferences().keras(project.parent) == versions.newest()


def test_going_back_to_the_newest_version_forgets_the_choice(
    qtbot: QtBot, opened: MainWindow, project: Path
) -> None:
    for version in (versions.parse("3.13"), versions.newest()):
        with qtbot.waitSignal(opened.opener.opened, timeout=20_000):
            opened.actions_.keras_versions[version].trigger()
    opened.preferences.save()
    assert open_preferences().keras(project) == versions.newest()
    assert "KS107" not in codes(opened)


def test_without_a_project_there_is_nothing_to_choose(window: MainWindow) -> None:
    assert not any(action.isEnabled() for action in window.actions_.keras_versions.values())
