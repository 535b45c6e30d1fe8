"""Ask a backend which devices it sees. Usage: kerashift_devices.py BACKEND; prints JSON.

`devices` lists `id` (`cpu`, `gpu:0` …), `name` and `memory_mib`, as the backend itself sees them;
`cuda` is the version that it was built for, empty for a build without.
"""
from __future__ import annotations

import importlib
import json
import sys
import warnings
from importlib import metadata


def tensorflow():
    tf = importlib.import_module("tensorflow")
    info = tf.sysconfig.get_build_info()
    devices = [{"id": "cpu", "name": "CPU", "memory_mib": None}]
    for number, device in enumerate(tf.config.list_physical_devices("GPU")):
        details = tf.config.experimental.get_device_details(device)
        name = details.get("device_name", device.name)
        devices.append({"id": f"gpu:{number}", "name": name, "memory_mib": None})
    return {"devices": devices, "cuda": str(info.get("cuda_version", ""))}


def jax():
    jax = importlib.import_module("jax")
    cuda = ""
    for version in ("13", "12"):
        try:
            metadata.version(f"jax-cuda{version}-plugin")
            cuda = cuda or version
        except metadata.PackageNotFoundError:
            pass
    devices = [{"id": "cpu", "name": "CPU", "memory_mib": None}]
    number = 0
    for device in jax.devices():
        if device.platform == "cpu":
            continue
        stats = (device.memory_stats() or {}) if hasattr(device, "memory_stats") else {}
        limit = stats.get("bytes_limit")
        memory = limit // 2**20 if limit else None
        devices.append({"id": f"gpu:{number}", "name": device.device_kind, "memory_mib": memory})
        number += 1
    return {"devices": devices, "cuda": cuda}


def torch():
    torch = importlib.import_module("torch")
    devices = [{"id": "cpu", "name": "CPU", "memory_mib": None}]
    if torch.cuda.is_available():
        for number in range(torch.cuda.device_count()):
            found = torch.cuda.get_device_properties(number)
            memory = found.total_memory // 2**20
            devices.append({"id": f"gpu:{number}", "name": found.name, "memory_mib": memory})
    elif getattr(torch.backends, "mps", None) and torch.backends.mps.is_available():
        devices.append({"id": "gpu:0", "name": "Apple GPU (MPS)", "memory_mib": None})
    return {"devices": devices, "cuda": torch.version.cuda or ""}


PROBES = {"tensorflow": tensorflow, "jax": jax, "torch": torch}


def main():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            answer = PROBES[sys.argv[1]]()
        except Exception as error:
            answer = {"devices": [], "cuda": "", "error": f"{type(error).__name__}: {error}"}
    answer["warnings"] = [str(warning.message) for warning in caught]
    print("\n" + json.dumps(answer))


if __name__ == "__main__":
    main()
