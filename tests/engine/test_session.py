"""The session: decisions, undo, counts, and what they make of the files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kerashift.engine.apply import ApplyError
from kerashift.engine.model import Context, Decision, Edit, Fix, Issue, Safety, Span, Target
from kerashift.engine.scan import scan_project
from kerashift.engine.session import Session

NET = """from tensorflow import keras
from tensorflow.keras import backend as K


class Ones(keras.layers.Layer):
    def call(self, x):
        return x + K.ones((3,)) + K.learning_phase()
"""


@pytest.fixture
def session(tmp_path: Path) -> Session:
    (tmp_path / "net.py").write_text(NET)
    (tmp_path / "plain.py").write_text("print('nothing here')\n")
    return Session(scan_project(tmp_path))


def test_safe_fixes_start_accepted_and_the_others_open(session: Session) -> None:
    states = {i.safety: session.decision(i.id) for i in session.issues}
    assert states == {
        Safety.SAFE: Decision.ACCEPTED,
        Safety.REVIEW: Decision.OPEN,
        Safety.MANUAL: Decision.OPEN,
    }


def test_what_has_no_fix_cannot_be_accepted(session: Session) -> None:
    session.decide([i.id for i in session.issues], Decision.ACCEPTED)
    manual = next(i for i in session.issues if i.safety is Safety.MANUAL)
    assert session.decision(manual.id) is Decision.OPEN


def test_undo_and_redo_take_a_bulk_decision_as_one_step(session: Session) -> None:
    before = {i.id: session.decision(i.id) for i in session.issues}
    session.decide([i.id for i in session.issues], Decision.SKIPPED)
    session.undo()
    assert {i.id: session.decision(i.id) for i in session.issues} == before
    session.redo()
    assert {session.decision(i.id) for i in session.issues} == {Decision.SKIPPED}
    assert session.can_undo
    assert not session.can_redo


def test_a_new_decision_forgets_what_was_undone(session: Session) -> None:
    first = session.issues[0].id
    session.decide([first], Decision.SKIPPED)
    session.undo()
    session.decide([first], Decision.SKIPPED)
    assert not session.can_redo


def test_listeners_hear_each_change_once(session: Session) -> None:
    heard: list[int] = []
    stop = session.subscribe(lambda: heard.append(1))
    session.accept_all(Safety.REVIEW)
    session.accept_all(Safety.REVIEW)  # nothing left to change
    stop()
    session.undo()
    assert heard == [1]


def test_counts_add_up(session: Session) -> None:
    counts = session.counts()
    assert counts.issues == counts.safe + counts.review + counts.manual
    assert counts.accepted == counts.safe


def test_only_files_with_accepted_fixes_change(session: Session) -> None:
    assert session.changed_paths() == ("net.py",)
    session.decide([i.id for i in session.issues], Decision.SKIPPED)
    assert session.changed_paths() == ()
    assert session.outputs() == {}


def test_apply_writes_and_a_rescan_finds_only_the_rest(session: Session) -> None:
    session.accept_all(Safety.REVIEW)
    assert session.apply().written == ("net.py",)
    rest = scan_project(session.root).issues
    assert {i.safety for i in rest} == {Safety.MANUAL}


def test_apply_refuses_a_file_that_changed_since_the_scan(session: Session) -> None:
    (session.root / "net.py").write_text(NET + "# mine\n")
    with pytest.raises(ApplyError):
        session.apply()
    assert (session.root / "net.py").read_text() == NET + "# mine\n"


def test_the_first_stage_leaves_out_what_only_other_backends_need(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "import tensorflow as tf\nfrom tensorflow import keras\n\n\n"
        "class A(keras.layers.Layer):\n    def call(self, x):\n        return tf.abs(x)\n"
    )
    scan = scan_project(tmp_path)
    codes = {i.code for i in Session(scan, Target.KERAS3).issues}
    assert codes == {"KS101"}
    assert codes < {i.code for i in Session(scan).issues}


def test_a_new_session_takes_the_decisions_over_without_a_step_to_undo(session: Session) -> None:
    session.decide([i.id for i in session.issues], Decision.SKIPPED)
    later = Session(scan_project(session.root))
    later.carry_over(session)
    assert {later.decision(i.id) for i in later.issues} == {Decision.SKIPPED}
    assert not later.can_undo


def test_a_skipped_fix_does_not_inherit_the_yes_of_one_that_was_applied(tmp_path: Path) -> None:
    text = "from tensorflow.keras import backend as K\na = K.zeros((1,))\nb = K.zeros((2,))\n"
    (tmp_path / "net.py").write_text(text)
    session = Session(scan_project(tmp_path))
    first, second = (i for i in session.issues if i.code == "KS203")
    session.decide([first.id], Decision.ACCEPTED)
    session.decide([second.id], Decision.SKIPPED)
    session.apply()
    later = Session(scan_project(tmp_path))
    later.carry_over(session)
    rest = next(i for i in later.issues if i.code == "KS203")
    assert later.decision(rest.id) is Decision.OPEN


def test_a_choice_of_fixes_that_would_not_compile_together_is_not_made(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("f(a)\n")
    scan = scan_project(tmp_path)
    fixes = [_issue(2, 3, ""), _issue(3, 3, " b c"), _issue(0, 1, "g")]
    session = Session(replace(scan, issues=tuple(fixes)))
    session.decide([issue.id for issue in fixes], Decision.ACCEPTED)
    together = session.assembly("net.py")
    assert together.text == "g()\n"
    assert together.conflicts == (fixes[1].id,)
    session.decide([fixes[0].id], Decision.SKIPPED)
    assert session.assembly("net.py").text == "g(a)\n"


def _issue(start: int, end: int, text: str) -> Issue:
    place = {"line": 1, "column": start, "end_line": 1, "end_column": end, "text_line": 1}
    return Issue(
        id=f"{start}-{end}",
        code="KS101",
        rule="by-hand",
        path="net.py",
        span=Span(start, end),
        **place,
        safety=Safety.REVIEW,
        message="",
        caution="look",
        target=Target.KERAS3,
        context=Context.HOST,
        fix=Fix((Edit(Span(start, end), (text,)),)),
    )
