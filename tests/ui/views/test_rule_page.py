"""The page beside an issue: what its rule says, and first of all what its row says."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from kerashift.engine.catalog.catalog import row
from kerashift.engine.model import Issue
from kerashift.engine.scan import scan_project
from kerashift.ui.theme import Theme
from kerashift.ui.views.rule_page import RulePage

CODE = """import keras
import tensorflow as tf


class Layer(keras.layers.Layer):
    def call(self, x):
        return tf.gather(x, 0)


layer = keras.layers.LSTM(4, time_major=True)
"""


@pytest.fixture
def issues(tmp_path: Path) -> dict[str, Issue]:
    """One issue of each row, by the row."""
    (tmp_path / "model.py").write_text(CODE, encoding="utf-8")
    return {issue.row: issue for issue in scan_project(tmp_path).issues}


@pytest.fixture
def page(qtbot: QtBot, theme: Theme) -> RulePage:
    page = RulePage(theme)
    qtbot.addWidget(page)
    return page


def test_an_issue_from_a_row_shows_the_row_before_the_rule(
    page: RulePage, issues: dict[str, Issue]
) -> None:
    page.show_issue(issues["tf.gather"])
    text = page.toPlainText()
    places = [
        text.index(words)
        for words in (
            "tf.gather becomes ops.take",
            "params is called x.",
            "tf.gather(x, pick)",
            "ops.take(x, pick, axis=0)",
            "The rule KS201 as a whole",
            "Why it breaks",
        )
    ]
    assert places == sorted(places)


def test_a_row_without_a_fix_for_this_form_says_what_is_reported(
    page: RulePage, issues: dict[str, Issue]
) -> None:
    page.show_issue(issues["keras.layers.RNN.time_major"])
    text = page.toPlainText()
    assert "By hand: there is no automatic fix." in text
    assert "Other values are reported." in text


def test_a_rule_without_a_row_shows_its_page_alone(page: RulePage) -> None:
    page.show_rule("KS101")
    assert "as a whole" not in page.toPlainText()
    assert "What it finds" in page.toPlainText()


def test_a_row_that_was_looked_up_says_how_safe_its_fix_is(page: RulePage) -> None:
    found = row("KS103", "keras.layers.CuDNNLSTM")
    assert found is not None
    page.show_row(found)
    assert "Review: right in the usual case." in page.toPlainText()
    assert "Look at: Weights that the CuDNN layer saved" in page.toPlainText()
    page.show_rule("KS103")
    assert "Look at" not in page.toPlainText()
