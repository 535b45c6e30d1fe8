"""The whole road in the window: drop, look, accept by key and mouse, apply, test, verdict."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kerashift.engine.model import Decision, Safety
from kerashift.ui.main_window import MainWindow
from kerashift.ui.views.diff.goal import Goal
from kerashift.ui.views.run.state import Status
from tests.ui.test_main_window import click_accept, drop, press_when_asked

PATIENCE = 400_000
"""Milliseconds for the original and one backend on a slow machine."""


@pytest.mark.backends
def test_the_sample_goes_from_drop_to_verdict(
    qtbot: QtBot, window: MainWindow, repository: Path, tmp_path: Path
) -> None:
    project = tmp_path / "digits"
    shutil.copytree(repository / "resources" / "sample" / "digits", project)
    with qtbot.waitSignal(window.diff.shown, timeout=60_000):
        assert drop(window, project)
    session = window.bridge.session
    assert session is not None

    accepted = [_accept_by_key(qtbot, window), _accept_by_mouse(qtbot, window)]
    assert {session.decision(i) for i in accepted} == {Decision.ACCEPTED}
    session.accept_all(Safety.REVIEW)

    press_when_asked(qtbot, window, "confirmApply")
    with qtbot.waitSignal(window.opener.opened, timeout=60_000):
        window.actions_["apply"].trigger()
    assert "tf.keras" not in (project / "train.py").read_text(encoding="utf-8")
    session = window.bridge.session
    assert session is not None
    assert {issue.safety for issue in session.issues} <= {Safety.MANUAL}

    panel = window.run_panel
    qtbot.waitUntil(lambda: panel.form.entry.count() > 0, timeout=60_000)
    assert panel.form.entry.currentText() == "train.py"
    press_when_asked(qtbot, window, "trustAndRun")
    with qtbot.waitSignal(panel.suite_finished, timeout=PATIENCE):
        window.actions_["run_torch"].trigger()
    told = panel.log.toPlainText()[-3000:]
    assert panel.states["torch"].status is Status.PASSED, told
    assert panel.curve.points("torch") > 0


def _open_review(window: MainWindow) -> tuple[str, str]:
    """Path and id of a fix to be reviewed that nobody decided yet."""
    session = window.bridge.session
    assert session is not None
    return next(
        (i.path, i.id)
        for i in session.issues
        if i.safety is Safety.REVIEW and session.decision(i.id) is Decision.OPEN
    )


def _show(qtbot: QtBot, window: MainWindow) -> str:
    path, issue = _open_review(window)
    window.diff.show_file(path, Goal(issue=issue))
    qtbot.waitUntil(lambda: not window.diff.is_loading, timeout=20_000)
    block = window.diff.current_block
    assert block is not None
    assert issue in block.issues
    return issue


def _accept_by_key(qtbot: QtBot, window: MainWindow) -> str:
    issue = _show(qtbot, window)
    window.diff.pair.right.setFocus()
    with qtbot.waitSignal(window.diff.shown, timeout=20_000):
        qtbot.keyClick(window.diff.pair.right, Qt.Key.Key_A)
    return issue


def _accept_by_mouse(qtbot: QtBot, window: MainWindow) -> str:
    issue = _show(qtbot, window)
    with qtbot.waitSignal(window.diff.shown, timeout=20_000):
        click_accept(qtbot, window)
    return issue
