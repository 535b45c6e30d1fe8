"""Fixing a project in memory: pass after pass, and only what still compiles."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kerashift.engine.fixing import fix_project
from kerashift.engine.model import Context, Edit, Fix, Issue, Safety, Span, Target
from kerashift.engine.scan import Scan, scan_project

TF_KERAS = "import tensorflow as tf\nmodel = tf.keras.Sequential()\n"
KERAS = "import keras\nmodel = keras.Sequential()\n"


def project(root: Path, **files: str) -> Path:
    for name, text in files.items():
        (root / f"{name}.py").write_bytes(text.encode())
    return root


def test_files_with_fixes_have_new_bytes_and_others_none(tmp_path: Path) -> None:
    result = fix_project(scan_project(project(tmp_path, a=TF_KERAS, b="import os\n")))
    assert result.outputs == {"a.py": KERAS.encode()}
    assert {issue.code for issue in result.applied} == {"KS101"}
    assert result.remaining == ()
    assert (tmp_path / "a.py").read_bytes() == TF_KERAS.encode()


def test_a_second_fix_finds_nothing(tmp_path: Path) -> None:
    first = fix_project(scan_project(project(tmp_path, a=TF_KERAS)), Safety.REVIEW)
    (tmp_path / "a.py").write_bytes(first.outputs["a.py"])
    second = fix_project(scan_project(tmp_path), Safety.REVIEW)
    assert (second.outputs, second.passes) == ({}, 0)


def test_the_sample_converges_in_few_passes(repository: Path) -> None:
    scan = scan_project(repository / "resources" / "sample" / "digits")
    result = fix_project(scan, Safety.REVIEW)
    assert 1 <= result.passes < 5
    assert result.conflicts == ()


def test_keras3_alone_leaves_what_only_other_backends_need(tmp_path: Path) -> None:
    scan = scan_project(project(tmp_path, a=TF_KERAS))
    only_elsewhere = [replace(issue, target=Target.MULTI_BACKEND) for issue in scan.issues]
    result = fix_project(_with_issues(scan, *only_elsewhere), target=Target.KERAS3)
    assert result.outputs == {}


@pytest.mark.parametrize(("safety", "changes"), [(Safety.SAFE, False), (Safety.REVIEW, True)])
def test_fixes_to_review_are_made_only_when_asked_for(
    tmp_path: Path, safety: Safety, changes: bool
) -> None:
    scan = scan_project(project(tmp_path, a="x = 1\n"))
    result = fix_project(_with_issues(scan, _issue(4, 5, "2", Safety.REVIEW)), safety)
    assert result.outputs == ({"a.py": b"x = 2\n"} if changes else {})


def test_a_fix_that_breaks_the_file_is_left_out_and_the_others_are_made(tmp_path: Path) -> None:
    scan = scan_project(project(tmp_path, a="x = 1\ny = 2\n"))
    issues = (_issue(0, 1, "x y", Safety.SAFE), _issue(10, 11, "3", Safety.SAFE))
    result = fix_project(_with_issues(scan, *issues))
    assert result.outputs == {"a.py": b"x = 1\ny = 3\n"}
    assert [issue.id for issue in result.applied] == ["10"]


def test_an_import_before_those_from_the_future_counts_as_broken(tmp_path: Path) -> None:
    text = "from __future__ import annotations\nx = 1\n"
    scan = scan_project(project(tmp_path, a=text))
    assert (
        fix_project(_with_issues(scan, _issue(0, 0, "import keras\n", Safety.SAFE))).outputs == {}
    )


def test_a_fix_that_the_encoding_cannot_hold_is_an_error_of_the_file(tmp_path: Path) -> None:
    text = "# coding: latin-1\nx = 1\n"
    scan = scan_project(project(tmp_path, a=text, b="x = 1\n"))
    bad = _issue(22, 23, "'\N{SNOWMAN}'", Safety.SAFE)
    good = replace(_issue(4, 5, "2", Safety.SAFE), path="b.py", id="good")
    result = fix_project(_with_issues(scan, bad, good))
    assert result.outputs == {"b.py": b"x = 2\n"}
    assert [(e.path, e.message) for e in result.errors] == [
        ("a.py", "the text does not fit the encoding iso-8859-1")
    ]


def test_a_file_that_does_not_parse_is_left_alone(tmp_path: Path) -> None:
    scan = scan_project(project(tmp_path, a=TF_KERAS, b="print 'tf.keras'\n"))
    result = fix_project(scan)
    assert set(result.outputs) == {"a.py"}


def _issue(start: int, end: int, text: str, safety: Safety) -> Issue:
    edit = Edit(Span(start, end), (text,))
    place = {"line": 1, "column": 1, "end_line": 1, "end_column": 1, "text_line": 1}
    return Issue(
        id=str(start),
        code="KS101",
        rule="by-hand",
        path="a.py",
        span=Span(start, end),
        **place,
        message="",
        safety=safety,
        target=Target.KERAS3,
        context=Context.HOST,
        fix=Fix((edit,)),
    )


def _with_issues(scan: Scan, *issues: Issue) -> Scan:
    return replace(scan, issues=issues)
