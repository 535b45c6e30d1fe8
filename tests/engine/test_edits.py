"""Edits compose: nested ones, equal ones and insertions, whatever their order."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerashift.engine.edits import EditSet, apply_edits
from kerashift.engine.model import Edit, Span


def test_a_kept_range_lets_an_inner_edit_through() -> None:
    text = "norm(abs(x))"
    outer = Edit(Span(0, 12), ("size(", Span(5, 11), ", 1)"))
    inner = Edit(Span(5, 8), ("absolute",))
    assert apply_edits(text, [inner, outer])[0] == "size(absolute(x), 1)"


def test_a_kept_range_may_be_used_twice() -> None:
    text = "f(a+b)"
    twice = Edit(Span(0, 6), ("g(", Span(2, 5), ", ", Span(2, 5), ")"))
    inner = Edit(Span(2, 3), ("z",))
    assert apply_edits(text, [twice, inner])[0] == "g(z+b, z+b)"


def test_an_edit_that_wraps_a_range_goes_around_one_that_replaces_it() -> None:
    wrap = Edit(Span(4, 5), ("int(", Span(4, 5), ")"))
    swap = Edit(Span(4, 5), ("yy",))
    assert EditSet([wrap]).fits([swap])
    assert apply_edits("a = x", [swap, wrap])[0] == "a = int(yy)"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (Edit(Span(0, 4), ("a",)), Edit(Span(2, 6), ("b",))),
        (Edit(Span(0, 4), ("a",)), Edit(Span(1, 2), ("b",))),
        (Edit(Span(0, 4), ("a",)), Edit(Span(0, 4), ("b",))),
        (Edit(Span(0, 6), ("a", Span(0, 2))), Edit(Span(1, 4), ("b",))),
    ],
)
def test_overlapping_edits_are_not_compatible(one: Edit, two: Edit) -> None:
    assert not EditSet([one]).fits([two])
    assert not EditSet([two]).fits([one])


def test_equal_edits_merge() -> None:
    edit = Edit(Span(0, 1), ("b",))
    assert EditSet([edit]).fits([edit])
    assert apply_edits("a", [edit, edit])[0] == "b"


def test_insertions_at_a_point_are_ordered_by_rank() -> None:
    first, second = Edit(Span(1, 1), ("1",), rank=-1), Edit(Span(1, 1), ("2",), rank=1)
    assert apply_edits("ab", [second, first])[0] == "a12b"


def test_hunks_say_where_the_new_text_is() -> None:
    text, hunks = apply_edits("one two", [Edit(Span(4, 7), ("three",)), Edit(Span(0, 1), ("O",))])
    assert [(text[h.result.start : h.result.end], h.source) for h in hunks] == [
        ("O", Span(0, 1)),
        ("three", Span(4, 7)),
    ]


@given(st.text(alphabet="ab(é𝔘)\n", max_size=30), st.integers(0, 2**16))
def test_disjoint_edits_give_the_same_text_in_any_order(text: str, seed: int) -> None:
    dice = random.Random(seed)
    cuts = sorted(dice.sample(range(len(text) + 1), min(4, len(text) + 1)))
    spans = [Span(a, b) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    edits = [Edit(span, (f"<{n}>",)) for n, span in enumerate(spans)]
    expected = text
    for n, span in reversed(list(enumerate(spans))):
        expected = f"{expected[: span.start]}<{n}>{expected[span.end :]}"
    dice.shuffle(edits)
    assert apply_edits(text, edits)[0] == expected


@pytest.mark.parametrize(
    ("gone", "expected"),
    [
        ([Span(2, 3)], "f(, b, c=1)"),
        ([Span(2, 5)], "f(b, c=1)"),
        ([Span(2, 6)], "f(c=1)"),
        ([Span(3, 6)], "f(a, c=1)"),
        ([Span(2, 4), Span(5, 6)], "f( c=1)"),
    ],
)
def test_an_argument_is_added_whatever_else_takes_away(gone: list[Span], expected: str) -> None:
    more = Edit(Span(6, 6), (", c=1",), rank=-1)
    text, hunks = apply_edits("f(a, b)", [more, *(Edit(span, ()) for span in gone)])
    assert text == expected
    added = hunks[-1].result
    assert text[added.start : added.end] in (", c=1", "c=1")
