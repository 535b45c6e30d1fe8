"""Devices of an environment as its backends see them, asked in a child and kept for a while.

Importing TensorFlow takes seconds, so answers are cached in the state folder, by interpreter,
package version and driver, until they are asked for afresh.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from kerashift.engine.environments.gpu_problems import gpu_problem
from kerashift.engine.state import state_folder

PROBE = Path(__file__).resolve().parent.parent / "harness" / "kerashift_devices.py"
PROBE_SECONDS = 90
POLL_SECONDS = 0.1
_DRIVER = Path("/proc/driver/nvidia/version")


@dataclass(frozen=True, slots=True)
class Device:
    """A device; `id` is what a plan asks for: `cpu` or `gpu:N`. Memory in MiB where known."""

    id: str
    name: str
    memory_mib: int | None = None

    @property
    def label(self) -> str:
        if self.id == "cpu":
            return "cpu"
        memory = f" ({self.memory_mib / 1024:.0f} GiB)" if self.memory_mib else ""
        return f"{self.id} {self.name}{memory}"


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """What one backend said. `cuda` is empty for builds without; `problem` is for a person."""

    devices: tuple[Device, ...] = ()
    cuda: str = ""
    problem: str = ""

    @property
    def has_gpu(self) -> bool:
        return any(device.id != "cpu" for device in self.devices)


def ask_devices(
    python: str,
    backend: str,
    version: str,
    *,
    fresh: bool = False,
    cancelled: Callable[[], bool] = lambda: False,
) -> DeviceReport:
    """The devices that `backend` of that `version` sees; slow where it is not cached.

    `cancelled` is asked often; the report is empty then.
    """
    file = _cache_file(python, backend, version)
    known = None if fresh else _read(file)
    if known is not None:
        return known
    report = _probe(python, backend, cancelled)
    if report.devices:
        _write(file, report)
    return report


def _probe(python: str, backend: str, cancelled: Callable[[], bool]) -> DeviceReport:
    environment = {k: v for k, v in os.environ.items() if k != "CUDA_VISIBLE_DEVICES"}
    deadline = time.monotonic() + PROBE_SECONDS
    try:
        child = subprocess.Popen(
            [python, "-I", str(PROBE), backend],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env=environment,
        )
    except OSError as error:
        return DeviceReport(problem=str(error))
    with child:
        while True:
            try:
                stdout, stderr = child.communicate(timeout=POLL_SECONDS)
            except subprocess.TimeoutExpired:
                if not cancelled() and time.monotonic() < deadline:
                    continue
                child.kill()
                child.communicate()
                return DeviceReport(problem=f"{backend} did not answer within {PROBE_SECONDS} s")
            return read_answer(stdout, stderr, child.returncode)


def read_answer(stdout: str, stderr: str, returncode: int) -> DeviceReport:
    """What the probe's output says; a probe that crashed is a problem of its own."""
    try:
        values = json.loads(stdout.strip().rpartition("\n")[2])
    except ValueError:
        values = {}
    if not isinstance(values, Mapping) or "devices" not in values:
        trouble = gpu_problem(stderr)
        last = stderr.strip().rpartition("\n")[2] or f"it ended with {returncode}"
        return DeviceReport(problem=trouble.advice if trouble else last)
    devices = tuple(
        Device(str(item["id"]), str(item["name"]), item.get("memory_mib"))
        for item in values["devices"]
    )
    cuda = str(values.get("cuda") or "")
    return DeviceReport(devices, cuda, _problem(values, stderr, devices, cuda))


def _problem(
    values: Mapping[str, Any], stderr: str, devices: tuple[Device, ...], cuda: str
) -> str:
    if values.get("error"):
        error = str(values["error"])
        trouble = gpu_problem(error)
        return trouble.advice if trouble else error
    if any(device.id != "cpu" for device in devices):
        return ""
    said = "\n".join([stderr, *map(str, values.get("warnings", ()))])
    trouble = gpu_problem(said)
    # A build without CUDA on a machine without a GPU is no trouble.
    return trouble.advice if trouble and cuda and _DRIVER.exists() else ""


def _cache_file(python: str, backend: str, version: str) -> Path:
    try:
        driver = _DRIVER.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        driver = ""
    key = "\0".join((python, backend, version, driver))
    return state_folder() / "devices" / f"{hashlib.sha256(key.encode()).hexdigest()[:24]}.json"


def _read(file: Path) -> DeviceReport | None:
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        devices = tuple(Device(**item) for item in values["devices"])
        return DeviceReport(devices, values["cuda"], values["problem"])
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _write(file: Path, report: DeviceReport) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(asdict(report)), encoding="utf-8")
    except OSError:  # asked again next time
        return
