"""Both panes always have the same rows, and characters are counted as Qt counts them."""

from __future__ import annotations

import pytest

from kerashift.engine.diff import Block, Preview
from kerashift.engine.model import Decision, Safety
from kerashift.ui.views.diff.rows import Row, RowKind, Side, align, kind_of
from kerashift.ui.views.diff.utf16 import to_characters, to_units


def block(
    left: tuple[int, int], right: tuple[int, int], *issues: str, changed: bool = True
) -> Block:
    decision = Decision.ACCEPTED if changed else Decision.OPEN
    return Block(left, right, issues, changed, decision, Safety.SAFE)


PREVIEW = Preview(
    "a.py",
    "one\r\ntwo\r\nthree\r\nfour\r\n",
    "one\r\nnew\r\nTWO\r\nfour\r\n",
    (block((1, 3), (1, 3), "i"),),
)


def test_unchanged_lines_stand_side_by_side_without_their_ends() -> None:
    alignment = align(PREVIEW)
    assert alignment.padded(Side.LEFT) == ["one", "two", "three", "four", ""]
    assert alignment.padded(Side.RIGHT) == ["one", "new", "TWO", "four", ""]


def test_the_shorter_side_of_a_block_is_filled_up() -> None:
    preview = Preview("a.py", "a\nb", "x\na\ny\nz\nb", (
        block((0, 0), (0, 1), "i"), block((1, 1), (2, 4), "j"),
    ))  # fmt: skip
    alignment = align(preview)
    assert alignment.rows == [
        Row(None, 0, 0), Row(0, 1), Row(None, 2, 1), Row(None, 3, 1), Row(1, 4),
    ]  # fmt: skip
    assert alignment.block_rows == [(0, 1), (2, 4)]
    assert alignment.padded(Side.LEFT) == ["", "a", "", "", "b"]


def test_lines_issues_and_neighbours_are_found() -> None:
    alignment = align(PREVIEW)
    assert alignment.row_of(Side.RIGHT, 3) == 3
    assert alignment.row_of(Side.RIGHT, 99) == 4
    assert alignment.block_of_issue("i") == 0
    assert alignment.block_of_issue("gone") is None
    assert alignment.block_after(0) == 0
    assert alignment.block_after(1) is None
    assert alignment.block_before(1) is None
    assert alignment.block_before(4) == 0


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (None, RowKind.PLAIN),
        (block((0, 1), (0, 1), "i"), RowKind.CHANGED),
        (block((0, 1), (0, 1), "i", changed=False), RowKind.PENDING),
    ],
)
def test_the_kind_of_a_row_follows_its_block(given: Block | None, kind: RowKind) -> None:
    assert kind_of(given) is kind


@pytest.mark.parametrize("text", ["plain", "naïve", "a🧪b𝒳c", ""])
def test_offsets_go_to_utf16_and_back(text: str) -> None:
    for offset in range(len(text) + 1):
        units = to_units(text, offset)
        assert units == len(text[:offset].encode("utf-16-le")) // 2
        assert to_characters(text, units) == offset
