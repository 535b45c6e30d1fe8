"""Which issues the tree shows."""

from __future__ import annotations

from dataclasses import dataclass

from kerashift.engine.model import Decision, Issue, Safety


@dataclass(frozen=True)
class IssueFilter:
    """All conditions hold together; each word of `text` must occur in the issue's words."""

    text: str = ""
    safeties: frozenset[Safety] = frozenset(Safety)
    only_open: bool = False

    def accepts(self, issue: Issue, decision: Decision) -> bool:
        if issue.safety not in self.safeties:
            return False
        if self.only_open and decision is not Decision.OPEN:
            return False
        words = f"{issue.code} {issue.rule} {issue.path} {issue.message} {issue.row}".casefold()
        return all(word in words for word in self.text.casefold().split())
