"""Interpreters that could run a project, and what is installed in each.

Packages are asked for by their metadata in a child, so that nothing of them is imported.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from kerashift.engine.environments.devices import DeviceReport, ask_devices
from kerashift.engine.environments.interpreters import candidates
from kerashift.engine.run.plan import BACKENDS

__all__ = [
    "BACKENDS",
    "Environment",
    "NoEnvironmentError",
    "choose",
    "choose_legacy",
    "find_environments",
    "probe",
    "with_devices",
]

PACKAGES = ("keras", "tensorflow", "tf-keras", "jax", "torch", "numpy")
LIBRARY_NAMES = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}
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
PROBES_AT_ONCE = 8


class NoEnvironmentError(Exception):
    """No interpreter can run that; the message says what to install."""


@dataclass(frozen=True, slots=True)
class Environment:
    """An interpreter; `reports` of devices by backend, where they were asked for."""

    python: str
    version: str
    label: str
    packages: Mapping[str, str] = field(default_factory=dict)
    reports: Mapping[str, DeviceReport] = field(default_factory=dict)

    @property
    def has_keras3(self) -> bool:
        return int(self.packages.get("keras", "0").split(".")[0]) >= 3

    @property
    def has_legacy(self) -> bool:
        """Whether the Keras 2 original can run here."""
        return "tf-keras" in self.packages and "tensorflow" in self.packages

    @property
    def devices(self) -> dict[str, tuple[str, ...]]:
        """The devices of each backend, in words."""
        return {b: tuple(d.label for d in report.devices) for b, report in self.reports.items()}

    def can_run(self, backend: str) -> bool:
        return self.has_keras3 and backend in self.packages


def find_environments(
    root: Path | None = None, *, devices: bool = False, fresh: bool = False
) -> tuple[Environment, ...]:
    """Interpreters that answer, the project's own first; see `interpreters.candidates`.

    With `devices`, each backend is asked for its devices too; `fresh` asks it again.
    """
    chosen: dict[Path, tuple[Path, str]] = {}
    for python, label in candidates(root):
        # A virtual environment's interpreter is a link: the link is what matters.
        key = python.parent.resolve() / python.name
        if key not in chosen and python.exists():
            chosen[key] = (python, label)
    with ThreadPoolExecutor(PROBES_AT_ONCE, "kerashift-probe") as pool:
        answers = pool.map(lambda pair: probe(*pair), chosen.values())
        found = [environment for environment in answers if environment is not None]
    return tuple(with_devices(e, fresh=fresh) if devices else e for e in found)


def with_devices(
    environment: Environment,
    *,
    fresh: bool = False,
    cancelled: Callable[[], bool] = lambda: False,
) -> Environment:
    """The environment with what each of its backends says of its devices; slow."""
    python, versions = environment.python, environment.packages
    reports = {
        backend: ask_devices(
            python, backend, versions[backend], fresh=fresh, cancelled=cancelled
        )
        for backend in BACKENDS
        if backend in environment.packages
    }
    return replace(environment, reports=reports)


def probe(python: Path, label: str) -> Environment | None:
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
    return Environment(str(python), version, label, packages)


def _ask(python: Path, code: str, *arguments: str) -> str | None:
    try:
        finished = subprocess.run(
            [str(python), "-I", "-c", code, *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PROBE_SECONDS,
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
