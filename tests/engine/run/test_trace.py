"""An error is told at the person's own line, and becomes an issue with the fix that solves it."""
from __future__ import annotations

from pathlib import Path

import pytest

from kerashift.engine.model import Decision, Safety
from kerashift.engine.run.plan import Frame, RunError, RunResult, Verdict
from kerashift.engine.run.suite import run_suite
from kerashift.engine.run.trace import Tracer
from kerashift.engine.scan import scan_project
from kerashift.engine.session import Session
from tests.engine.run.children import Heard, quick_plan, write_project

OLD = """import os
from tensorflow.keras import backend as K


def double(x):
    # comment
    return K.sum(x) * 2
"""
NEW = """import os
import keras
from keras import ops


def double(x):
    # comment
    y = 1
    return ops.sum(x) * 2
"""
NOTEBOOK = """{"cells": [
 {"cell_type": "markdown", "metadata": {}, "source": ["text"]},
 {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": 1, "source": ["import os\\n", "x = 1"]},
 {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": 1, "source": [%s"1 / 0"]}
], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
"""  # noqa: E501
MODEL = """import tensorflow as tf
from tensorflow import keras


def build(x):
    y = keras.layers.Dense(3)(x)
    rate = keras.optimizers.SGD(lr=0.1)
    return y.numpy(), rate
"""


@pytest.mark.parametrize(
    ("migrated", "original"), [(1, 1), (2, 2), (3, 2), (6, 5), (7, 6), (8, 7), (9, 7), (99, 7)]
)
def test_a_line_of_the_copy_leads_to_the_line_that_it_came_from(
    tmp_path: Path, migrated: int, original: int
) -> None:
    root = write_project(tmp_path, {"a.py": OLD})
    error = RunError("E", "m", path="a.py", line=migrated, traceback=(Frame("a.py", 6, "f"),))
    found = Tracer(root, {"a.py": NEW.encode()}).error(error)
    assert (found.line, found.migrated_line) == (original, migrated)
    assert found.traceback[0].line == 5


def test_a_file_that_was_not_changed_keeps_its_lines(tmp_path: Path) -> None:
    root = write_project(tmp_path, {"a.py": OLD})
    found = Tracer(root, {}).error(RunError("E", "m", path="a.py", line=5))
    assert (found.line, found.migrated_line) == (5, 5)
    assert Tracer(root, {}).error(RunError("E", "m")).line is None


def test_lines_of_a_notebook_are_those_of_its_cells(tmp_path: Path) -> None:
    root = write_project(tmp_path, {"a.ipynb": NOTEBOOK % ""})
    outputs = {"a.ipynb": (NOTEBOOK % '"import keras\\n", "x = 2\\n", ').encode()}
    error = RunError("E", "m", path="a.ipynb", line=3, cell=3)
    found = Tracer(root, outputs).error(error)
    assert (found.cell, found.line) == (3, 1)
    assert found.migrated_line is not None
    assert found.migrated_line > 3


def test_a_run_tells_the_line_of_the_persons_file(tmp_path: Path) -> None:
    root = write_project(tmp_path, {"train.py": "import os\n\n1 / 0\n"})
    new = {"train.py": b"import os\nimport json\nimport sys\n\n1 / 0\n"}
    heard = Heard()
    plan = quick_plan(tmp_path, "train.py")
    (run,) = run_suite(root, new, plan, ["tensorflow"], False, heard).runs
    assert run.error is not None
    assert (run.error.line, run.error.migrated_line) == (3, 5)
    assert run.error.own_frames() == ["train.py, line 3, in <module>"]
    assert [event["line"] for event in heard.named("error")] == [3]


def failed(error: RunError) -> RunResult:
    return RunResult("jax", Verdict.FAILED, error=error)


@pytest.fixture
def session(tmp_path: Path) -> Session:
    session = Session(scan_project(write_project(tmp_path, {"net.py": MODEL})))
    session.decide([issue.id for issue in session.issues], Decision.SKIPPED)
    return session


def line_of(text: str) -> int:
    return next(n for n, line in enumerate(MODEL.splitlines(), 1) if text in line)


def test_an_issue_whose_fix_was_left_out_is_marked_with_what_the_run_met(
    session: Session,
) -> None:
    line = line_of("SGD")
    error = RunError("ValueError", "Argument(s) not recognized: {'lr': 0.1}\nmore",
                     path="net.py", line=line, code="KS401")
    before = session.issues
    session.take_runs([failed(error)])
    (issue,) = [i for i in session.issues if i.code == "KS401"]
    assert session.issues == before
    assert session.marks == {
        issue.id: "found by the run on JAX: ValueError: Argument(s) not recognized: {'lr': 0.1}"
    }
    assert issue.fixable
    session.decide([issue.id], Decision.ACCEPTED)
    assert "learning_rate=0.1" in session.assembly("net.py").text


def test_all_that_was_left_out_on_the_line_is_marked_and_nothing_that_ran(tmp_path: Path) -> None:
    text = "import tensorflow as tf\n\ny = tf.exp(tf.reduce_sum(tf.keras.Input((2,))))\n"
    session = Session(scan_project(write_project(tmp_path, {"net.py": text})))
    inner, outer = (i for i in session.issues if i.code == "KS201")
    error = RunError("ValueError", "A KerasTensor", path="net.py", line=3, code="KS201")
    session.decide([inner.id, outer.id], Decision.SKIPPED)
    session.take_runs([failed(error)])
    assert set(session.marks) == {inner.id, outer.id}
    session.decide([outer.id], Decision.ACCEPTED)
    session.take_runs([failed(error)])
    assert set(session.marks) == {inner.id}


def test_an_error_of_unknown_words_marks_what_can_be_fixed_on_its_very_line(
    session: Session,
) -> None:
    line = line_of("SGD")
    session.take_runs([failed(RunError("E", "unheard of", path="net.py", line=line))])
    assert {session.issue(i).line for i in session.marks} == {line}
    assert all(session.issue(i).fixable for i in session.marks)
    session.take_runs([failed(RunError("E", "unheard of", path="net.py", line=line_of("Dense")))])
    assert session.marks == {}


def test_an_error_that_nobody_foresaw_is_an_issue_of_its_own(session: Session) -> None:
    error = RunError("ValueError", "cannot contain character `/`", path="net.py",
                     line=line_of("Dense"), code="KS307")
    before = len(session.issues)
    session.take_runs([failed(error), failed(error)])
    assert len(session.issues) == before + 1
    (issue,) = [i for i in session.issues if i.code == "KS307"]
    assert (issue.line, issue.column, issue.safety) == (line_of("Dense"), 5, Safety.MANUAL)
    assert session.marks[issue.id].count("found by the run on JAX") == 2
    assert session.issue(issue.id) is issue
    assert issue.id in [i for block in session.preview("net.py").blocks for i in block.issues]
    session.take_runs([])
    assert len(session.issues) == before
    assert session.marks == {}


def test_an_error_that_comes_late_marks_the_only_issue_of_its_rule(session: Session) -> None:
    error = RunError("ValueError", "m", path="other.py", line=1, code="KS401")
    session.take_runs([failed(error)])
    assert [session.issue(i).line for i in session.marks] == [line_of("SGD")]


@pytest.mark.parametrize("code", [None, "KS999"])
def test_an_error_without_a_rule_is_no_issue(session: Session, code: str | None) -> None:
    session.take_runs([failed(RunError("E", "m", path="net.py", line=1, code=code))])
    assert session.marks == {}
