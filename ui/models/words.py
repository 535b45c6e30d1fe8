"""What the tree says of issues: tick, place, description."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt

from kerashift.engine.model import Decision, Issue
from kerashift.engine.session import Session


def check_state(session: Session, issues: Iterable[Issue]) -> Qt.CheckState | None:
    """The tick of a group or an issue; nothing where no issue has a fix."""
    accepted = [session.decision(i.id) is Decision.ACCEPTED for i in issues if i.fixable]
    if not accepted:
        return None
    if all(accepted):
        return Qt.CheckState.Checked
    return Qt.CheckState.PartiallyChecked if any(accepted) else Qt.CheckState.Unchecked


def place(issue: Issue) -> str:
    """Line of a file, or cell and line of a notebook, in short."""
    return str(issue.line) if issue.cell is None else f"[{issue.cell}]:{issue.line}"


def describe(issue: Issue, decision: Decision, mark: str = "") -> str:
    """An issue in one sentence or two, as the tool tip and for screen readers.

    `mark` is what a run met there.
    """
    text = f"{issue.code} {issue.rule} · {issue.safety.value} · {decision.value}\n{issue.message}"
    return "\n".join(part for part in (text, issue.caution, mark) if part)
