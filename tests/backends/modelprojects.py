"""The model projects of `tests/models`, taken the whole road by the installed command.

Each is a small project as public Keras 2 code writes it, and is fixed and run as it stands.
"""

from __future__ import annotations

import datetime
import json
import os
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MODELS = Path(__file__).resolve().parent.parent / "models"
PROJECTS = sorted(path.parent.name for path in MODELS.glob("*/train.py"))
VARIABLE = "KERASHIFT_MODELS"
SHARES = 3
PATIENCE = 900
"""Seconds for the four processes of a run on a busy machine."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of a project: what the fix said, what is left to do, what the run proved."""

    fixed: str
    left: list[dict[str, Any]]
    runs: list[dict[str, Any]]
    said: str

    def checks(self, name: str) -> dict[str, str]:
        """The answer of each backend to one question."""
        return {
            run["backend"]: next(c["status"] for c in run["checks"] if c["name"] == name)
            for run in self.runs
        }


def todays_projects(names: Iterable[str]) -> set[str]:
    """A share of the projects that is another one each day.

    `KERASHIFT_MODELS` chooses otherwise: `all`, or a share by its number.
    """
    chosen = os.environ.get(VARIABLE, "")
    if chosen == "all":
        return set(names)
    number = int(chosen) if chosen else datetime.date.today().toordinal()
    return {name for name in names if zlib.crc32(name.encode()) % SHARES == number % SHARES}


def prove(name: str, folder: Path) -> Proof:
    """Copy the project into `folder`, fix it there with all fixes, run it against its original."""
    project = shutil.copytree(MODELS / name, folder / name)
    fixed = kerashift("fix", project, "--safety", "review", "--write")
    left = json.loads(kerashift("check", project, "--format", "json").stdout)
    run = kerashift(
        *("run", project, "--entry", "train.py", "--backend", "all", "--baseline"),
        *("--format", "json"),
    )
    runs = json.loads(run.stdout)["runs"] if run.stdout else []
    return Proof(fixed.stderr, left["issues"] + left["errors"], runs, run.stderr)


def kerashift(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("kerashift")), *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE, check=False, env=_environment()
    )


def _environment() -> Mapping[str, str]:
    return {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
