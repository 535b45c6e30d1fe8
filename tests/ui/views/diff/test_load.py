"""A block says what was said of its issues, also where its lines change for another reason."""

from __future__ import annotations

from kerashift.engine.model import Decision
from kerashift.engine.session import Session
from kerashift.ui.views.diff.load import load


def test_a_block_is_not_accepted_because_an_import_is_added_there(session: Session) -> None:
    issue = session.issues_of("layers.py")[0]
    for decision in (Decision.OPEN, Decision.SKIPPED, Decision.ACCEPTED):
        session.decide([issue.id], decision)
        alignment = load(session, "layers.py").alignment
        index = alignment.block_of_issue(issue.id)
        assert index is not None
        assert alignment.preview.blocks[index].decision is decision
