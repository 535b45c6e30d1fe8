"""What a project could run, and with which interpreters; found without running any of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from kerashift.engine.environments.devices import Device, ask_devices
from kerashift.engine.environments.store import chosen_interpreters
from kerashift.engine.run.entries import Entry, find_entries
from kerashift.engine.run.environments import (
    BACKENDS,
    Environment,
    Environments,
    NoEnvironmentError,
    choose,
)


@dataclass(frozen=True)
class Readiness:
    """Whether a backend can be run, and with what, or what is missing."""

    backend: str
    ready: bool
    words: str
    environment: Environment | None = None


@dataclass(frozen=True)
class Survey:
    """Entries, best first; the readiness of each backend."""

    entries: tuple[Entry, ...] = ()
    readiness: tuple[Readiness, ...] = ()


def take_survey(root: Path) -> Survey:
    """Look at a project; slow, for a worker thread."""
    environments = Environments(root)
    chosen = chosen_interpreters(root)
    readiness = (_readiness(environments, name, chosen.get(name, "")) for name in BACKENDS)
    return Survey(find_entries(root), tuple(readiness))


def find_devices(survey: Survey, cancelled: Callable[[], bool]) -> tuple[Device, ...]:
    """The devices that the backends of a survey see, each once; slow, for a worker thread."""
    found: dict[str, Device] = {}
    for each in survey.readiness:
        if each.environment is not None:
            version = each.environment.packages[each.backend]
            python = each.environment.python
            report = ask_devices(python, each.backend, version, cancelled=cancelled)
            found |= {device.id: device for device in report.devices if device.id not in found}
    return tuple(found.values())


def _readiness(environments: Iterable[Environment], backend: str, python: str) -> Readiness:
    try:
        # Without a choice, no more interpreters are asked than it takes to find one that fits.
        wanted = [e for e in environments if e.python == python] if python else []
        chosen = choose(wanted or environments, backend)
    except NoEnvironmentError as error:
        return Readiness(backend, False, str(error))
    versions = " · ".join(f"{name} {chosen.packages[name]}" for name in ("keras", backend))
    return Readiness(backend, True, f"{versions} ({chosen.label})", chosen)
