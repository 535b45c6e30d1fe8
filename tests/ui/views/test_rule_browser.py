"""Rules, functions and arguments are looked up in a window of their own."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from kerashift.engine.rules.registry import all_rules
from kerashift.ui.main_window import MainWindow
from kerashift.ui.theme import Theme
from kerashift.ui.views.rule_browser import RuleBrowser


@pytest.fixture
def browser(qtbot: QtBot, theme: Theme) -> RuleBrowser:
    browser = RuleBrowser(theme)
    qtbot.addWidget(browser)
    browser.show()
    qtbot.waitExposed(browser)
    return browser


def entries(browser: RuleBrowser) -> list[str]:
    return [browser.found.item(number).text() for number in range(browser.found.count())]


def test_all_rules_are_listed_until_something_is_searched(browser: RuleBrowser) -> None:
    assert len(entries(browser)) == len(all_rules())
    assert "tf.keras instead of keras" in browser.page.toPlainText()


def test_typing_a_function_finds_its_row_and_shows_it(qtbot: QtBot, browser: RuleBrowser) -> None:
    qtbot.keyClicks(browser.search, "tf.gather")
    assert entries(browser) == ["KS201  tf.gather"]
    assert "params is called x." in browser.page.toPlainText()


def test_the_keyboard_goes_from_the_field_to_what_was_found(
    qtbot: QtBot, browser: RuleBrowser
) -> None:
    qtbot.keyClicks(browser.search, "bias_add")
    first, second = entries(browser)[:2]
    qtbot.keyClick(browser.search, Qt.Key.Key_Return)
    qtbot.keyClick(browser.found, Qt.Key.Key_Down)
    assert browser.found.currentItem().text() == second != first
    assert second.partition("  ")[2] in browser.page.toPlainText()


def test_words_that_nothing_has_leave_the_page_empty(qtbot: QtBot, browser: RuleBrowser) -> None:
    qtbot.keyClicks(browser.search, "no such thing")
    assert entries(browser) == []
    assert browser.page.toPlainText() == "The rule of the selected issue."


def test_the_help_menu_opens_it(qtbot: QtBot, window: MainWindow) -> None:
    window.actions_["rules"].trigger()
    browser = window.findChild(RuleBrowser, "ruleBrowser")
    assert browser is not None
    assert browser.isVisible()
    browser.close()
