"""What the side-by-side view shows: aligned blocks of lines, each with the issues that made it.

Blocks come from the edits themselves, not from a text comparison: each carries its issues. Lines
count from 0 and ranges are half open here, as the view needs them.
"""
from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kerashift.engine.model import Decision, Issue, Safety, Span

if TYPE_CHECKING:
    from kerashift.engine.assemble import Assembly
    from kerashift.engine.unit import Unit

MAX_INLINE = 2000
"""Lines longer than this are marked whole: matching characters would take too long."""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines `left` of the original that stand beside lines `right` of the result.

    `changed` is false where the issues of the block are not accepted or have no fix: then both
    sides show the same lines. `conflicts` names accepted issues whose fix overlaps another.
    """

    left: tuple[int, int]
    right: tuple[int, int]
    issues: tuple[str, ...]
    changed: bool
    decision: Decision
    safety: Safety
    conflicts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """One file as it is and as it would be written; `blocks` are in order and do not overlap."""

    path: str
    original: str
    migrated: str
    blocks: tuple[Block, ...]


def build_preview(
    unit: Unit,
    issues: Sequence[Issue],
    decisions: Mapping[str, Decision],
    assembly: Assembly,
) -> Preview:
    """Blocks for every issue of the file, whatever its decision."""
    raise NotImplementedError


def inline_spans(left: str, right: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Changed character ranges of two lines that stand beside each other, word by word."""
    if left == right:
        return (), ()
    if max(len(left), len(right)) > MAX_INLINE:
        return (Span(0, len(left)),), (Span(0, len(right)),)
    left_words, right_words = _words(left), _words(right)
    matcher = difflib.SequenceMatcher(None, left_words, right_words, autojunk=False)
    lefts: list[Span] = []
    rights: list[Span] = []
    for tag, a0, a1, b0, b1 in matcher.get_opcodes():
        if tag != "equal":
            _add(lefts, left_words, a0, a1)
            _add(rights, right_words, b0, b1)
    return tuple(lefts), tuple(rights)


def _words(line: str) -> list[str]:
    words: list[str] = []
    for char in line:
        if words and (char.isalnum() or char == "_") and (words[-1][-1].isalnum() or words[-1][-1] == "_"):
            words[-1] += char
        else:
            words.append(char)
    return words


def _add(spans: list[Span], words: list[str], first: int, last: int) -> None:
    start = sum(map(len, words[:first]))
    end = start + sum(map(len, words[first:last]))
    if end > start:
        spans.append(Span(start, end))
