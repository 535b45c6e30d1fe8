"""Make an environment for one backend in the user's data folder, with uv or with venv and pip.

CUDA builds of TensorFlow, JAX and PyTorch seldom share one environment, so each backend gets its
own. An interrupted installation is taken up where it stopped: what was downloaded is cached by the
installer, and an environment counts only when its mark says that it is complete.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kerashift.engine.environments.interpreters import interpreter_of
from kerashift.engine.environments.store import managed_folder
from kerashift.engine.run.pipes import LogText, PipeReader
from kerashift.engine.run.processes import Group

COMPLETE = "complete"
POLL_SECONDS = 0.05
DRAIN_SECONDS = 0.5
TORCH_CPU = "https://download.pytorch.org/whl/cpu"
Log = Callable[[str], None]


class InstallError(Exception):
    """The environment was not made; the message says why, for a person."""


class InstallCancelled(Exception):
    """The person stopped it; what is there is kept, to go on from."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a backend's environment holds. `index` is a package index to take it from."""

    backend: str
    packages: tuple[str, ...]
    index: str = ""


def recipe(backend: str, *, cuda: bool) -> Recipe:
    """The packages for a backend, in the CPU or the CUDA build; raises `KeyError`."""
    linux = sys.platform == "linux"
    plain = {
        "tensorflow": Recipe(backend, ("tensorflow", "tf-keras", "keras>=3")),
        "jax": Recipe(backend, ("jax", "keras>=3")),
        # The package index has the CUDA build for Linux and the CPU build for other systems.
        "torch": Recipe(backend, ("torch", "keras>=3"), TORCH_CPU if linux else ""),
    }
    with_cuda = {
        "tensorflow": Recipe(backend, ("tensorflow[and-cuda]", "tf-keras", "keras>=3")),
        "jax": Recipe(backend, ("jax[cuda12]", "keras>=3")),
        "torch": Recipe(backend, ("torch", "keras>=3")),
    }
    return (with_cuda if cuda else plain)[backend]


def make_environment(
    chosen: Recipe, log: Log, cancelled: Callable[[], bool], installer: str = "auto"
) -> Path:
    """Make or complete the environment of a recipe and give its interpreter.

    `installer` is `uv`, `pip` or `auto` (uv where it is on the path). `log` gets what it prints, on
    threads of its own. Raises `InstallError` and `InstallCancelled`.
    """
    folder = managed_folder() / chosen.backend
    folder.parent.mkdir(parents=True, exist_ok=True)
    (folder / COMPLETE).unlink(missing_ok=True)
    uv = shutil.which("uv") if installer != "pip" else None
    if installer == "uv" and uv is None:
        raise InstallError("uv is not on the path")
    python = interpreter_of(folder)
    if not python.exists():
        _run(_new_environment(uv, folder), log, cancelled)
    _run(_install(uv, python, chosen), log, cancelled)
    (folder / COMPLETE).write_text("\n".join(chosen.packages), encoding="utf-8")
    return python


def remove_environment(backend: str) -> None:
    """Delete a managed environment; raises `OSError`."""
    folder = managed_folder() / backend
    if folder.exists():
        shutil.rmtree(folder)


def _new_environment(uv: str | None, folder: Path) -> list[str]:
    if uv is not None:
        return [uv, "venv", "--allow-existing", "--python", _base_python(), str(folder)]
    return [_base_python(), "-m", "venv", str(folder)]


def _base_python() -> str:
    """An interpreter to make environments with; a bundled app is none."""
    if not getattr(sys, "frozen", False):
        return sys.executable
    found = shutil.which("python3") or shutil.which("python")
    if found is None:
        raise InstallError("no Python 3 is on the path to make the environment with")
    return found


def _install(uv: str | None, python: Path, chosen: Recipe) -> list[str]:
    index = ["--extra-index-url", "https://pypi.org/simple"] if chosen.index else []
    source = ["--index-url", chosen.index, *index] if chosen.index else []
    if uv is not None:
        strategy = ["--index-strategy", "unsafe-best-match"] if chosen.index else []
        return [uv, "pip", "install", "--python", str(python), *source, *strategy, *chosen.packages]
    pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check"]
    return [*pip, "--progress-bar", "off", *source, *chosen.packages]


def _run(command: Sequence[str], log: Log, cancelled: Callable[[], bool]) -> None:
    """Run a step to its end; ends it with all it started where the person says so."""
    log(f"$ {' '.join(command)}\n")
    try:
        group = Group(command, managed_folder(), dict(os.environ), uuid.uuid4().hex)
    except OSError as error:
        raise InstallError(f"{command[0]} cannot be started: {error}") from error
    tail: list[str] = []

    def keep(text: str) -> None:
        tail.append(text)
        del tail[:-20]
        log(text)

    process = group.process
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdin.close()
    pipes = (process.stdout, process.stderr)
    readers = [PipeReader(pipe, LogText(keep).take, "install") for pipe in pipes]
    stopped = False
    try:
        while process.poll() is None and not stopped:
            group.family.remember()
            stopped = cancelled()
            time.sleep(POLL_SECONDS)
        if stopped:
            group.stop()
    finally:
        group.kill()
        for reader in readers:
            reader.finish(DRAIN_SECONDS)
    if stopped:
        raise InstallCancelled
    if process.returncode:
        raise InstallError(_why("".join(tail), process.returncode))


def _why(printed: str, code: int) -> str:
    """The lines that tell what went wrong, of all that was printed."""
    errors = [line.strip() for line in printed.splitlines() if "error" in line.lower()]
    return errors[-1] if errors else f"the installation ended with {code}"
