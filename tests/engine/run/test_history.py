"""Every run is kept with its settings, numbers and log, and can be compared with another."""
from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kerashift.engine.report.run_html import loss_curve, run_report
from kerashift.engine.run import history
from kerashift.engine.run.comparison import compare
from kerashift.engine.run.history import Record, forget, records, run_and_keep
from tests.engine.run.children import Heard, quick_plan, write_project

LOUD = "print('hello <b>from</b> the project')\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_project(tmp_path / "project", {"train.py": LOUD})


def keep(root: Path, **options: object) -> Record:
    plan = quick_plan(root.parent, "train.py", **options)
    result = run_and_keep(root, {}, plan, ["jax"], False, Heard())
    assert result.runs
    return records(root)[0]


def test_a_run_is_kept_with_its_plan_its_result_and_its_log(root: Path) -> None:
    record = keep(root, steps=7)
    assert record.plan["steps"] == 7
    assert record.backends == ("jax",)
    assert record.runs[0]["backend"] == "jax"
    assert "hello <b>from</b> the project" in record.log()


def test_the_newest_run_comes_first_and_old_ones_go(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "MAX_RECORDS", 2)
    for steps in (1, 2, 3):
        monkeypatch.setattr(history.time, "time", lambda steps=steps: 1000.0 * steps)
        keep(root, steps=steps)
    assert [record.plan["steps"] for record in records(root)] == [3, 2]


def test_projects_do_not_see_each_others_runs_and_a_broken_record_is_passed_over(
    root: Path, tmp_path: Path
) -> None:
    record = keep(root)
    assert not records(tmp_path / "other")
    (record.folder / "run.json").write_text("{")
    assert not records(root)


def test_a_record_can_be_deleted(root: Path) -> None:
    forget(keep(root))
    assert not records(root)


def test_a_run_that_cannot_be_kept_still_gives_its_result(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(history, "_write", fail)
    heard = Heard()
    result = run_and_keep(root, {}, quick_plan(root.parent, "train.py"), ["jax"], False, heard)
    assert result.runs
    assert "this run is not kept: disk full" in heard.log


def changed(record: Record, **values: object) -> Record:
    run = {**record.runs[0], **values}
    return replace(record, result={**record.result, "runs": [run]})


def test_two_runs_are_compared_by_what_differs(root: Path) -> None:
    record = keep(root)
    left = changed(record, verdict="passed", losses=[1.0, 0.5], parity={"forward_max_abs": 1e-6})
    right = changed(record, verdict="failed", losses=[1.0, 0.7], parity={"forward_max_abs": 0.25})
    found = {(d.backend, d.what): (d.left, d.right) for d in compare(left, right)}
    assert found == {
        ("jax", "verdict"): ("passed", "failed"),
        ("jax", "last loss"): ("0.5", "0.7"),
        ("jax", "forward_max_abs"): ("1e-06", "0.25"),
    }
    assert not compare(record, record)


def test_the_page_of_a_run_escapes_what_the_project_prints_and_draws_the_losses(
    root: Path,
) -> None:
    record = changed(keep(root), losses=[1.0, 0.5, None, 0.25])
    page = run_report(record)
    assert "hello &lt;b&gt;from&lt;/b&gt; the project" in page
    assert "<b>from</b>" not in page
    assert "<polyline" in page
    assert "http" not in page.replace("http-equiv", ""), "the page needs nothing from the network"


def test_a_curve_of_one_point_or_of_no_number_is_not_drawn() -> None:
    assert loss_curve({"jax": [1.0]}) == ""
    assert loss_curve({"jax": [float("nan"), None]}) == ""
    assert "polyline" in loss_curve({"jax": [3.0, 3.0], "torch": [1.0, float("inf")]})


def test_a_record_is_plain_json(root: Path) -> None:
    values = json.loads((keep(root).folder / "run.json").read_text())
    assert values["version"] == 1
    assert set(values["plan"]) >= {"entry", "device", "steps", "epochs", "timeout", "data"}
