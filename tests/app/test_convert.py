"""The command that converts saved models: what it takes and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kerashift.app.main import main

MODELS = Path(__file__).parents[1] / "engine" / "convert" / "keras2_models.py"
HDF5 = b"\x89HDF\r\n\x1a\n" + bytes(64)


def status(*arguments: str | Path) -> int:
    return main(["convert", *map(str, arguments)])


def test_a_path_without_a_model_is_a_wrong_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(tmp_path / "none.h5", "-o", tmp_path / "out.keras") == 2
    assert "does not exist" in capsys.readouterr().err


def test_the_output_must_be_a_keras_file_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model.keras"
    model.write_bytes(HDF5)
    assert status(model, "-o", tmp_path / "out.h5") == 2
    assert "must end in .keras" in capsys.readouterr().err
    assert status(model, "-o", model) == 2
    assert "original stays" in capsys.readouterr().err


def test_code_is_a_file_and_a_callable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = tmp_path / "model.h5"
    model.write_bytes(HDF5)
    for code in ("build.py", "build.py::", "none.py::build"):
        assert status(model, "-o", tmp_path / "out.keras", "--code", code) == 2
        assert capsys.readouterr().err.startswith("kerashift: ")


@pytest.mark.backends
def test_a_checkpoint_is_converted_by_the_code_that_builds_its_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = {**os.environ, "TF_USE_LEGACY_KERAS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, str(MODELS), str(tmp_path), "checkpoint", "gru"]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=300)
    prefix, output = tmp_path / "checkpoint" / "gru" / "weights", tmp_path / "gru.keras"
    code = f"{MODELS}::gru"
    assert status(prefix, "-o", output, "--code", code, "--format", "json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["outcome"] == "equal"
    assert report["output"] == str(output)
    assert set(report["backends"]) == {"tensorflow", "jax", "torch"}
    assert all(proof["difference"] <= 1e-5 for proof in report["backends"].values())
    assert output.exists()


@pytest.mark.backends
def test_a_file_that_is_no_model_inside_is_said_to_be_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model.h5"
    model.write_bytes(HDF5)
    assert status(model, "-o", tmp_path / "out.keras") == 1
    assert "not converted" in capsys.readouterr().out
