"""Keras 2 under either of its names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kerashift.engine.run.runner import HARNESS
from tests.engine.run.children import write_project

LIBRARY = """
__version__ = "{version}"
"""
ASK = """
import os
from kerashift_legacy import alias_keras
alias_keras()
import keras, tf_keras
import {other}.layers.core
told = "TF_USE_LEGACY_KERAS" in os.environ
print(keras is tf_keras, keras.__name__, {other}.layers.core.name, told)
"""


def ask(folder: Path, files: dict[str, str], other: str) -> subprocess.CompletedProcess[str]:
    """What a child says that finds these packages and no others."""
    write_project(folder, files)
    return subprocess.run(
        [sys.executable, "-S", "-c", ASK.format(other=other)],
        env={**os.environ, "PYTHONPATH": f"{folder}:{HARNESS}", "TF_USE_LEGACY_KERAS": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )


def package(name: str, version: str) -> dict[str, str]:
    return {
        f"{name}/__init__.py": LIBRARY.format(version=version),
        f"{name}/src/__init__.py": "",
        f"{name}/src/layers/__init__.py": "",
        f"{name}/src/layers/core.py": f"name = 'core of {name}'\n",
    }


@pytest.mark.parametrize(
    ("real", "other", "version"), [("tf_keras", "keras", "2.21.0"), ("keras", "tf_keras", "2.15.0")]
)
def test_both_names_mean_the_one_that_is_there(
    tmp_path: Path, real: str, other: str, version: str
) -> None:
    answer = ask(tmp_path, package(real, version), other)
    # TensorFlow itself must look for the one that is there, too.
    told = real == "tf_keras"
    assert answer.stdout == f"True {real} core of {real} {told}\n", answer.stderr


def test_keras_3_is_no_stand_in_for_the_original(tmp_path: Path) -> None:
    answer = ask(tmp_path, package("keras", "3.15.1"), "tf_keras")
    assert "Keras 2 is needed, this is 3.15.1" in answer.stderr
