"""A suite says of every run what became of it, also of those that cannot even begin."""
from __future__ import annotations

import time
from pathlib import Path

import pytest

from kerashift.engine.run.agreement import no_original, with_check, with_proof_asked
from kerashift.engine.run.plan import NOT_ASKED, Check, RunError, RunResult, Status, Verdict
from kerashift.engine.run.suite import SuiteResult, run_suite
from tests.engine.run.children import Heard, Roomy, quick_plan, write_project


def run_script(tmp_path: Path, text: str, **options: object) -> tuple[SuiteResult, Heard]:
    root = write_project(tmp_path / "project", {"train.py": text})
    heard = Heard()
    plan = quick_plan(tmp_path, "train.py", **options)
    return run_suite(root, {}, plan, ["tensorflow"], False, heard), heard


def error_of(result: SuiteResult) -> RunError:
    error = result.runs[0].error
    assert error is not None
    return error


@pytest.mark.parametrize(
    "entry", ["nothing.py", "../outside.py", "train.py::f(1)", "train.py::f(a=open('x'))", ""]
)
def test_an_entry_that_cannot_be_is_an_error_before_anything_runs(
    tmp_path: Path, entry: str
) -> None:
    root = write_project(tmp_path / "project", {"train.py": "raise SystemExit(1)\n"})
    write_project(tmp_path, {"outside.py": ""})
    result = run_suite(root, {}, quick_plan(tmp_path, entry), ["jax", "torch"], True, Heard())
    assert [run.verdict for run in result.runs] == [Verdict.ERROR, Verdict.ERROR]
    assert error_of(result).type == "EntryNotFound"
    assert result.exit_code == 2


def test_a_missing_interpreter_says_what_to_install(tmp_path: Path) -> None:
    result, _ = run_script(tmp_path, "", python=str(tmp_path / "no-python"))
    assert error_of(result).type == "NoEnvironment"
    assert "pip install keras tensorflow" in error_of(result).message
    assert result.exit_code == 2


def test_a_failing_import_is_told_with_its_place_and_the_rule_that_explains_it(
    tmp_path: Path,
) -> None:
    text = """
    import os

    from keras import ImageDataGenerator
    """
    result, heard = run_script(tmp_path, text)
    error = error_of(result)
    assert (error.path, error.line, error.code) == ("train.py", 3, "KS104")
    assert result.runs[0].verdict is Verdict.FAILED
    assert result.exit_code == 1
    assert result.runs[0].checks[0].status is Status.FAILED
    assert [event["code"] for event in heard.named("error")] == ["KS104"]
    assert "Traceback" in heard.log


def test_an_error_in_a_module_of_the_project_is_told_there(tmp_path: Path) -> None:
    root = write_project(
        tmp_path / "project",
        {
            "app/train.py": "from . import parts\n",
            "app/__init__.py": "",
            "app/parts.py": "import json\n\njson.loads('')\n",
        },
    )
    plan = quick_plan(tmp_path, "app/train.py")
    result = run_suite(root, {}, plan, ["tensorflow"], False, Heard())
    error = error_of(result)
    assert (error.type, error.path, error.line) == ("JSONDecodeError", "app/parts.py", 3)
    assert error.traceback[0].path == "app/train.py"


def test_an_error_in_a_notebook_is_told_by_cell(tmp_path: Path) -> None:
    cells = """
    {"cells": [
      {"cell_type": "markdown", "metadata": {}, "source": ["text"]},
      {"cell_type": "code", "metadata": {}, "source": ["%matplotlib inline\\n", "x = !ls\\n"]},
      {"cell_type": "code", "metadata": {}, "source": "y = len(x)\\n1 / y"}
    ], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    """
    root = write_project(tmp_path / "project", {"study.ipynb": cells})
    plan = quick_plan(tmp_path, "study.ipynb")
    result = run_suite(root, {}, plan, ["tensorflow"], False, Heard())
    error = error_of(result)
    assert (error.path, error.cell, error.line) == ("study.ipynb", 3, 2)
    assert error.to_json()["cell"] == 3


def test_a_run_that_hangs_ends_with_the_verdict_timeout(tmp_path: Path) -> None:
    # With SIGALRM ignored, nothing but the parent can end it.
    text = """
    import signal, time
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    time.sleep(600)
    """
    result, _ = run_script(tmp_path, text, timeout=3)
    assert result.runs[0].verdict is Verdict.TIMEOUT
    detail = "not finished after 3 seconds"
    assert result.runs[0].checks[0] == Check("imports", Status.FAILED, detail)
    assert result.exit_code == 1


def test_a_run_that_crashes_says_with_which_signal(tmp_path: Path) -> None:
    result, _ = run_script(tmp_path, "import os\nos.abort()\n")
    assert error_of(result).message.startswith("the process crashed with SIGABRT")
    assert result.runs[0].verdict is Verdict.FAILED


def test_a_script_that_ends_itself_with_a_status_has_failed(tmp_path: Path) -> None:
    result, _ = run_script(tmp_path, "import sys\n\nsys.exit('no data')\n")
    assert error_of(result).type == "SystemExit"
    assert "no data" in error_of(result).message
    assert error_of(result).line == 3


