"""The sample project: what Keras 3 breaks in it, and that the whole road works on it."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BREAKAGES = {
    "data.py": "KS101",
    "evaluate.ipynb": "KS101 KS204 KS306 KS401 KS404 KS405",
    "layers.py": "KS101 KS201 KS202 KS203 KS301 KS302 KS303",
    "losses.py": "KS101 KS103 KS201 KS202 KS203 KS405",
    "metrics.py": "KS101 KS201 KS202 KS302 KS405",
    "model.py": "KS101 KS102 KS103 KS201 KS202 KS204 KS307 KS404",
    "requirements.txt": "KS601",
    "robust.py": "KS101 KS201 KS304",
    "train.py": "KS101 KS102 KS306 KS401 KS404 KS405 KS406 KS501 KS502 KS503",
}
"""What a person who knows both versions finds in each file."""
BY_HAND = {"robust.py"}
"""Holds a custom train step, which no rule rewrites; nothing that the sample runs uses it."""
BACKEND_AGNOSTIC = ("layers.py", "losses.py", "metrics.py", "model.py", "train.py")
STAND_IN = """
import os, runpy, sys
import numpy, tensorflow
images = numpy.random.RandomState(0).randint(0, 256, (600, 28, 28)).astype("uint8")
labels = (numpy.arange(600) % 10).astype("uint8")
tensorflow.keras.datasets.mnist.load_data = lambda: ((images, labels), (images, labels))
sys.path.insert(0, os.getcwd())
runpy.run_path("train.py", run_name="__main__")
"""


@pytest.fixture
def sample(tmp_path: Path, repository: Path) -> Path:
    """A working copy of the sample project."""
    ignored = shutil.ignore_patterns("__pycache__")
    source = repository / "resources" / "sample" / "digits"
    return Path(shutil.copytree(source, tmp_path / "digits", ignore=ignored))


def kerashift(*arguments: str | Path, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Run the installed command as a user does."""
    command = [str(Path(sys.executable).with_name("kerashift")), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout)


def check(project: Path) -> list[dict[str, Any]]:
    finished = kerashift("check", project, "--format", "json")
    assert finished.returncode in (0, 1), finished.stderr
    report = json.loads(finished.stdout)
    assert report["errors"] == []
    found: list[dict[str, Any]] = report["issues"]
    return found


def test_the_sample_uses_many_different_things_that_keras_3_breaks() -> None:
    assert len({code for codes in BREAKAGES.values() for code in codes.split()}) >= 15


@pytest.mark.parametrize("path", sorted(BREAKAGES))
def test_check_finds_what_is_broken_in(path: str, sample: Path) -> None:
    found = {issue["code"] for issue in check(sample) if issue["path"] == path}
    assert set(BREAKAGES[path].split()) - found == set()


def test_check_leaves_the_functions_of_the_data_pipeline_to_tensorflow(sample: Path) -> None:
    lines = (sample / "data.py").read_text(encoding="utf-8").splitlines()
    first = next(n for n, line in enumerate(lines, 1) if line.startswith("def prepare"))
    found = [issue for issue in check(sample) if issue["path"] == "data.py"]
    assert [issue for issue in found if issue["line"] >= first] == []


def test_all_but_the_custom_train_step_has_a_fix(sample: Path) -> None:
    assert {issue["path"] for issue in check(sample) if not issue["fixable"]} == BY_HAND


def test_fix_leaves_only_the_custom_train_step_to_a_person(sample: Path) -> None:
    assert kerashift("fix", sample, "--safety", "review", "--write").returncode == 0
    assert {issue["path"] for issue in check(sample)} == BY_HAND


def test_fix_takes_tensorflow_out_of_all_but_the_data_pipeline(sample: Path) -> None:
    kerashift("fix", sample, "--safety", "review", "--write")
    texts = {path: (sample / path).read_text(encoding="utf-8") for path in BACKEND_AGNOSTIC}
    assert [path for path, text in texts.items() if "tensorflow" in text] == []
    assert "import tensorflow as tf" in (sample / "data.py").read_text(encoding="utf-8")


def test_a_second_fix_changes_nothing(sample: Path) -> None:
    kerashift("fix", sample, "--safety", "review", "--write")
    before = {path: path.read_bytes() for path in sample.iterdir() if path.is_file()}
    kerashift("fix", sample, "--safety", "review", "--write")
    assert {path: path.read_bytes() for path in sample.iterdir() if path.is_file()} == before


@pytest.mark.backends
def test_the_sample_as_it_stands_trains_under_keras_2(sample: Path) -> None:
    quiet = {"TF_USE_LEGACY_KERAS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    finished = subprocess.run(
        [sys.executable, "-c", STAND_IN],
        cwd=sample,
        env={**os.environ, **quiet},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert finished.returncode == 0, finished.stderr[-2000:]
    assert "test loss" in finished.stdout


@pytest.mark.backends
@pytest.mark.parametrize("entry", ["train.py", "model.py::build_model", "evaluate.ipynb"])
def test_the_migrated_sample_passes_every_check_on_three_backends(
    sample: Path, entry: str
) -> None:
    arguments = ["--entry", entry, "--backend", "all", "--baseline", "--fix", "review"]
    synthetic = ["--data", "synthetic", "--format", "json"]
    finished = kerashift("run", sample, *arguments, *synthetic, timeout=800)
    assert finished.returncode == 0, finished.stdout[-4000:] + finished.stderr[-2000:]
    runs = json.loads(finished.stdout)["runs"]
    assert [run["backend"] for run in runs] == ["tensorflow", "jax", "torch"]
    for run in runs:
        assert run["verdict"] == "passed"
        assert {check["status"] for check in run["checks"]} == {"passed"}
        assert run["parity"]["forward_max_abs"] <= 1e-5
