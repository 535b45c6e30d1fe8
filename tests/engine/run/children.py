"""Real children for tests of runs, and a stand-in for Keras that imports in no time."""

from __future__ import annotations

import sys
import textwrap
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from kerashift.engine.environments.gpu_usage import GpuUsage
from kerashift.engine.run.machine import Machine
from kerashift.engine.run.outcome import Outcome
from kerashift.engine.run.plan import RunPlan
from kerashift.engine.run.processes import Group
from kerashift.engine.run.runner import Run

QUICK_KERAS = '''
"""As much of Keras 3 as is asked for before a project's own code runs."""
import types

__version__ = "3.0.0"


class Model:
    def compile(self, optimizer=None, loss=None): pass
    def fit(self, x=None, y=None, epochs=1, callbacks=None): pass
    def evaluate(self, x=None, y=None, callbacks=None): pass
    def train_on_batch(self, x=None, y=None): pass


class Layer: pass
class Callback: pass
class Optimizer:
    def apply(self, grads, variables): pass


layers = types.SimpleNamespace(Layer=Layer)
optimizers = types.SimpleNamespace(Optimizer=Optimizer)
callbacks = types.SimpleNamespace(Callback=Callback)
utils = types.SimpleNamespace(set_random_seed=lambda seed: None)
datasets = types.SimpleNamespace()
applications = types.SimpleNamespace()
'''


class Roomy(Machine):
    """A machine that has as much as it is said to have."""

    def __init__(
        self, cores: int = 8, memory: int = 2**36, gpus: tuple[GpuUsage, ...] = ()
    ) -> None:
        self._memory = memory
        self._cores = cores
        self._gpus = gpus

    def cores(self) -> int:
        return self._cores

    def free_memory(self) -> int:
        return self._memory

    def is_short(self) -> bool:
        return False

    def gpus(self) -> tuple[GpuUsage, ...]:
        return self._gpus


class Heard:
    """Callbacks of a suite or a run that keep what they hear."""

    def __init__(self, cancel: Callable[[], bool] = lambda: False) -> None:
        self.log = ""
        self.events: list[tuple[str, Mapping[str, Any]]] = []
        self._cancel = cancel

    def on_log(self, backend: str, text: str) -> None:
        self.log += text

    def on_event(self, backend: str, event: Mapping[str, Any]) -> None:
        self.events.append((backend, event))

    def cancelled(self) -> bool:
        return self._cancel()

    def named(self, name: str) -> list[Mapping[str, Any]]:
        return [event for _, event in self.events if event["event"] == name]


def run_code(
    code: str,
    folder: Path,
    *,
    timeout: float = 20,
    on_start: Callable[[Run], None] | None = None,
    memory_bytes: int | None = None,
    patience: float = 0.0,
) -> tuple[Outcome, Heard]:
    """Run a few lines of Python as a run's child: standard output is the pipe for events."""
    heard = Heard()
    mark = uuid.uuid4().hex
    command = [sys.executable, "-c", textwrap.dedent(code)]
    group = Group(command, folder, {"PATH": "/usr/bin:/bin"}, mark, memory_bytes)
    on_event, on_log = partial(heard.on_event, "child"), partial(heard.on_log, "child")
    run = Run(group, on_event, on_log, memory_bytes, patience)
    if on_start is not None:
        on_start(run)
    return run.wait(timeout), heard


def write_project(root: Path, files: Mapping[str, str]) -> Path:
    """Write the files of a project."""
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    return root


def quick_plan(tmp_path: Path, entry: str, **options: Any) -> RunPlan:
    """A plan whose child finds the stand-in instead of Keras."""
    library = tmp_path / "quick"
    (library / "keras").mkdir(parents=True, exist_ok=True)
    (library / "keras" / "__init__.py").write_text(QUICK_KERAS, encoding="utf-8")
    return RunPlan(
        entry, device="cpu", environment={"PYTHONPATH": str(library)}, **{"timeout": 60, **options}
    )
