"""The one mutable thing: a project's issues, the person's decisions, and undo.

Every view is a function of the session. Listeners are called after each change, on the thread
that made it; the ui turns that into Qt signals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kerashift.engine.apply import ApplyResult, apply_texts
from kerashift.engine.assemble import Assembly, assemble
from kerashift.engine.diff import Preview, build_preview
from kerashift.engine.model import Decision, Issue, Safety, Target
from kerashift.engine.run.found import Found, found_by
from kerashift.engine.run.plan import RunResult
from kerashift.engine.scan import Scan
from kerashift.engine.sound import assemble_soundly
from kerashift.engine.source import SourceError

Listener = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Counts:
    """What the status line says."""

    issues: int
    safe: int
    review: int
    manual: int
    accepted: int
    skipped: int


@dataclass(slots=True)
class _Step:
    """One undoable change: the decisions before and after it."""

    label: str
    before: dict[str, Decision]
    after: dict[str, Decision]


@dataclass
class Session:
    """Issues and decisions of one opened project. Safe fixes start accepted, others open."""

    scan: Scan
    target: Target = Target.MULTI_BACKEND
    _decisions: dict[str, Decision] = field(default_factory=dict)
    _undo: list[_Step] = field(default_factory=list)
    _redo: list[_Step] = field(default_factory=list)
    _listeners: list[Listener] = field(default_factory=list)
    _found: Found = field(default_factory=Found)
    _assemblies: dict[str, tuple[tuple[Issue, ...], Assembly]] = field(default_factory=dict)
    """The last one of each file, with the fixes that it holds."""

    def __post_init__(self) -> None:
        self._by_id = {issue.id: issue for issue in self.issues}
        for issue in self.issues:
            if issue.fixable and issue.safety is Safety.SAFE:
                self._decisions.setdefault(issue.id, Decision.ACCEPTED)

    @property
    def root(self) -> Path:
        return self.scan.root

    @property
    def issues(self) -> tuple[Issue, ...]:
        """The issues of the chosen target: `keras3` leaves out what only JAX and torch need."""
        issues = self.scan.issues
        if self._found.issues:
            by_place = sorted((*issues, *self._found.issues), key=lambda i: (i.path, i.span.start))
            issues = tuple(by_place)
        if self.target is Target.MULTI_BACKEND:
            return issues
        return tuple(i for i in issues if i.target is Target.KERAS3 or i.id in self._found.marks)

    def issue(self, issue_id: str) -> Issue:
        return self._by_id[issue_id]

    def issues_of(self, path: str) -> tuple[Issue, ...]:
        return tuple(issue for issue in self.issues if issue.path == path)

    def decision(self, issue_id: str) -> Decision:
        return self._decisions.get(issue_id, Decision.OPEN)

    def take_runs(self, runs: Sequence[RunResult]) -> None:
        """Mark the issues that explain why these runs failed, and add those that nobody knew of.

        What earlier runs have found is forgotten.
        """
        known = self.scan.issues

        def is_open(issue: Issue) -> bool:
            return self.decision(issue.id) is not Decision.ACCEPTED

        self._found = found_by(runs, self.scan, known, is_open)
        self._by_id |= {issue.id: issue for issue in (*known, *self._found.issues)}
        self._notify()

    @property
    def marks(self) -> Mapping[str, str]:
        """What the last runs met at an issue, in words, by its id."""
        return self._found.marks

    def counts(self) -> Counts:
        issues = self.issues
        decisions = [self.decision(issue.id) for issue in issues]
        return Counts(
            issues=len(issues),
            safe=sum(i.safety is Safety.SAFE for i in issues),
            review=sum(i.safety is Safety.REVIEW for i in issues),
            manual=sum(i.safety is Safety.MANUAL for i in issues),
            accepted=decisions.count(Decision.ACCEPTED),
            skipped=decisions.count(Decision.SKIPPED),
        )

    # Decisions and undo

    def decide(self, issue_ids: Iterable[str], decision: Decision) -> None:
        """Set the decision of the given issues as one undoable step.

        Issues without a fix cannot be accepted and are passed over then.
        """
        after: dict[str, Decision] = {}
        for issue_id in issue_ids:
            issue = self._by_id[issue_id]
            if decision is Decision.ACCEPTED and not issue.fixable:
                continue
            if self.decision(issue_id) is not decision:
                after[issue_id] = decision
        if not after:
            return
        before = {issue_id: self.decision(issue_id) for issue_id in after}
        self._undo.append(_Step(f"{decision.value} {len(after)}", before, after))
        self._redo.clear()
        self._set(after)

    def carry_over(self, old: Session) -> None:
        """Take the decisions of an earlier session of the project; there is nothing to undo.

        Where a file has more or fewer issues of the same words than before, it is not known which
        is which: those start afresh.
        """
        before, now = (Counter(_words(i.id) for i in s.issues) for s in (old, self))
        self._set(
            {
                issue.id: old.decision(issue.id)
                for issue in self.issues
                if before[_words(issue.id)] == now[_words(issue.id)]
                and (issue.fixable or old.decision(issue.id) is Decision.SKIPPED)
            }
        )

    def accept_all(self, safety: Safety) -> None:
        """Accept every open fix of that safety."""
        self.decide(
            [
                i.id
                for i in self.issues
                if i.safety is safety and self.decision(i.id) is Decision.OPEN
            ],
            Decision.ACCEPTED,
        )

    @property
    def can_undo(self) -> bool:
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        return bool(self._redo)

    def undo(self) -> None:
        if self._undo:
            step = self._undo.pop()
            self._redo.append(step)
            self._set(step.before)

    def redo(self) -> None:
        if self._redo:
            step = self._redo.pop()
            self._undo.append(step)
            self._set(step.after)

    def _set(self, decisions: Mapping[str, Decision]) -> None:
        self._decisions.update(decisions)
        self._notify()

    # Results

    def accepted(self, path: str) -> tuple[Issue, ...]:
        return tuple(i for i in self.issues_of(path) if self.decision(i.id) is Decision.ACCEPTED)

    def assembly(self, path: str) -> Assembly:
        """The file with its accepted fixes: the text, and the fixes left out as overlapping."""
        accepted = self.accepted(path)
        known = self._assemblies.get(path)
        if known is None or known[0] != accepted:
            known = accepted, self._assemble(path, accepted)
            self._assemblies[path] = known
        return known[1]

    def _assemble(self, path: str, accepted: tuple[Issue, ...]) -> Assembly:
        given = self.scan.file(path), accepted, self.scan.kept_names(path)
        try:
            return assemble_soundly(*given)
        except SourceError:  # applying it says so
            return assemble(*given)

    def preview(self, path: str) -> Preview:
        """What the diff view shows of a file."""
        issues = self.issues_of(path)
        decisions = {issue.id: self.decision(issue.id) for issue in issues}
        return build_preview(self.scan.file(path), issues, decisions, self.assembly(path))

    def changed_paths(self) -> tuple[str, ...]:
        """Files that the accepted fixes change, in order."""
        return tuple(
            path
            for path in sorted({i.path for i in self.issues})
            if self.assembly(path).text != self.scan.file(path).text
        )

    def new_files(self) -> dict[str, bytes]:
        """Files that the accepted fixes put into the project, by path relative to it."""
        return {
            new.path: new.text.encode()
            for path in self.changed_paths()
            for new in self.assembly(path).creates
        }

    def outputs(self) -> dict[str, bytes]:
        """The bytes of each changed or new file, by path relative to the project."""
        changed = {
            path: self.scan.file(path).encode(self.assembly(path).text)
            for path in self.changed_paths()
        }
        return changed | self.new_files()

    def apply(self) -> ApplyResult:
        """Write the accepted fixes to the project's files, with a journal to take it back."""
        outputs = self.outputs()
        return apply_texts(self.root, outputs, self.scan.originals(outputs))

    # Listening

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` after each change; the returned function ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def _notify(self) -> None:
        for listener in list(self._listeners):
            listener()


def _words(issue_id: str) -> str:
    """What ids of issues with the same words in the same file share."""
    return issue_id.rpartition("-")[0]
