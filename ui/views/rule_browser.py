"""Look up a rule, or what the tables say of a function or argument."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from kerashift.engine.catalog.catalog import search
from kerashift.engine.catalog.row import Row
from kerashift.engine.rules.base import Rule
from kerashift.engine.rules.registry import all_rules
from kerashift.ui.theme import Theme
from kerashift.ui.views.rule_page import RulePage

SUBJECT_ROLE = int(Qt.ItemDataRole.UserRole) + 1
"""The `Row` of an entry, or the code of a rule."""


class RuleBrowser(QDialog):
    """All rules; with words in the search field, the rules and rows that have them."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("ruleBrowser")
        self.setWindowTitle("Rules")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(820, 560)
        self.search = QLineEdit()
        self.search.setObjectName("ruleSearch")
        self.search.setAccessibleName("Search rules, functions and arguments")
        self.search.setPlaceholderText("Search: tf.gather, KS201, time_major")
        self.search.setClearButtonEnabled(True)
        self.found = QListWidget()
        self.found.setObjectName("foundRules")
        self.found.setAccessibleName("Rules and rows found")
        self.found.setUniformItemSizes(True)
        self.page = RulePage(theme)
        self.page.setObjectName("browsedPage")
        self.page.setAccessibleName("The page of the chosen rule or row")
        parts = QSplitter()
        parts.addWidget(self.found)
        parts.addWidget(self.page)
        parts.setStretchFactor(1, 1)
        parts.setSizes([280, 540])
        column = QVBoxLayout(self)
        column.addWidget(self.search)
        column.addWidget(parts, 1)
        self.search.textChanged.connect(self._fill)
        self.search.returnPressed.connect(self.found.setFocus)
        self.found.currentItemChanged.connect(self._on_current)
        self._fill("")

    def _fill(self, text: str) -> None:
        words = text.strip()
        self.found.clear()
        for rule in all_rules():
            if _has(rule, words):
                self._add(f"{rule.code}  {rule.name}", rule.code, rule.summary)
        for row in search(words) if words else ():
            self._add(f"{row.code}  {row.name}", row, row.new or row.advice)
        self.found.setCurrentRow(0)

    def _add(self, text: str, subject: Row | str, tip: str) -> None:
        item = QListWidgetItem(text)
        item.setData(SUBJECT_ROLE, subject)
        item.setToolTip(tip)
        self.found.addItem(item)

    def _on_current(self, item: QListWidgetItem | None) -> None:
        subject = None if item is None else item.data(SUBJECT_ROLE)
        if subject is None:
            self.page.clear_page()
        elif isinstance(subject, Row):
            self.page.show_row(subject)
        else:
            self.page.show_rule(subject)


def _has(rule: Rule, words: str) -> bool:
    text = f"{rule.code} {rule.name} {rule.summary}".casefold()
    return all(word in text for word in words.casefold().split())
