"""A pane replaces only the rows that differ, colours what is on screen, and opens large files."""

from __future__ import annotations

import random
import time

from pytestqt.qtbot import QtBot

from kerashift.engine.diff import Block, Preview
from kerashift.engine.model import Decision, Safety
from kerashift.ui.theme import Theme
from kerashift.ui.views.diff.pair import PanePair
from kerashift.ui.views.diff.pane import Pane
from kerashift.ui.views.diff.rows import Alignment, Side, align
from kerashift.ui.views.diff.syntax import colour_lines


def plain(*lines: str) -> Alignment:
    text = "\n".join(lines)
    return align(Preview("a.py", text, text, ()))


def test_any_change_of_rows_gives_the_text_of_the_new_rows(qtbot: QtBot, theme: Theme) -> None:
    pane = Pane(Side.LEFT, theme)
    qtbot.addWidget(pane)
    chance = random.Random(7)
    for _ in range(300):
        lines = [chance.choice("abc") for _ in range(chance.randint(1, 7))]
        pane.show_alignment(plain(*lines))
        assert pane.toPlainText() == "\n".join(lines)
    pane.show_alignment(None)
    assert pane.toPlainText() == ""


def test_the_place_is_kept_when_rows_below_change(qtbot: QtBot, theme: Theme) -> None:
    pane = Pane(Side.LEFT, theme)
    qtbot.addWidget(pane)
    pane.resize(400, 200)
    pane.show()
    lines = [f"x = {n}" for n in range(500)]
    pane.show_alignment(plain(*lines))
    pane.verticalScrollBar().setValue(100)
    lines[400:400] = ["new"] * 5
    pane.show_alignment(plain(*lines))
    assert pane.verticalScrollBar().value() == 100


def test_syntax_and_changed_characters_are_marked_in_utf16(qtbot: QtBot, theme: Theme) -> None:
    old, new = 'mark = "𝒳"; y = tf.abs(x)', 'mark = "𝒳"; y = ops.abs(x)'
    changed = Block((0, 1), (0, 1), ("i",), True, Decision.ACCEPTED, Safety.SAFE)
    pane = Pane(Side.RIGHT, theme)
    qtbot.addWidget(pane)
    pane.show()
    pane.show_alignment(align(Preview("a.py", old, new, (changed,))))
    pane.set_pieces(colour_lines([new]))
    formats = pane.document().firstBlock().layout().formats()
    marked = [f for f in formats if f.format.background().color().name() == theme.colors.right_mark]
    units = [(f.start, f.start + f.length) for f in marked]
    text = new.encode("utf-16-le")
    assert [text[2 * a : 2 * b].decode("utf-16-le") for a, b in units] == ["ops"]
    strings = [f for f in formats if f.format.foreground().color().name() == theme.colors.string]
    assert strings


def test_panes_scroll_together(qtbot: QtBot, theme: Theme) -> None:
    pair = PanePair(theme)
    qtbot.addWidget(pair)
    pair.resize(800, 200)
    pair.show()
    pair.show_alignment(plain(*(f"x = {n}" for n in range(500))))
    pair.left.verticalScrollBar().setValue(123)
    assert pair.right.verticalScrollBar().value() == 123
    pair.right.verticalScrollBar().setValue(45)
    assert pair.left.verticalScrollBar().value() == 45


def test_a_file_of_20_000_lines_opens_at_once(qtbot: QtBot, theme: Theme) -> None:
    pair = PanePair(theme)
    qtbot.addWidget(pair)
    pair.resize(1000, 700)
    pair.show()
    alignment = plain(*(f"value_{n} = function({n}, 'text')  # why" for n in range(20_000)))
    began = time.perf_counter()
    pair.show_alignment(alignment)
    pair.go_to_row(15_000)
    pair.repaint()
    assert time.perf_counter() - began < 3.0
