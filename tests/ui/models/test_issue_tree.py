"""The tree says what the session says, and ticking it is deciding."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from kerashift.engine.model import Decision, Safety
from kerashift.engine.run.plan import RunError, RunResult, Verdict
from kerashift.engine.session import Session
from kerashift.ui.bridge import SessionBridge
from kerashift.ui.models.filter import IssueFilter
from kerashift.ui.models.issue_tree import FOUND, Column, Grouping, IssueTreeModel
from kerashift.ui.theme import Theme

Role = Qt.ItemDataRole
State = Qt.CheckState


@pytest.fixture
def model(bridge: SessionBridge, theme: Theme) -> IssueTreeModel:
    return IssueTreeModel(bridge, theme, bridge)


def group_of(model: IssueTreeModel, text: str) -> QModelIndex:
    rows = (model.index(row, 0) for row in range(model.rowCount()))
    return next(index for index in rows if str(index.data()).startswith(text))


def tick(index: QModelIndex) -> Qt.CheckState:
    return Qt.CheckState(index.data(Role.CheckStateRole))


def test_the_model_keeps_the_rules_of_qt(model: IssueTreeModel, session: Session) -> None:
    mode = QAbstractItemModelTester.FailureReportingMode.Fatal
    tester = QAbstractItemModelTester(model, mode)
    model.set_grouping(Grouping.RULE)
    model.set_filter(IssueFilter(text="layers"))
    session.decide([session.issues[0].id], Decision.SKIPPED)
    del tester


def test_issues_stand_under_their_file_or_under_their_rule(
    model: IssueTreeModel, session: Session
) -> None:
    by_file = [model.index(row, 0).data() for row in range(model.rowCount())]
    assert by_file == ["layers.py", "train.py"]
    model.set_grouping(Grouping.RULE)
    codes = [str(model.index(row, 0).data())[:5] for row in range(model.rowCount())]
    assert codes == sorted({issue.code for issue in session.issues})


def test_a_group_is_half_ticked_when_some_of_it_is_accepted(
    model: IssueTreeModel, session: Session
) -> None:
    group = group_of(model, "train.py")
    assert tick(group) is State.Checked
    issue = session.issues_of("train.py")[0]
    session.decide([issue.id], Decision.SKIPPED)
    assert tick(group) is State.PartiallyChecked
    assert tick(model.index_of(issue.id)) is State.Unchecked


def test_ticking_a_group_decides_for_all_of_it_in_one_step(
    model: IssueTreeModel, session: Session
) -> None:
    group = group_of(model, "train.py")
    assert model.setData(group, State.Unchecked, Role.CheckStateRole)
    states = {session.decision(i.id) for i in session.issues_of("train.py") if i.fixable}
    assert states == {Decision.SKIPPED}
    session.undo()
    assert tick(group) is State.Checked
    assert not session.can_undo


def test_issues_without_a_fix_have_no_tick(model: IssueTreeModel, session: Session) -> None:
    for issue in session.issues:
        index = model.index_of(issue.id)
        assert (index.data(Role.CheckStateRole) is not None) is issue.fixable
        assert bool(model.flags(index) & Qt.ItemFlag.ItemIsUserCheckable) is issue.fixable


def test_the_filter_shows_what_has_all_its_words(model: IssueTreeModel) -> None:
    model.set_filter(IssueFilter(text="ks201 LAYERS"))
    shown = model.shown()
    assert shown
    assert {(i.code, i.path) for i in shown} == {("KS201", "layers.py")}
    model.set_filter(IssueFilter(text="nothing has these words"))
    assert model.rowCount() == 0


def test_the_filter_shows_what_is_not_decided(model: IssueTreeModel, session: Session) -> None:
    model.set_filter(IssueFilter(only_open=True))
    assert all(session.decision(i.id) is Decision.OPEN for i in model.shown())
    model.set_filter(IssueFilter(safeties=frozenset({Safety.SAFE})))
    assert {i.safety for i in model.shown()} == {Safety.SAFE}


def test_counts_stand_beside_groups_and_lines_beside_issues(
    model: IssueTreeModel, session: Session
) -> None:
    group = group_of(model, "layers.py")
    issues = session.issues_of("layers.py")
    assert group.siblingAtColumn(Column.COUNT).data() == str(len(issues))
    leaf = model.index_of(issues[0].id)
    assert leaf.siblingAtColumn(Column.COUNT).data() == str(issues[0].line)


def test_views_are_told_when_a_decision_changes(
    qtbot: QtBot, model: IssueTreeModel, session: Session
) -> None:
    with qtbot.waitSignal(model.dataChanged):
        session.decide([session.issues[0].id], Decision.SKIPPED)


def test_an_issue_that_a_run_failed_at_is_marked_and_can_be_accepted(
    model: IssueTreeModel, session: Session
) -> None:
    issue = next(issue for issue in session.issues_of("layers.py") if issue.fixable)
    session.decide([issue.id], Decision.SKIPPED)
    error = RunError("ValueError", "boom", "layers.py", issue.line, issue.code)
    new = RunError("ValueError", "other", "train.py", 1, "KS307")
    runs = [RunResult("torch", Verdict.FAILED, error=each) for each in (error, new)]
    session.take_runs(runs)
    index = model.index_of(issue.id)
    assert str(index.data()).startswith(f"{issue.code}  {FOUND}")
    assert "found by the run on PyTorch: ValueError: boom" in index.data(Role.AccessibleTextRole)
    assert model.setData(index, State.Checked.value, Role.CheckStateRole)
    assert session.decision(issue.id) is Decision.ACCEPTED
    assert next(i.code for i in model.shown() if i.path == "train.py") == "KS307"