def test_cancelling_stops_the_child_and_starts_no_other(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project", {"train.py": "import time\ntime.sleep(600)\n"})
    heard = Heard()
    heard = Heard(cancel=lambda: bool(heard.events))
    started = time.monotonic()
    plan = quick_plan(tmp_path, "train.py")
    machine = Roomy(cores=1)
    result = run_suite(root, {}, plan, ["tensorflow", "jax"], False, heard, machine)
    assert result.cancelled
    assert time.monotonic() - started < 20
    assert [run.verdict for run in result.runs] == [Verdict.ERROR, Verdict.ERROR]
    assert {backend for backend, e in heard.events if e["event"] == "started"} == {"tensorflow"}


def test_a_run_sees_changed_files_and_the_project_never_sees_the_run(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project", {"train.py": "raise ValueError('old')\n"})
    new = b"open('train.py', 'w').write('spoilt')\nraise ValueError('new')\n"
    plan = quick_plan(tmp_path, "train.py")
    result = run_suite(root, {"train.py": new}, plan, ["tensorflow"], False, Heard())
    assert error_of(result).message == "new"
    assert [path.name for path in root.iterdir()] == ["train.py"]
    assert (root / "train.py").read_text() == "raise ValueError('old')\n"


def test_a_script_gets_its_arguments_and_nobody_answers_its_questions(tmp_path: Path) -> None:
    text = """
    import sys
    raise ValueError(repr((sys.argv[1:], input("go on?"), __name__)))
    """
    root = write_project(tmp_path / "project", {"train.py": text})
    plan = quick_plan(tmp_path, "train.py --epochs '3 4'")
    result = run_suite(root, {}, plan, ["tensorflow"], False, Heard())
    assert error_of(result).message == "(['--epochs', '3 4'], '', '__main__')"


def test_tests_are_run_and_a_failing_one_is_told_with_its_place(tmp_path: Path) -> None:
    files = {"test_it.py": "import keras\n\ndef test_a(): pass\ndef test_b():\n    assert 1 == 2\n"}
    root = write_project(tmp_path / "project", files)
    verdicts = {}
    for entry in ("test_it.py::test_a", "test_it.py"):
        plan = quick_plan(tmp_path, entry)
        result = run_suite(root, {}, plan, ["tensorflow"], False, Heard())
        verdicts[entry] = result.runs[0].verdict
    assert verdicts == {"test_it.py::test_a": Verdict.PASSED, "test_it.py": Verdict.FAILED}
    assert (error_of(result).path, error_of(result).line) == ("test_it.py", 5)


def test_the_json_of_a_suite_has_the_fields_of_the_contract(tmp_path: Path) -> None:
    result, _ = run_script(tmp_path, "raise ValueError('x')\n")
    values = result.to_json()
    assert (values["version"], values["entry"]) == (1, "train.py")
    run = values["runs"][0]
    assert set(run) == {
        *("backend", "device", "python", "versions", "data", "verdict", "checks", "losses"),
        *("seconds_per_step", "peak_memory_mib", "error"),
    }
    assert [check["name"] for check in run["checks"]] == [
        *("imports", "builds", "trains", "saves", "baseline", "backends")
    ]
    assert {"type", "message", "path", "line"} <= set(run["error"])


def passed_but(baseline: Check, other: Status = Status.PASSED) -> RunResult:
    verdict = Verdict.FAILED if other is Status.FAILED else Verdict.PASSED
    return RunResult("torch", verdict, (Check("trains", other), baseline))


def test_what_could_not_be_compared_although_it_was_asked_for_is_unproven() -> None:
    run = with_check(passed_but(Check("baseline", Status.SKIPPED, NOT_ASKED)), no_original("old"))
    run = with_proof_asked(run)
    assert run.verdict is Verdict.UNPROVEN
    assert run.to_json()["verdict"] == "unproven"
    assert run.unproven == "the original could not be run under Keras 2: old"
    assert not SuiteResult("train.py", (run,)).passed
    assert SuiteResult("train.py", (run,)).exit_code == 3


def test_a_run_without_a_model_to_compare_is_unproven() -> None:
    run = with_proof_asked(passed_but(Check("baseline", Status.SKIPPED, NOT_ASKED)))
    assert (run.verdict, run.unproven) == (Verdict.UNPROVEN, "there was no model to compare")


@pytest.mark.parametrize("status", [Status.PASSED, Status.FAILED])
def test_a_comparison_that_was_made_is_not_unproven(status: Status) -> None:
    run = passed_but(Check("baseline", status))
    assert with_proof_asked(run) == run
    assert run.unproven == ""


def test_a_failed_run_stays_failed_whatever_was_compared() -> None:
    run = with_proof_asked(passed_but(Check("baseline", Status.SKIPPED, "x"), Status.FAILED))
    assert run.verdict is Verdict.FAILED
    unproven = with_proof_asked(passed_but(Check("baseline", Status.SKIPPED, "x")))
    assert SuiteResult("train.py", (unproven, run)).exit_code == 1
    disagrees = with_check(unproven, Check("backends", Status.FAILED, "different"))
    assert disagrees.verdict is Verdict.FAILED
