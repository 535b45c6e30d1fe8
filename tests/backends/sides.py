"""The four sides that are compared, each a child process that runs all cases in one go."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

KERAS2 = "keras2"
BACKENDS = ("tensorflow", "jax", "torch")
PATIENCE = 600
"""Seconds that a side may take."""


@dataclass(frozen=True, slots=True)
class Task:
    """Source to execute: a variable of it is taken, or a function called with named inputs."""

    id: str
    source: str
    modes: tuple[str, ...]
    variable: str = ""
    function: str = ""
    inputs: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a side made of the tasks, by task and mode, and the signatures that were asked for."""

    results: dict[str, dict[str, tuple[str, Any]]]
    signatures: dict[str, list[str] | None] = field(default_factory=dict)


def run_side(
    side: str,
    tasks: list[Task],
    folder: Path,
    signatures: Sequence[str] = (),
    patience: float = PATIENCE,
) -> Outcome:
    """Run the tasks on a side; raises `RuntimeError` if the child does not end well."""
    plan, out = folder / f"{side}.json", folder / f"{side}.pickle"
    document = {"tasks": [task.as_json() for task in tasks], "signatures": [*signatures]}
    plan.write_text(json.dumps(document), encoding="utf-8")
    worker = Path(__file__).with_name("worker.py")
    done = subprocess.run(
        [sys.executable, str(worker), side, plan.name, out.name],
        capture_output=True,
        text=True,
        cwd=folder,  # examples write files
        timeout=patience,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{side} ended with {done.returncode}:\n{done.stderr[-4000:]}")
    return Outcome(*pickle.loads(out.read_bytes()))
