"""The history of runs: listed, compared, run again, exported, deleted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from kerashift.engine.run.history import Record, records, run_and_keep
from kerashift.ui.main_window import MainWindow
from kerashift.ui.views.run.history import HistoryPage
from tests.engine.run.children import Heard, quick_plan


@pytest.fixture
def kept(tmp_path: Path, project: Path) -> tuple[Record, ...]:
    """Two runs that fail at once: one with 3 steps, then one with 5."""
    (project / "train.py").write_text("raise ValueError('no data')\n", encoding="utf-8")
    for steps in (3, 5):
        plan = quick_plan(tmp_path, "train.py", steps=steps)
        run_and_keep(project, {}, plan, ["jax"], False, Heard())
    return records(project)


@pytest.fixture
def page(qtbot: QtBot, kept: tuple[Record, ...], opened: MainWindow) -> HistoryPage:
    page = opened.run_panel.history
    qtbot.waitUntil(lambda: page.list.topLevelItemCount() == 2)
    return page


def select(page: HistoryPage, *rows: int) -> None:
    page.list.clearSelection()
    for row in rows:
        page.list.topLevelItem(row).setSelected(True)


def test_runs_are_listed_with_their_settings_and_verdicts(page: HistoryPage) -> None:
    first = page.list.topLevelItem(0)
    assert [first.text(column) for column in (1, 3)] == ["train.py", "5"]
    assert first.text(5).startswith("✗")
    assert first.text(4) == ""


def test_two_selected_runs_are_compared(page: HistoryPage) -> None:
    select(page, 0)
    assert page.differences.isHidden()
    select(page, 0, 1)
    rows = [page.differences.topLevelItem(n) for n in range(page.differences.topLevelItemCount())]
    assert ["steps", "5", "3"] in [[row.text(n) for n in (1, 2, 3)] for row in rows]
    assert not page.again.isEnabled()


def test_a_run_is_asked_for_again_with_its_settings(
    qtbot: QtBot, page: HistoryPage, opened: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[str, ...]] = []
    monkeypatch.setattr(opened.run_panel, "start", started.append)
    select(page, 1)
    page.again.click()
    assert started == [("jax",)]
    choice = opened.run_panel.form.choice()
    assert (choice.entry, choice.steps, choice.baseline) == ("train.py", 3, False)


def test_a_run_is_exported_as_a_page_or_as_data(
    page: HistoryPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    select(page, 0)
    for name in ("run.html", "run.json"):
        answer = (str(tmp_path / name), "")
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, answer=answer: answer)
        page.page.click()
    assert "train.py" in (tmp_path / "run.html").read_text()
    assert json.loads((tmp_path / "run.json").read_text())["entry"] == "train.py"


def test_deleted_runs_are_gone(page: HistoryPage, project: Path) -> None:
    select(page, 0)
    page.delete.click()
    assert page.list.topLevelItemCount() == 1
    assert [record.plan["steps"] for record in records(project)] == [3]
