"""The side-by-side view's blocks: aligned with the text, each with the issues that made it."""

from __future__ import annotations

import pytest

from kerashift.engine.diff import Preview, inline_spans
from kerashift.engine.model import Decision
from kerashift.engine.scan import Scan, analyse_units
from kerashift.engine.session import Session
from kerashift.engine.unit import python_unit

TEXT = """import os
import tensorflow as tf
from tensorflow.keras import backend as K, layers


class A(layers.Layer):
    def call(self, x):
        x = tf.abs(
            x,
            name="abs",
        )
        print(os)
        phase = K.learning_phase()
        return K.sum(tf.reduce_mean(x, axis=1)) * phase
"""


def session_of(text: str) -> Session:
    """A session over one file."""
    from pathlib import Path

    units = {"a.py": python_unit("a.py", text.encode())}
    found = analyse_units(units)
    return Session(Scan(Path("/nowhere"), units, found.issues, (), 0.0, 1, found.exports))


def check_alignment(preview: Preview) -> None:
    """Outside of changed blocks both sides have the same lines; blocks are in order."""
    left, right = preview.original.splitlines(), preview.migrated.splitlines()
    a = b = 0
    for block in preview.blocks:
        assert block.left[0] >= a
        assert left[a : block.left[0]] == right[b : block.right[0]]
        if not block.changed:
            assert left[slice(*block.left)] == right[slice(*block.right)]
        a, b = block.left[1], block.right[1]
    assert left[a:] == right[b:]


def test_blocks_are_aligned_with_everything_accepted() -> None:
    session = session_of(TEXT)
    session.decide([i.id for i in session.issues], Decision.ACCEPTED)
    preview = session.preview("a.py")
    check_alignment(preview)
    assert "ops.sum(ops.mean(x, axis=1))" in preview.migrated


def test_blocks_are_aligned_with_nothing_accepted() -> None:
    session = session_of(TEXT)
    session.decide([i.id for i in session.issues], Decision.SKIPPED)
    preview = session.preview("a.py")
    check_alignment(preview)
    assert preview.migrated == preview.original
    assert {i for b in preview.blocks for i in b.issues} == {i.id for i in session.issues}


@pytest.mark.parametrize("seed", range(30))
def test_blocks_are_aligned_whatever_is_accepted(seed: int) -> None:
    import random

    session = session_of(TEXT)
    dice = random.Random(seed)
    ids = [i.id for i in session.issues]
    session.decide(ids, Decision.OPEN)
    session.decide([i for i in ids if dice.random() < 0.5], Decision.ACCEPTED)
    preview = session.preview("a.py")
    check_alignment(preview)
    assert {i for b in preview.blocks for i in b.issues} == set(ids)


def test_a_block_knows_its_issues_and_decision() -> None:
    session = session_of(TEXT)
    manual = next(i for i in session.issues if not i.fixable)
    block = next(b for b in session.preview("a.py").blocks if manual.id in b.issues)
    assert block.decision is Decision.OPEN
    assert not block.changed


def test_changed_words_of_two_lines_are_marked() -> None:
    left, right = inline_spans("x = tf.abs(y)", "x = ops.absolute(y)")
    assert ["x = tf.abs(y)"[s.start : s.end] for s in left] == ["tf", "abs"]
    assert ["x = ops.absolute(y)"[s.start : s.end] for s in right] == ["ops", "absolute"]
    assert inline_spans("same", "same") == ((), ())


def test_very_long_lines_are_marked_whole() -> None:
    left, right = inline_spans("a" * 5000, "b" * 10)
    assert (left[0].end, right[0].end) == (5000, 10)
