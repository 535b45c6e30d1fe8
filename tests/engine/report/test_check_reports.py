"""The check reports: the JSON contract, and a text that a person can read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kerashift.engine.model import Context, FileError, Fix, Issue, Safety, Span, Target
from kerashift.engine.report import check_html, sarif
from kerashift.engine.report import json as json_report
from kerashift.engine.report import text as text_report
from kerashift.engine.scan import Scan, scan_project
from kerashift.engine.unit import python_unit

NO_FIX = None
FIX = Fix(())


def issue(path: str, line: int, safety: Safety, cell: int | None = None) -> Issue:
    return Issue(
        id=f"{path}{line}",
        code="KS201",
        rule="tf-op",
        path=path,
        span=Span(0, 1),
        line=line,
        column=3,
        end_line=line,
        end_column=9,
        text_line=line,
        message=f"`tf.abs` in line {line} …\n  over two lines",
        safety=safety,
        target=Target.MULTI_BACKEND,
        context=Context.MODEL,
        fix=NO_FIX if safety is Safety.MANUAL else FIX,
        cell=cell,
    )


@pytest.fixture
def scan() -> Scan:
    issues = (
        issue("a.py", 2, Safety.SAFE),
        issue("a.py", 117, Safety.MANUAL),
        issue("n.ipynb", 1, Safety.REVIEW, cell=4),
    )
    units = {path: python_unit(path, b"1\n2\n") for path in ("a.py", "n.ipynb", "quiet.py")}
    errors = (FileError("old.py", "line 3: Python 2 code"),)
    return Scan(Path("p"), units, issues, errors, seconds=0.125, lines=1234)


def test_the_json_report_has_the_fields_of_the_contract(scan: Scan) -> None:
    report = json.loads(json_report.check_report(Path("/home/ann/p"), scan, scan.issues))
    assert {k: v for k, v in report.items() if k != "issues"} == {
        "version": 1,
        "project": str(Path("/home/ann/p")),
        "files": 3,
        "lines": 1234,
        "seconds": 0.125,
        "errors": [{"path": "old.py", "message": "line 3: Python 2 code"}],
    }
    assert report["issues"][0] == {
        "code": "KS201",
        "rule": "tf-op",
        "path": "a.py",
        "line": 2,
        "column": 3,
        "end_line": 2,
        "end_column": 9,
        "message": "`tf.abs` in line 2 …\n  over two lines",
        "safety": "safe",
        "target": "multi-backend",
        "fixable": True,
    }
    assert [found.get("cell") for found in report["issues"]] == [None, None, 4]
    assert [found["fixable"] for found in report["issues"]] == [True, False, True]


def test_the_json_report_is_plain_ascii_and_ends_its_line(scan: Scan) -> None:
    text = json_report.check_report(Path("p"), scan, scan.issues)
    assert text.isascii()
    assert text.endswith("}\n")


def test_the_text_report_groups_by_file_aligns_and_sums_up(scan: Scan) -> None:
    assert text_report.check_report("p", scan, scan.issues) == (
        "a.py\n"
        "    2:3  KS201 S  `tf.abs` in line 2 … over two lines\n"
        "  117:3  KS201 M  `tf.abs` in line 117 … over two lines\n"
        "\n"
        "n.ipynb\n"
        "  cell 4 1:3  KS201 R  `tf.abs` in line 1 … over two lines\n"
        "\n"
        "Not analysed:\n"
        "  old.py: line 3: Python 2 code\n"
        "\n"
        "3 issues in 2 files (1 safe, 1 review, 1 manual). Read 3 files, 1,234 lines, 0.12 s.\n"
        "1 can be fixed: kerashift fix p --write\n"
        "1 more with --safety review, to be read through\n"
    )


def test_where_nothing_was_found_the_text_says_so(scan: Scan) -> None:
    last = text_report.check_report("p", scan, ()).splitlines()[-1]
    assert last == "Nothing found in 3 files, 1,234 lines, 0.12 s."


def test_the_sarif_report_names_rules_places_and_unread_files(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("import tensorflow as tf\nx = tf.keras.layers.Dense(2)\n")
    (tmp_path / "bad.py").write_text("def f(:\n    import keras\n")
    scan = scan_project(tmp_path)
    log = json.loads(sarif.check_report(scan, scan.issues))
    assert log["version"] == "2.1.0"
    run = log["runs"][0]
    known = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {result["ruleId"] for result in run["results"]} <= known
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region["startLine"] == scan.issues[0].line
    assert not run["invocations"][0]["executionSuccessful"]


def test_the_html_report_escapes_what_comes_from_the_project(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(
        "import tensorflow as tf\nx = tf.keras.layers.LSTM(2, time_major='<script>')\n"
    )
    scan = scan_project(tmp_path)
    page = check_html.check_report("<project>", scan, scan.issues)
    assert "&lt;project&gt;" in page
    assert "<script>" not in page
    assert all(issue.code in page for issue in scan.issues)
