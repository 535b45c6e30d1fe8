"""Interpreters that could run a project, and what is installed in each.

Packages are asked for by their metadata in a child, so that nothing of them is imported.
"""

from __future__ import annotations

import json
import platform
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path

from kerashift.engine.environments.devices import DeviceReport, ask_devices
from kerashift.engine.environments.interpreters import (
    Candidate,
    far_candidates,
    near_candidates,
)
from kerashift.engine.run.plan import BACKENDS, LIBRARY_NAMES

__all__ = [
    "BACKENDS",
    "Environment",
    "Environments",
    "NoEnvironmentError",
    "choose",
    "choose_legacy",
    "find_environments",
    "probe",
    "with_devices",
]

PACKAGES = ("keras", "tensorflow", "tf-keras", "jax", "torch", "numpy")
TENSORFLOWS = ("tensorflow-cpu", "tensorflow-gpu", "tensorflow-macos", "tensorflow-intel")
"""Under these names TensorFlow is installed too."""
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
LEAST_PYTHON = (3, 9)
"""What the harness is written for."""


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
    def has_tf_keras(self) -> bool:
        """Whether Keras 2 is here beside a TensorFlow of today."""
        return "tf-keras" in self.packages and "tensorflow" in self.packages

    @property
    def has_keras2(self) -> bool:
        """Whether it is as it was before Keras 3: TensorFlow 2.6 to 2.15 with its Keras."""
        is_old = self.packages.get("keras", "").startswith("2.") and "tensorflow" in self.packages
        return is_old and _numbers(self.version) >= LEAST_PYTHON

    @property
    def has_legacy(self) -> bool:
        """Whether the Keras 2 original can run here."""
        return self.has_tf_keras or self.has_keras2

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
    found = Environments(root)
    return tuple(with_devices(e, fresh=fresh) if devices else e for e in found)


class Environments:
    """The same, asked only as far as somebody looks: the first often is the one wanted.

    Can be looked through by several threads at once.
    """

    def __init__(self, root: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._groups = iter((near_candidates(root), far_candidates()))
        self._known: set[Path] = set()
        self._found: list[Environment] = []

    def __iter__(self) -> Iterator[Environment]:
        number = 0
        while self._has(number):
            yield self._found[number]
            number += 1

    def _has(self, number: int) -> bool:
        with self._lock:
            for group in self._groups if number >= len(self._found) else ():
                self._found += self._probe(group)
                if number < len(self._found):
                    break
            return number < len(self._found)

    def _probe(self, group: Iterable[Candidate]) -> list[Environment]:
        new = []
        for python, label in group:
            # A virtual environment's interpreter is a link: the link is what matters.
            key = python.parent.resolve() / python.name
            if key not in self._known and python.exists():
                self._known.add(key)
                new.append((python, label))
        with ThreadPoolExecutor(PROBES_AT_ONCE, "kerashift-probe") as pool:
            answers = pool.map(lambda pair: probe(*pair), new)
            return [environment for environment in answers if environment is not None]


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
    names = (*PACKAGES, *TENSORFLOWS)
    answer = _own_answer(names) if str(python) == sys.executable else _ask(python, PROBE, *names)
    return None if answer is None else read_answer(python, label, answer)


def _own_answer(names: Iterable[str]) -> str:
    """What this very interpreter has: no other needs to be started for that."""
    found = {}
    for name in names:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return json.dumps({"version": platform.python_version(), "packages": found})


def read_answer(python: Path, label: str, answer: str) -> Environment | None:
    """What the probe's output says; `None` if it is none."""
    try:
        values = json.loads(answer)
        found = {str(name): str(version) for name, version in values["packages"].items()}
        version = str(values["version"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    for name in TENSORFLOWS:
        if name in found:
            found.setdefault("tensorflow", found.pop(name))
    return Environment(str(python), version, label, found)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


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


def choose(environments: Iterable[Environment], backend: str) -> Environment:
    """The first that has Keras 3 and the backend; raises `NoEnvironmentError`."""
    for environment in environments:
        if environment.can_run(backend):
            return environment
    raise NoEnvironmentError(
        f"no interpreter has Keras 3 and {LIBRARY_NAMES.get(backend, backend)}: "
        f"pip install keras {backend}{_known(environments)}"
    )


def choose_legacy(environments: Iterable[Environment]) -> Environment:
    """The first that can run the Keras 2 original; raises `NoEnvironmentError`.

    A project's own environment comes first: what it was written for is the better witness.
    """
    for environment in environments:
        if environment.has_legacy:
            return environment
    raise NoEnvironmentError(
        f"no interpreter has tf-keras: pip install tensorflow tf-keras{_known(environments)}"
    )


def _known(environments: Iterable[Environment]) -> str:
    names = [environment.python for environment in environments]
    return f" (looked at {', '.join(names)})" if names else ""
