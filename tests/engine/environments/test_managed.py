"""Environments that Kerashift makes: installed for real, taken up again, stopped, removed."""
from __future__ import annotations

import subprocess
import threading
import time
from pathlib import Path

import pytest

from kerashift.engine.environments.interpreters import candidates, interpreter_of
from kerashift.engine.environments.managed import (
    COMPLETE,
    InstallCancelled,
    InstallError,
    Recipe,
    make_environment,
    recipe,
    remove_environment,
)
from kerashift.engine.environments.store import managed_folder


def never() -> bool:
    return False


def test_an_environment_is_made_tells_what_it_does_and_is_offered_first(wheel: Path) -> None:
    said: list[str] = []
    python = make_environment(Recipe("jax", (str(wheel),)), said.append, never, "pip")
    code = "import tiny_package; print(tiny_package.answer)"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "42\n"
    assert "tiny-package" in "".join(said).replace("_", "-")
    assert next(candidates()) == (python, "made by Kerashift for jax")
    remove_environment("jax")
    assert not python.exists()


def test_one_that_failed_is_not_offered_and_is_completed_by_a_second_try(wheel: Path) -> None:
    broken = Recipe("torch", (str(wheel.with_name("absent-1.0-py3-none-any.whl")),))
    with pytest.raises(InstallError, match="absent"):
        make_environment(broken, lambda _: None, never, "pip")
    assert "made by Kerashift for torch" not in [label for _, label in candidates()]
    before = interpreter_of(managed_folder() / "torch").lstat().st_mtime_ns
    python = make_environment(Recipe("torch", (str(wheel),)), lambda _: None, never, "pip")
    assert python.lstat().st_mtime_ns == before, "the environment itself was there already"
    assert (managed_folder() / "torch" / COMPLETE).exists()


def test_it_stops_when_the_person_says_so_and_leaves_nothing_running(wheel: Path) -> None:
    wanted = threading.Event()
    began = time.monotonic()
    timer = threading.Timer(0.3, wanted.set)
    timer.start()
    with pytest.raises(InstallCancelled):
        make_environment(Recipe("jax", (str(wheel),)), lambda _: None, wanted.is_set, "pip")
    timer.join()
    assert time.monotonic() - began < 5
    assert not (managed_folder() / "jax" / COMPLETE).exists()


def test_recipes_name_the_build_that_was_asked_for() -> None:
    assert "tensorflow[and-cuda]" in recipe("tensorflow", cuda=True).packages
    assert "jax[cuda12]" in recipe("jax", cuda=True).packages
    assert recipe("torch", cuda=True).index == ""
    assert "tf-keras" in recipe("tensorflow", cuda=False).packages
    with pytest.raises(KeyError):
        recipe("mxnet", cuda=False)
