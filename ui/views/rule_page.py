"""The right side: what a rule finds, why it breaks, and what the selected issue says.

Where the issue came from a row of a table, the row comes first: what becomes of that one function.
"""

from __future__ import annotations

from html import escape

from PySide6.QtGui import (
    QFont,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextDocumentFragment,
    QTextFormat,
)
from PySide6.QtWidgets import QTextBrowser, QWidget

from kerashift.engine.catalog.catalog import row as find_row
from kerashift.engine.catalog.examples import example as row_example
from kerashift.engine.catalog.page import SAFETY_WORDS, row_change, row_text
from kerashift.engine.catalog.row import Row
from kerashift.engine.model import Issue
from kerashift.engine.rules.base import Example, Rule
from kerashift.engine.rules.registry import rule as find_rule
from kerashift.ui import icons
from kerashift.ui.theme import Colors, Theme
from kerashift.ui.views.diff.syntax import code_html

MAX_EXAMPLES = 3


class RulePage(QTextBrowser):
    """A page for the rule of one issue, or of one code."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._code = ""
        self._issue: Issue | None = None
        self._row: Row | None = None
        self.setObjectName("rulePage")
        self.setAccessibleName("The rule of the selected issue")
        self.setOpenExternalLinks(True)
        self.document().setDocumentMargin(10)
        theme.follow(self._render)

    def show_issue(self, issue: Issue) -> None:
        if issue is not self._issue:
            self._issue, self._code = issue, issue.code
            self._row = find_row(issue.code, issue.row)
            self._render()

    def show_rule(self, code: str) -> None:
        self._issue, self._code, self._row = None, code, None
        self._render()

    def show_row(self, row: Row) -> None:
        """The page of one row of a table, above that of its rule."""
        self._issue, self._code, self._row = None, row.code, row
        self._render()

    def clear_page(self) -> None:
        self._issue, self._code, self._row = None, "", None
        self._render()

    def _render(self) -> None:
        colors = self._theme.colors
        self.clear()
        self.document().setDefaultStyleSheet(_style(colors))
        if not self._code:
            self.setHtml(f'<p style="color:{colors.muted}">The rule of the selected issue.</p>')
            return
        rule = _rule(self._code)
        cursor = QTextCursor(self.document())
        cursor.insertHtml(_head(self._code, rule, self._issue, colors))
        if self._row is not None:
            text = row_change(self._row) if self._issue is not None else row_text(self._row)
            self._write_row(cursor, self._row, text)
        if rule is not None:
            cursor.insertBlock()
            cursor.insertFragment(_markdown(rule.documentation))
            cursor.movePosition(QTextCursor.MoveOperation.End)
            cursor.insertHtml(_examples(rule.examples, colors) + _reference(rule))
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def _write_row(self, cursor: QTextCursor, row: Row, text: str) -> None:
        colors = self._theme.colors
        _start_block(cursor)
        cursor.insertHtml(f"<h3>{escape(row.name)}</h3>")
        _start_block(cursor)
        cursor.insertFragment(_markdown(text))
        cursor.movePosition(QTextCursor.MoveOperation.End)
        shown = row_example(row)
        if shown is not None:
            _start_block(cursor)
            cursor.insertHtml(_change(shown.before, shown.after, colors))
        if row.proof:
            _start_block(cursor)
            cursor.insertHtml(f'<p class="muted"><br>{escape(row.proof)}</p>')
        _start_block(cursor)
        cursor.insertHtml(f'<p class="muted"><br>The rule {escape(row.code)} as a whole</p>')


def _start_block(cursor: QTextCursor) -> None:
    """A new paragraph, so that what is inserted next does not go on with the last one's format."""
    cursor.insertBlock(QTextBlockFormat(), QTextCharFormat())


def _markdown(text: str) -> QTextDocumentFragment:
    """Markdown with headings as large as the text: they are made for whole pages."""
    document = QTextDocument()
    document.setMarkdown(text, QTextDocument.MarkdownFeature.MarkdownNoHTML)
    style = QTextCharFormat()
    style.setFontWeight(QFont.Weight.DemiBold)
    style.setProperty(QTextFormat.Property.FontSizeAdjustment, 0)
    block = document.firstBlock()
    while block.isValid():
        if block.blockFormat().headingLevel():
            cursor = QTextCursor(block)
            cursor.movePosition(
                QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor
            )
            cursor.mergeCharFormat(style)
        block = block.next()
    return QTextDocumentFragment(document)


def _rule(code: str) -> Rule | None:
    try:
        return find_rule(code)
    except KeyError:  # a crash of a rule is reported under a code that has no page
        return None


def _style(colors: Colors) -> str:
    return (
        f"h2, h3 {{ color: {colors.text}; }} a {{ color: {colors.accent}; }}"
        f" pre {{ background-color: {colors.raised}; font-size: small; }}"
        f" .muted {{ color: {colors.muted}; }} .caution {{ color: {colors.review}; }}"
    )


def _head(code: str, rule: Rule | None, issue: Issue | None, colors: Colors) -> str:
    name = rule.name if rule else (issue.rule if issue else "")
    parts = [f"<h3>{escape(code)} {escape(name)}</h3>"]
    if issue is None:
        return "".join([*parts, f"<p>{escape(rule.summary)}</p>" if rule else ""])
    color = icons.safety_color(issue.safety, colors)
    parts.append(f"<p>{_words(issue.message)}</p>")
    words = f"{SAFETY_WORDS[issue.safety]} Needed for {_target(issue)}."
    parts.append(f'<p style="color:{color}"><b>{escape(words)}</b></p>')
    if issue.caution:
        parts.append(f'<p class="caution"><b>Look at:</b> {_words(issue.caution)}</p>')
    return "".join(parts)


def _words(text: str) -> str:
    """Escaped text; what stands between backticks is shown as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{p}</code>" if n % 2 else p for n, p in enumerate(parts))


def _target(issue: Issue) -> str:
    return "Keras 3" if issue.target.value == "keras3" else "JAX and PyTorch"


def _examples(examples: tuple[Example, ...], colors: Colors) -> str:
    shown = [e for e in examples if e.after is not None and e.after != e.before]
    return "".join(_example(example, colors) for example in shown[:MAX_EXAMPLES])


def _example(example: Example, colors: Colors) -> str:
    title = f'<p class="muted"><br>Example: {escape(example.name)}</p>'
    return title + _change(example.before, example.after or "", colors)


def _change(before: str, after: str, colors: Colors) -> str:
    return (
        f'<p class="muted">Before</p>{_code(before, colors.left_row, colors)}'
        f'<p class="muted">After</p>{_code(after, colors.right_row, colors)}'
    )


def _code(text: str, background: str, colors: Colors) -> str:
    body = code_html(text, colors)
    return (
        f'<table width="100%" cellpadding="6" bgcolor="{background}"><tr><td><pre style='
        f'"background-color:{background}; white-space:pre-wrap">{body}</pre></td></tr></table>'
    )


def _reference(rule: Rule) -> str:
    url = escape(rule.reference_url, quote=True)
    return f'<p class="muted"><br>See <a href="{url}">{url}</a></p>'
