"""Apply edits to a text: nested ones inside kept ranges, identical ones once, overlaps reported."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kerashift.engine.model import Edit, Span


@dataclass(frozen=True, slots=True)
class Hunk:
    """An outermost edit as applied: where it was, and where its text is in the result."""

    source: Span
    result: Span
    edits: tuple[Edit, ...]
    """The edit itself and those applied inside its kept ranges."""


def compatible(edits: Iterable[Edit], more: Iterable[Edit]) -> bool:
    """Whether each of `more` can be applied together with all of `edits`."""
    existing = list(edits)
    return all(_fits(edit, other) for edit in more for other in existing)


def _fits(one: Edit, two: Edit) -> bool:
    if one == two:
        return True
    a, b = one.span, two.span
    if a == b:
        # Two insertions at a point are ordered by rank; of two replacements of a range one must
        # keep it whole, as `int(…)` around it does.
        return a.start == a.end or _wraps(one) or _wraps(two)
    if a.end <= b.start or b.end <= a.start:
        return True
    outer, inner = (one, two) if a.contains(b) else (two, one)
    if not outer.span.contains(inner.span):
        return False
    if outer.span.start == outer.span.end:
        return True
    return any(isinstance(part, Span) and part.contains(inner.span) for part in outer.parts)


def _wraps(edit: Edit) -> bool:
    return edit.span in edit.parts


def _order(edit: Edit) -> tuple[int, int, int, bool]:
    # Insertions come before a replacement that starts at the same point; of two ranges that start
    # together the longer is the outer one, of two equal ones the one that keeps the other.
    start, end = edit.span.start, edit.span.end
    if start == end:
        return (start, 0, edit.rank, False)
    return (start, 1, -end, not _wraps(edit))


def apply_edits(text: str, edits: Iterable[Edit]) -> tuple[str, tuple[Hunk, ...]]:
    """The new text, and one hunk for each outermost edit. The edits must be compatible."""
    ordered = sorted(set(edits), key=_order)
    pieces: list[str] = []
    hunks: list[Hunk] = []
    position = length = index = 0
    while index < len(ordered):
        edit = ordered[index]
        last = index + 1
        while last < len(ordered) and _is_inside(edit, ordered[last]):
            last += 1
        kept = text[position : edit.span.start]
        new = _render(text, edit, ordered[index + 1 : last])
        pieces += (kept, new)
        length += len(kept)
        hunks.append(Hunk(edit.span, Span(length, length + len(new)), tuple(ordered[index:last])))
        length += len(new)
        position = edit.span.end
        index = last
    pieces.append(text[position:])
    return "".join(pieces), tuple(hunks)


def _is_inside(outer: Edit, inner: Edit) -> bool:
    if outer.span.start == outer.span.end:
        return False
    return outer.span.contains(inner.span) and inner.span.start < outer.span.end


def _render(text: str, edit: Edit, inner: Sequence[Edit]) -> str:
    parts = []
    for part in edit.parts:
        if isinstance(part, str):
            parts.append(part)
        else:
            within = [e for e in inner if part.contains(e.span)]
            shifted, _ = apply_edits(text[part.start : part.end], [_shift(e, part) for e in within])
            parts.append(shifted)
    return "".join(parts)


def _shift(edit: Edit, base: Span) -> Edit:
    def move(span: Span) -> Span:
        return Span(span.start - base.start, span.end - base.start)

    parts = tuple(p if isinstance(p, str) else move(p) for p in edit.parts)
    return Edit(move(edit.span), parts, edit.rank)


def line_span(text: str, span: Span) -> Span:
    """The whole lines that a range touches, without the last line end."""
    start = text.rfind("\n", 0, span.start) + 1
    end = text.find("\n", span.end)
    return Span(start, len(text) if end < 0 else end)


def line_numbers(starts: Sequence[int], span: Span) -> tuple[int, int]:
    """First line (from 0) and the line after the last that a range touches."""
    first = bisect_left(starts, span.start + 1) - 1
    last = bisect_left(starts, max(span.end, span.start + 1)) - 1
    return first, last + 1
