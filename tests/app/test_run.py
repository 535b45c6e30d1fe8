"""`kerashift run`: usage, the table for people, and a real project on every backend."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from kerashift.app.cli.table import results_text
from kerashift.engine.run.plan import Check, RunError, RunResult, Status, Verdict
from kerashift.engine.run.suite import SuiteResult
from tests.app.conftest import Command

CHECKS = ["imports", "builds", "trains", "saves"]
MODEL = """import tensorflow as tf

def build():
    model = tf.keras.Sequential([tf.keras.layers.Dense(3, input_shape=(4,))])
    model.compile(tf.keras.optimizers.SGD(0.01), "mse")
    return model
"""
PASSED = RunResult(
    backend="jax",
    verdict=Verdict.PASSED,
    checks=(Check("imports", Status.PASSED), Check("trains", Status.PASSED, "3 weights moved")),
    device="cpu:0",
    python="/usr/bin/python3",
    versions={"keras": "3.15.1", "jax": "0.10.2"},
    losses=(2.5, None, 0.125),
    seconds_per_step=0.0123,
    peak_memory_mib=1234.5,
)
FAILED = RunResult(
    backend="torch",
    verdict=Verdict.FAILED,
    checks=(Check("imports", Status.FAILED, "see the error"),),
    error=RunError("ImportError", "no name x", "n.ipynb", 3, "KS102", cell=2),
    notes=("The data are synthetic.",),
)


def test_the_table_has_a_column_for_each_backend_and_says_why_one_failed() -> None:
    assert results_text(SuiteResult("m.py::build", (PASSED, FAILED))) == (
        "check    jax     torch\n"
        "imports  passed  failed\n"
        "trains   passed  -\n"
        "verdict  passed  failed\n"
        "\n"
        "jax on cpu:0, synthetic data\n"
        "  keras 3.15.1, jax 0.10.2\n"
        "  /usr/bin/python3\n"
        "  loss 2.5 to 0.125, 0.0123 s a step, 1,234 MiB at most\n"
        "  trains: 3 weights moved\n"
        "\n"
        "torch on no device, synthetic data\n"
        "  imports: see the error\n"
        "  n.ipynb, cell 2, line 3: ImportError: no name x\n"
        "  KS102 explains this: kerashift rules KS102\n"
        "  The data are synthetic.\n"
        "\n"
        "m.py::build: 1 of 2 backends passed every check.\n"
    )


def test_the_table_says_what_is_not_proven_and_why() -> None:
    checks = (Check("imports", Status.PASSED), Check("baseline", Status.SKIPPED, "no Keras 2"))
    unproven = replace(PASSED, verdict=Verdict.UNPROVEN, checks=checks)
    said = results_text(SuiteResult("train.py", (unproven,)))
    assert "verdict   unproven\n" in said
    assert said.endswith(
        "train.py: 0 of 1 backends passed every check.\n"
        "NOT PROVEN that the results are those of Keras 2: no Keras 2\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--entry", "a.py"],
        ["--entry", "a.py", "--backend", "theano"],
        ["--entry", "a.py", "--backend", "jax", "--device", "tpu"],
        ["--entry", "a.py", "--backend", "jax", "--device", "gpu:x"],
        ["--entry", "a.py", "--backend", "jax", "--steps", "0"],
        ["--entry", "a.py", "--backend", "jax", "--timeout", "nan"],
        ["--entry", "a.py", "--backend", "jax", "--as-is", "--fix", "review"],
    ],
)
def test_wrong_usage_is_status_2(kerashift: Command, project: Path, arguments: list[str]) -> None:
    finished = kerashift("run", project, *arguments)
    assert finished.returncode == 2
    assert finished.stderr.startswith("usage: kerashift run")


def test_an_entry_that_is_not_there_could_not_run(kerashift: Command, project: Path) -> None:
    arguments = ["--entry", "none.py", "--backend", "jax", "--format", "json"]
    finished = kerashift("run", project, *arguments)
    assert finished.returncode == 2
    (run,) = json.loads(finished.stdout)["runs"]
    assert run["verdict"] == "error"
    assert "none.py" in run["error"]["message"]


def test_an_interpreter_that_is_not_there_could_not_run(kerashift: Command, project: Path) -> None:
    arguments = ["--entry", "train.py", "--backend", "jax", "--python", "/no/such/python"]
    finished = kerashift("run", project, *arguments)
    assert finished.returncode == 2
    assert finished.stderr == "kerashift: no such interpreter: /no/such/python\n"


@pytest.mark.backends
def test_a_fixed_copy_passes_on_every_backend_and_the_project_is_untouched(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(MODEL, encoding="utf-8")
    finished = _run(tmp_path, "--backend", "all", "--baseline", "--format", "json")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    report = json.loads(finished.stdout)
    assert (report["version"], report["entry"]) == (1, "model.py::build")
    assert [run["backend"] for run in report["runs"]] == ["tensorflow", "jax", "torch"]
    for run in report["runs"]:
        assert {check["name"] for check in run["checks"]} >= {*CHECKS, "baseline"}
        assert run["parity"]["forward_max_abs"] <= 1e-5
    assert [path.name for path in tmp_path.iterdir()] == ["model.py"]
    assert (tmp_path / "model.py").read_text(encoding="utf-8") == MODEL


@pytest.mark.backends
def test_as_is_runs_what_fixes_would_have_mended(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(MODEL.replace("SGD(0.01)", "SGD(lr=0.01)"), encoding="utf-8")
    assert _run(tmp_path, "--backend", "tensorflow", "--as-is").returncode == 1
    assert _run(tmp_path, "--backend", "tensorflow", "--fix", "review").returncode == 0


@pytest.mark.backends
def test_an_interrupt_ends_the_run_and_its_child(tmp_path: Path) -> None:
    endless = "import os, time\nprint('child', os.getpid(), flush=True)\ntime.sleep(100)\n"
    (tmp_path / "model.py").write_text(endless, encoding="utf-8")
    command = _command(tmp_path, "--backend", "jax", "--as-is")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    child = next(int(line.split()[1]) for line in process.stderr if line.startswith("child "))
    os.kill(process.pid, signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert output.endswith("Stopped.\n")
    assert not psutil.pid_exists(child)


def _command(project: Path, *arguments: str) -> list[str]:
    start = [sys.executable, "-m", "kerashift.app", "run", str(project)]
    return [*start, "--entry", "model.py::build", "--steps", "3", *arguments]


def _run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = _command(project, *arguments)
    return subprocess.run(command, capture_output=True, text=True, timeout=400)
