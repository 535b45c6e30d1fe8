"""What the tests of the command line share: a child process, and a small project."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]
TF_KERAS = "import tensorflow as tf\n\nmodel = tf.keras.Sequential()\n"


@pytest.fixture
def kerashift(tmp_path: Path) -> Command:
    """Run `kerashift` in a child, in an empty folder, without a display."""
    folder = tmp_path / "cwd"
    folder.mkdir()
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")

    def run(*arguments: str | Path, **extra: str) -> subprocess.CompletedProcess[str]:
        environment = {k: v for k, v in os.environ.items() if k not in hidden} | extra
        command = [sys.executable, "-m", "kerashift.app", *map(str, arguments)]
        return subprocess.run(
            command, capture_output=True, text=True, cwd=folder, env=environment, timeout=60
        )

    return run


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """One file with two issues, one without."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "train.py").write_text(TF_KERAS, encoding="utf-8")
    (root / "plain.py").write_text("import os\n", encoding="utf-8")
    return root
