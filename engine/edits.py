"""Apply edits to a text: nested ones inside kept ranges, identical ones once, overlaps reported."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kerashift.engine.model import Edit, Span


@dataclass(frozen=True, slots=True)
class Hunk:
    """An outermost edit as applied: where it was, and where its text is in the result."""

    source: Span
    result: Span
    edits: tuple[Edit, ...]
    """The edit itself and those applied inside its kept ranges."""


class EditSet:
    """Edits that can be applied together, sorted by place."""

    def __init__(self, edits: Iterable[Edit] = ()) -> None:
        self._edits: list[Edit] = []
        self._longest = 0
        self.add(edits)

    def __iter__(self) -> Iterator[Edit]:
        return iter(self._edits)

    def fits(self, edits: Iterable[Edit]) -> bool:
        """Whether each of `edits` can be applied together with all that are here."""
        return all(_fits(edit, other) for edit in edits for other in self._near(edit.span))

    def add(self, edits: Iterable[Edit]) -> None:
        for edit in edits:
            insort(self._edits, edit, key=_start)
            self._longest = max(self._longest, edit.span.end - edit.span.start)

    def _near(self, span: Span) -> Sequence[Edit]:
        """Those that can touch a range: files may hold thousands."""
        first = bisect_left(self._edits, span.start - self._longest, key=_start)
        return self._edits[first : bisect_right(self._edits, span.end, key=_start)]


def _start(edit: Edit) -> int:
    return edit.span.start


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
        if new.startswith(",") and _opens_a_list(kept, pieces):
            new = new[1:].lstrip()
        pieces += (kept, new)
        length += len(kept)
        hunks.append(Hunk(edit.span, Span(length, length + len(new)), tuple(ordered[index:last])))
        length += len(new)
        position = edit.span.end
        index = last
    pieces.append(text[position:])
    return "".join(pieces), tuple(hunks)


def _opens_a_list(kept: str, pieces: Sequence[str]) -> bool:
    """Whether nothing is left before the next item, which was written to follow a comma.

    One fix may add an argument to a call while another takes away those before it.
    """
    before = next((s for s in (kept.rstrip(), *map(str.rstrip, reversed(pieces))) if s), "")
    return before.endswith(("(", "[", ","))


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
