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
    from kerashift.engine.edits import Hunk
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
    by_id = {issue.id: issue for issue in issues}
    drafts = _changed(unit.text, assembly)
    _add_unchanged(issues, set(assembly.applied), drafts)
    blocks = tuple(_block(draft, by_id, decisions, assembly) for draft in drafts)
    return Preview(unit.path, unit.text, assembly.text, blocks)


@dataclass
class _Draft:
    """A block in the making."""

    left: tuple[int, int]
    right: tuple[int, int]
    issues: list[str]
    changed: bool


def _changed(text: str, assembly: Assembly) -> list[_Draft]:
    """One draft for each run of hunks that share lines."""
    groups: list[list[tuple[Hunk, Span]]] = []
    for hunk in assembly.hunks:
        lines = _whole_lines(text, hunk, assembly.text)
        if groups and (
            lines.start < groups[-1][-1][1].end or lines.start == groups[-1][-1][1].start
        ):
            groups[-1].append(
                (hunk, Span(groups[-1][-1][1].start, max(lines.end, groups[-1][-1][1].end)))
            )
        else:
            groups.append([(hunk, lines)])
    drafts = []
    for group in groups:
        first, last = group[0][0], group[-1][0]
        source = group[-1][1]
        result = Span(
            first.result.start - (first.source.start - source.start),
            last.result.end + (source.end - last.source.end),
        )
        ids = [
            issue
            for hunk, _ in group
            for edit in hunk.edits
            for issue in assembly.issues_of.get(edit, ())
        ]
        drafts.append(
            _Draft(
                _line_range(text, source),
                _line_range(assembly.text, result),
                list(dict.fromkeys(ids)),
                True,
            )
        )
    return drafts


def _whole_lines(text: str, hunk: Hunk, result: str) -> Span:
    """The whole lines of the original that a hunk changes; empty for inserted lines."""
    source = hunk.source
    start = text.rfind("\n", 0, source.start) + 1
    new = result[hunk.result.start : hunk.result.end]
    at_line = source.end == 0 or text[source.end - 1 : source.end] == "\n"
    if at_line and start == source.start and (not new or new.endswith("\n")):
        return Span(start, source.end)
    end = text.find("\n", source.end)
    return Span(start, len(text) if end < 0 else end + 1)


def _line_range(text: str, span: Span) -> tuple[int, int]:
    first = text.count("\n", 0, span.start)
    inside = text[span.start : span.end]
    count = inside.count("\n") + bool(inside and not inside.endswith("\n"))
    return first, first + count


def _add_unchanged(issues: Sequence[Issue], applied: set[str], drafts: list[_Draft]) -> None:
    """Put the issues that change nothing (yet) in, sharing a block with what is on their lines."""
    owners = {line: draft for draft in drafts for line in range(*draft.left)}
    for issue in issues:
        if issue.id in applied:
            continue
        lines = range(issue.text_line - 1, issue.text_line + issue.end_line - issue.line)
        draft = next((owners[line] for line in lines if line in owners), None)
        if draft is None:
            draft = _Draft((lines.start, lines.stop), (0, 0), [], False)
            drafts.append(draft)
        elif not draft.changed:
            draft.left = (min(draft.left[0], lines.start), max(draft.left[1], lines.stop))
        owners.update((line, draft) for line in lines if line not in owners)
        draft.issues.append(issue.id)
    drafts.sort(key=lambda d: (d.left, d.right))
    _clip(drafts)
    shift = 0
    for draft in drafts:
        if draft.changed:
            shift = draft.right[1] - draft.left[1]
        else:
            draft.right = (draft.left[0] + shift, draft.left[1] + shift)


def _clip(drafts: list[_Draft]) -> None:
    """Unchanged blocks may run over several lines: cut them where the next block begins."""
    for index, draft in enumerate(drafts):
        if draft.changed:
            continue
        start, end = draft.left
        if index:
            start = max(start, drafts[index - 1].left[1])
        if index + 1 < len(drafts):
            end = min(end, drafts[index + 1].left[0])
        draft.left = (start, max(start, end))


def _block(
    draft: _Draft,
    by_id: Mapping[str, Issue],
    decisions: Mapping[str, Decision],
    assembly: Assembly,
) -> Block:
    issues = [by_id[i] for i in draft.issues if i in by_id]
    states = {decisions.get(i.id, Decision.OPEN) for i in issues if i.fixable}
    if draft.changed or Decision.ACCEPTED in states:
        decision = Decision.ACCEPTED
    else:
        decision = Decision.SKIPPED if states == {Decision.SKIPPED} else Decision.OPEN
    order = list(Safety)
    fixable = [i.safety for i in issues if i.fixable]
    safety = max(fixable, key=order.index) if fixable else Safety.MANUAL
    if not issues:
        safety = Safety.SAFE
    return Block(
        draft.left,
        draft.right,
        tuple(draft.issues),
        draft.changed,
        decision,
        safety,
        tuple(i for i in draft.issues if i in assembly.conflicts),
    )


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
        if (
            words
            and (char.isalnum() or char == "_")
            and (words[-1][-1].isalnum() or words[-1][-1] == "_")
        ):
            words[-1] += char
        else:
            words.append(char)
    return words


def _add(spans: list[Span], words: list[str], first: int, last: int) -> None:
    start = sum(map(len, words[:first]))
    end = start + sum(map(len, words[first:last]))
    if end > start:
        spans.append(Span(start, end))
