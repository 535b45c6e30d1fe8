"""Whole projects, as public Keras 2 code writes them: fixed without a hand, proven by running."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.backends.modelprojects import MODELS, PROJECTS, prove
from tests.backends.sides import BACKENDS


@pytest.mark.backends
@pytest.mark.parametrize("project", PROJECTS)
def test_a_model_project_agrees_with_keras_2_on_every_backend(project: str, tmp_path: Path) -> None:
    proof = prove(project, tmp_path)
    told = json.dumps(proof.runs, indent=1) + proof.said[-3000:]
    assert proof.left == []
    assert {run["backend"]: run["verdict"] for run in proof.runs} == dict.fromkeys(
        BACKENDS, "passed"
    ), told
    # What could not be compared is skipped, and proves nothing.
    for check in ("imports", "builds", "trains", "baseline", "backends"):
        assert proof.checks(check) == dict.fromkeys(BACKENDS, "passed"), told
    for run in proof.runs:
        parity = run["parity"]
        assert parity["loss_abs"] is not None, told
        assert parity["step_max_abs"] is not None, told


@pytest.mark.parametrize("project", PROJECTS)
def test_a_model_project_is_written_for_keras_2(project: str) -> None:
    texts = [path.read_text(encoding="utf-8") for path in (MODELS / project).glob("*.py")]
    assert any("tf.keras" in text or "from tensorflow" in text for text in texts)
    lines = [line for text in texts for line in text.splitlines()]
    assert not any(line.startswith(("import keras", "from keras")) for line in lines)
