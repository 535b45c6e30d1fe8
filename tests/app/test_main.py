"""The door: commands, the window, wrong usage, and what is not imported."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.app.conftest import Command

COMMANDS = ("check", "fix", "revert", "run", "entries", "environments", "rules")
IMPORTED = """
import sys
from kerashift.app.main import main
main(["check", sys.argv[1], "--format", "json", "-o", sys.argv[2]])
heavy = {"PySide6", "numpy", "tensorflow", "keras", "jax", "torch", "tf_keras"}
print(sorted(heavy & {name.partition(".")[0] for name in sys.modules}))
"""


def test_help_names_every_command(kerashift: Command) -> None:
    finished = kerashift("--help")
    assert finished.returncode == 0
    assert [name for name in COMMANDS if f"\n  {name} " not in finished.stdout] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(kerashift: Command, name: str) -> None:
    finished = kerashift(name, "--help")
    assert (finished.returncode, finished.stderr) == (0, "")
    assert finished.stdout.startswith(f"usage: kerashift {name}")


def test_the_version_is_that_of_the_package(kerashift: Command) -> None:
    assert kerashift("--version").stdout.startswith("kerashift 0.")


@pytest.mark.parametrize("name", ["check", "fix", "revert", "entries"])
def test_a_missing_path_is_one_line_on_standard_error_and_status_2(
    kerashift: Command, name: str
) -> None:
    finished = kerashift(name, "no/such/folder")
    assert finished.returncode == 2
    assert finished.stdout == ""
    assert finished.stderr == "kerashift: no such file or folder: no/such/folder\n"


@pytest.mark.parametrize(
    "arguments", [["check"], ["check", ".", "--format", "xml"], ["--nope"], ["a", "b"]]
)
def test_wrong_usage_is_status_2(kerashift: Command, arguments: list[str]) -> None:
    finished = kerashift(*arguments)
    assert finished.returncode == 2
    assert finished.stderr.startswith("usage: kerashift")


def test_a_mistyped_command_is_told_apart_from_a_project(kerashift: Command) -> None:
    finished = kerashift("chekc")
    assert finished.returncode == 2
    assert finished.stderr == "kerashift: no such file or folder, nor a command: chekc\n"


def test_a_folder_named_as_a_command_does_not_hide_it(kerashift: Command, tmp_path: Path) -> None:
    (tmp_path / "cwd" / "check").mkdir()
    assert kerashift("check", "check").returncode == 0
    assert "no display" in kerashift("./check").stderr  # it would be opened in the window


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a display")
def test_without_a_display_the_window_is_refused_in_words(kerashift: Command) -> None:
    finished = kerashift()
    assert finished.returncode == 2
    assert finished.stderr.startswith("kerashift: there is no display for the window")


def test_check_imports_no_qt_numpy_or_backend(project: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", IMPORTED, project, tmp_path / "report.json"]
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    assert finished.stdout == "[]\n"


def test_an_interrupt_is_status_130_without_a_traceback(tmp_path: Path) -> None:
    for number in range(3000):
        (tmp_path / f"m{number}.py").write_text("import keras\n" + "x = [1]\n" * 400)
    child = subprocess.Popen(
        [sys.executable, "-m", "kerashift.app", "check", tmp_path],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(2.0)
    os.kill(child.pid, signal.SIGINT)
    _, errors = child.communicate(timeout=30)
    assert (child.returncode, errors) == (130, "")


def test_a_reader_that_goes_away_is_no_error(project: Path) -> None:
    (project / "train.py").write_text("import tensorflow as tf\n" + "tf.keras.Model\n" * 5000)
    command = f"{sys.executable} -m kerashift.app check {project} | head -1"
    finished = subprocess.run(command, shell=True, capture_output=True, text=True)
    assert (finished.stdout, finished.stderr) == ("train.py\n", "")


def test_text_that_the_terminal_cannot_show_is_escaped(kerashift: Command, project: Path) -> None:
    (project / "train.py").write_text("import tensorflow as tf\ntf.keras.Größe\n", encoding="utf-8")
    finished = kerashift("check", project, PYTHONIOENCODING="ascii")
    assert finished.returncode in (0, 1)
    assert finished.stderr == ""
