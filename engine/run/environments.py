"""Interpreters that could run a project, and what is installed in each.

Packages are asked for by their metadata in a child, so that nothing of them is imported.
"""
from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kerashift.engine.run.plan import BACKENDS

__all__ = [
    "BACKENDS",
    "Environment",
    "NoEnvironmentError",
    "choose",
    "choose_legacy",
    "find_environments",
    "probe",
]

PACKAGES = ("keras", "tensorflow", "tf-keras", "jax", "torch", "numpy")
LIBRARY_NAMES = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
FOLDERS = (".venv", "venv", "env", ".env")
PROBE_SECONDS = 30
PROBE = """
import json, sys
from importlib import metadata
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
        pass
print(json.dumps({"version": sys.version.split()[0], "packages": found}))
"""
DEVICE_PROBES = {
    "tensorflow": "import tensorflow as b; d = [x.name for x in b.config.list_physical_devices()]",
    "jax": "import jax as b; d = [str(x) for x in b.devices()]",
    "torch": "import torch as b; d = ['cpu'] + [b.cuda.get_device_name(n) for n in "
    "range(b.cuda.device_count())]",
}


class NoEnvironmentError(Exception):
    """No interpreter can run that; the message says what to install."""


@dataclass(frozen=True, slots=True)
class Environment:
    """An interpreter. `devices` are known, by backend, only after they were asked for."""

    python: str
    version: str
    label: str
    packages: Mapping[str, str] = field(default_factory=dict)
    devices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def has_keras3(self) -> bool:
        return int(self.packages.get("keras", "0").split(".")[0]) >= 3

    @property
    def has_legacy(self) -> bool:
        """Whether the Keras 2 original can run here."""
        return "tf-keras" in self.packages and "tensorflow" in self.packages

    def can_run(self, backend: str) -> bool:
        return self.has_keras3 and backend in self.packages


def find_environments(
    root: Path | None = None, *, devices: bool = False
) -> tuple[Environment, ...]:
    """The app's own interpreter, the project's virtual environments, and those on the path."""
    seen: dict[Path, Environment] = {}
    for python, label in _candidates(root):
        # A virtual environment's interpreter is a link: the link is what matters.
        key = python.parent.resolve() / python.name
        if key not in seen and python.exists():
            environment = probe(python, label, devices=devices)
            if environment is not None:
                seen[key] = environment
    return tuple(seen.values())


def _candidates(root: Path | None) -> Iterator[tuple[Path, str]]:
    for name in FOLDERS if root else ():
        folder = Path(root or "") / name
        if (folder / "pyvenv.cfg").exists():
            yield _interpreter(folder), f"the project's {name}"
    if not getattr(sys, "frozen", False):
        yield Path(sys.executable), "Kerashift's own"
    active = os.environ.get("VIRTUAL_ENV") or os.environ.get("CONDA_PREFIX")
    if active:
        yield _interpreter(Path(active)), "the active environment"
    for name in ("python3", "python"):
        found = shutil.which(name)
        if found:
            yield Path(found), "on the path"


def _interpreter(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def probe(python: Path, label: str, *, devices: bool = False) -> Environment | None:
    """Ask an interpreter what it has; `None` if it does not answer."""
    answer = _ask(python, PROBE, *PACKAGES)
    if answer is None:
        return None
    try:
        values = json.loads(answer)
        packages = {str(name): str(version) for name, version in values["packages"].items()}
        version = str(values["version"])
    except (ValueError, KeyError, TypeError):
        return None
    found: dict[str, tuple[str, ...]] = {}
    for backend in BACKENDS if devices else ():
        if backend in packages:
            said = _ask(python, f"{DEVICE_PROBES[backend]}\nprint('\\n'.join(d))")
            found[backend] = tuple((said or "").split("\n")[:-1])
    return Environment(str(python), version, label, packages, found)


def _ask(python: Path, code: str, *arguments: str) -> str | None:
    quiet = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    try:
        finished = subprocess.run(
            [str(python), "-I", "-c", code, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PROBE_SECONDS,
            env=quiet,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return finished.stdout if finished.returncode == 0 else None


def choose(environments: Sequence[Environment], backend: str) -> Environment:
    """The first that has Keras 3 and the backend; raises `NoEnvironmentError`."""
    for environment in environments:
        if environment.can_run(backend):
            return environment
    raise NoEnvironmentError(
        f"no interpreter has Keras 3 and {LIBRARY_NAMES.get(backend, backend)}: "
        f"pip install keras {backend}{_known(environments)}"
    )


def choose_legacy(environments: Sequence[Environment]) -> Environment:
    """The first that can run the Keras 2 original; raises `NoEnvironmentError`."""
    for environment in environments:
        if environment.has_legacy:
            return environment
    raise NoEnvironmentError(
        f"no interpreter has tf-keras: pip install tensorflow tf-keras{_known(environments)}"
    )


def _known(environments: Iterable[Environment]) -> str:
    names = [environment.python for environment in environments]
    return f" (looked at {', '.join(names)})" if names else ""
