"""`kerashift fix` and `revert`: a diff, files, a copy, and the way back."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.app.conftest import TF_KERAS, Command

KERAS = "import keras\n\nmodel = keras.Sequential()\n"


def test_without_options_a_diff_is_printed_and_nothing_written(
    kerashift: Command, project: Path
) -> None:
    finished = kerashift("fix", project)
    assert finished.returncode == 0
    assert finished.stdout.startswith("--- a/train.py\n+++ b/train.py\n@@ -1,3 +1,3 @@\n")
    assert (project / "train.py").read_text(encoding="utf-8") == TF_KERAS


@pytest.mark.skipif(shutil.which("patch") is None, reason="needs patch")
@pytest.mark.parametrize(
    "data",
    [
        TF_KERAS.encode(),
        TF_KERAS.rstrip().encode(),
        b"\xef\xbb\xbf" + TF_KERAS.encode(),
        b"# coding: latin-1\n" + TF_KERAS.encode() + b"s = '\xe4'\n",
        TF_KERAS.replace("\n", "\r\n").encode(),
    ],
    ids=["plain", "no last line end", "byte order mark", "latin-1", "windows"],
)
def test_the_diff_is_a_patch_that_makes_what_write_writes(
    project: Path, tmp_path: Path, data: bytes
) -> None:
    (project / "train.py").write_bytes(data)
    copy = Path(shutil.copytree(project, tmp_path / "copy"))
    command = [sys.executable, "-m", "kerashift.app", "fix"]
    patch = subprocess.run([*command, project], capture_output=True, check=True).stdout
    options = ["-p1", "--binary", "-d", copy]
    subprocess.run(["patch", *options], input=patch, capture_output=True, check=True)
    subprocess.run([*command, project, "--write"], capture_output=True, check=True)
    assert (project / "train.py").read_bytes() == (copy / "train.py").read_bytes() != data


def test_write_names_the_files_and_the_journal(kerashift: Command, project: Path) -> None:
    finished = kerashift("fix", project, "--write")
    assert (finished.returncode, finished.stdout) == (0, "train.py\n")
    assert (project / "train.py").read_text(encoding="utf-8") == KERAS
    journal = finished.stderr.partition("Originals: ")[2].splitlines()[0]
    assert (Path(journal) / "manifest.json").is_file()


def test_a_second_write_writes_nothing(kerashift: Command, project: Path) -> None:
    kerashift("fix", project, "--write")
    before = (project / "train.py").stat()
    finished = kerashift("fix", project, "--write")
    assert (finished.returncode, finished.stdout) == (0, "")
    assert "0 fixes in 0 files" in finished.stderr
    after = (project / "train.py").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_revert_puts_the_originals_back_once(kerashift: Command, project: Path) -> None:
    kerashift("fix", project, "--write")
    finished = kerashift("revert", project)
    assert (finished.returncode, finished.stdout) == (0, "train.py\n")
    assert (project / "train.py").read_text(encoding="utf-8") == TF_KERAS
    finished = kerashift("revert", project)
    assert finished.returncode == 2
    assert finished.stderr.startswith("kerashift: nothing was written in ")


def test_revert_does_not_overwrite_later_work(kerashift: Command, project: Path) -> None:
    kerashift("fix", project, "--write")
    (project / "train.py").write_text("mine\n", encoding="utf-8")
    finished = kerashift("revert", project)
    assert finished.returncode == 2
    assert (project / "train.py").read_text(encoding="utf-8") == "mine\n"


def test_output_writes_a_whole_copy_and_leaves_the_project(
    kerashift: Command, project: Path, tmp_path: Path
) -> None:
    finished = kerashift("fix", project, "--output", tmp_path / "copy")
    assert finished.returncode == 0
    assert (tmp_path / "copy" / "train.py").read_text(encoding="utf-8") == KERAS
    assert (tmp_path / "copy" / "plain.py").is_file()
    assert (project / "train.py").read_text(encoding="utf-8") == TF_KERAS


def test_output_into_the_project_is_refused(kerashift: Command, project: Path) -> None:
    finished = kerashift("fix", project, "--output", project / "copy")
    assert finished.returncode == 2
    assert "lies inside the project" in finished.stderr


def test_diff_write_and_output_exclude_each_other(kerashift: Command, project: Path) -> None:
    finished = kerashift("fix", project, "--write", "--diff")
    assert finished.returncode == 2
    assert (project / "train.py").read_text(encoding="utf-8") == TF_KERAS


def test_a_read_only_file_is_status_2_and_nothing_is_written(
    kerashift: Command, project: Path
) -> None:
    (project / "train.py").chmod(0o444)
    finished = kerashift("fix", project, "--write")
    assert finished.returncode == 2
    assert finished.stderr.startswith("kerashift: train.py: the file is read-only")


def test_a_file_that_cannot_be_read_is_status_2_and_the_others_are_fixed(
    kerashift: Command, project: Path
) -> None:
    (project / "old.py").write_text("print 'hello'\n", encoding="utf-8")
    finished = kerashift("fix", project, "--write")
    assert (finished.returncode, finished.stdout) == (2, "train.py\n")
    assert "kerashift: old.py: line 1: " in finished.stderr


def test_a_notebook_keeps_everything_but_the_fixed_lines(kerashift: Command, project: Path) -> None:
    cell = {
        "cell_type": "code",
        "execution_count": 7,
        "metadata": {},
        "outputs": [{"name": "stdout", "output_type": "stream", "text": ["é\n"]}],
        "source": ["%matplotlib inline\n", *TF_KERAS.splitlines(keepends=True)],
    }
    values = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    data = json.dumps(values, indent=1, ensure_ascii=False).encode()
    (project / "n.ipynb").write_bytes(data)
    kerashift("fix", project, "--write")
    expected = data.replace(b"import tensorflow as tf", b"import keras").replace(
        b"tf.keras", b"keras"
    )
    assert (project / "n.ipynb").read_bytes() == expected
