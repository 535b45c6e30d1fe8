"""The loop: a run fails, its issue shows, the fix is accepted, and the run passes."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem
from pytestqt.qtbot import QtBot

from kerashift.engine.model import Decision, Issue
from kerashift.engine.run.plan import RunError, RunResult, Verdict
from kerashift.engine.run.suite import SuiteResult
from kerashift.ui.main_window import MainWindow
from kerashift.ui.models.issue_tree import FOUND, Role
from kerashift.ui.views.run.state import Status

MODEL = '''"""A model that runs on JAX only with its fixes."""
import tensorflow as tf
from tensorflow import keras


class Share(keras.layers.Layer):
    def call(self, inputs):
        return inputs / tf.reduce_sum(tf.exp(inputs), axis=-1, keepdims=True)


def build_model():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2), Share()])
    model.compile("sgd", "mse")
    return model
'''
LINE = 8


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "model.py").write_text(MODEL, encoding="utf-8")
    return root


def issues_at(window: MainWindow, line: int) -> list[Issue]:
    assert window.bridge.session is not None
    return [issue for issue in window.bridge.session.issues if issue.line == line]


def box_of(window: MainWindow, issue: Issue) -> QPoint:
    """The middle of the box before an issue, which a person clicks."""
    tree = window.issues.tree
    index = window.issues.model.index_of(issue.id)
    tree.scrollTo(index)
    option = QStyleOptionViewItem()
    tree.initViewItemOption(option)
    option.rect = tree.visualRect(index)
    option.features |= QStyleOptionViewItem.ViewItemFeature.HasCheckIndicator
    part = QStyle.SubElement.SE_ItemViewItemCheckIndicator
    return tree.style().subElementRect(part, option, tree).center()


def click(qtbot: QtBot, window: MainWindow, issue: Issue) -> None:
    left = Qt.MouseButton.LeftButton
    qtbot.mouseClick(window.issues.tree.viewport(), left, pos=box_of(window, issue))


def test_after_a_failed_run_the_window_goes_to_the_issue_that_explains_it(
    qtbot: QtBot, opened: MainWindow
) -> None:
    session = opened.bridge.session
    assert session is not None
    left_out = issues_at(opened, LINE)
    session.decide([issue.id for issue in left_out], Decision.SKIPPED)
    error = RunError("ValueError", "A KerasTensor", path="model.py", line=LINE, code="KS201")
    run = RunResult("jax", Verdict.FAILED, error=error)
    panel = opened.run_panel
    with qtbot.waitSignal(panel.suite_finished, timeout=10_000):
        panel.controller.start(lambda callbacks: SuiteResult("model.py::build_model", (run,)))
    assert opened.issues.current_issue() in left_out
    assert "2 fixes explain why: accept them" in opened.status.message.full_text()
    for issue in left_out:
        text = opened.issues.model.index_of(issue.id).data(Role.DisplayRole)
        assert FOUND in text


@pytest.mark.backends
def test_a_fix_that_was_left_out_is_found_by_a_run_accepted_and_the_next_run_passes(
    qtbot: QtBot, opened: MainWindow, project: Path
) -> None:
    panel, session = opened.run_panel, opened.bridge.session
    assert session is not None
    opened.preferences.trust(project)
    panel.form.entry.setCurrentText("model.py::build_model")
    panel.form.baseline.setChecked(False)
    left_out = issues_at(opened, LINE)
    for issue in left_out:
        click(qtbot, opened, issue)
        assert session.decision(issue.id) is not Decision.ACCEPTED
    with qtbot.waitSignal(panel.suite_finished, timeout=200_000):
        qtbot.mouseClick(panel.cards["jax"].run, Qt.MouseButton.LeftButton)
    assert panel.states["jax"].status is Status.FAILED
    assert set(session.marks) == {issue.id for issue in left_out}
    assert opened.issues.current_issue() in left_out
    for issue in left_out:
        click(qtbot, opened, issue)
        assert session.decision(issue.id) is Decision.ACCEPTED
    with qtbot.waitSignal(panel.suite_finished, timeout=200_000):
        qtbot.mouseClick(panel.cards["jax"].run, Qt.MouseButton.LeftButton)
    assert panel.states["jax"].status is Status.PASSED
    assert session.marks == {}
