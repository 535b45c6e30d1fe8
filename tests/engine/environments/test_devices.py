"""What backends say of devices is read, kept, and where something is wrong put in words."""
from __future__ import annotations

import json
import sys
import types
from pathlib import Path

import pytest

from kerashift.engine.environments import devices
from kerashift.engine.environments.devices import Device, ask_devices, read_answer
from kerashift.engine.environments.gpu_problems import GpuProblem, gpu_problem
from kerashift.engine.environments.gpu_usage import GpuMonitor, GpuUsage

CPU = {"id": "cpu", "name": "CPU", "memory_mib": None}
H100 = {"id": "gpu:0", "name": "NVIDIA H100 80GB HBM3", "memory_mib": 81079}
RECORDED = {
    GpuProblem.OUT_OF_MEMORY: [
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 GiB. GPU 0 has",
        "jax.errors.JaxRuntimeError: RESOURCE_EXHAUSTED: Out of memory while trying to allocate",
        "tensorflow.python.framework.errors_impl.ResourceExhaustedError: OOM when allocating",
    ],
    GpuProblem.MISSING_LIBRARIES: [
        "Cannot dlopen some GPU libraries. Please make sure the missing libraries mentioned",
        "RuntimeError: Unable to load cuSPARSE. Is it installed?",
        "libcudnn.so.9: cannot open shared object file: No such file or directory",
        "An NVIDIA GPU may be present on this machine, but a CUDA-enabled jaxlib is not installed.",
        "AssertionError: Torch not compiled with CUDA enabled",
    ],
    GpuProblem.DRIVER_MISMATCH: [
        "CUDA initialization: The NVIDIA driver on your system is too old (found version 11040).",
        "CUDA error: CUDA driver version is insufficient for CUDA runtime version",
        "Failed to initialize NVML: Driver/library version mismatch",
        "kernel version 470.82.1 does not match DSO version 535.54.3 -- cannot find working",
    ],
    GpuProblem.BUSY: [
        "CUDA error: all CUDA-capable devices are busy or unavailable",
        "failed call to cuInit: CUDA_ERROR_DEVICE_UNAVAILABLE: CUDA-capable device(s) is/are busy",
    ],
    GpuProblem.NO_DRIVER: [
        "Could not find cuda drivers on your machine, GPU will not be used.",
        "RuntimeError: Found no NVIDIA driver on your system.",
        "failed call to cuInit: CUDA_ERROR_NO_DEVICE: no CUDA-capable device is detected",
    ],
    GpuProblem.TOO_NEW: [
        "CUDA error: no kernel image is available for execution on the device",
    ],
}


@pytest.mark.parametrize(
    ("problem", "text"), [(p, text) for p, texts in RECORDED.items() for text in texts]
)
def test_each_trouble_with_a_gpu_is_told_apart(problem: GpuProblem, text: str) -> None:
    found = gpu_problem(f"2026-01-01 12:00: E external/xla: {text}\n")
    assert found is not None
    assert found.problem is problem
    assert len(found.advice) > 40


def test_an_ordinary_error_is_no_trouble_with_a_gpu() -> None:
    assert gpu_problem("ValueError: Input 0 of layer dense is incompatible with the layer") is None


def test_devices_are_named_with_their_memory() -> None:
    report = read_answer(json.dumps({"devices": [CPU, H100], "cuda": "12.5"}), "", 0)
    assert [device.label for device in report.devices] == [
        "cpu",
        "gpu:0 NVIDIA H100 80GB HBM3 (79 GiB)",
    ]
    assert report.has_gpu
    assert not report.problem


def test_a_build_for_gpus_that_sees_none_says_why_where_there_is_a_driver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = json.dumps({"devices": [CPU], "cuda": "12.5"})
    said = "W gpu_device.cc:2344] Cannot dlopen some GPU libraries. Please make sure"
    monkeypatch.setattr(devices, "_DRIVER", tmp_path / "absent")
    assert not read_answer(answer, said, 0).problem
    monkeypatch.setattr(devices, "_DRIVER", tmp_path)
    assert "found no CUDA libraries" in read_answer(answer, said, 0).problem


def test_a_probe_that_crashes_or_raises_is_a_problem_and_no_device() -> None:
    crashed = read_answer("", "Fatal Python error: Segmentation fault", -11)
    assert crashed.problem == "Fatal Python error: Segmentation fault"
    raised = json.dumps({"devices": [], "cuda": "", "error": "ImportError: no torch"})
    assert read_answer(raised, "", 0).problem == "ImportError: no torch"


def test_an_answer_is_kept_until_it_is_asked_for_afresh(tmp_path: Path) -> None:
    python = tmp_path / "python"
    answer = json.dumps({"devices": [CPU, H100], "cuda": "12"})
    python.write_text(f"#!/bin/sh\necho x >> {tmp_path}/asked\necho '{answer}'\n")
    python.chmod(0o755)
    for fresh in (False, False, True):
        report = ask_devices(str(python), "jax", "0.10.2", fresh=fresh)
        assert report.devices[1] == Device("gpu:0", "NVIDIA H100 80GB HBM3", 81079)
    assert (tmp_path / "asked").read_text() == "x\nx\n"


@pytest.mark.backends
@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_a_real_backend_names_its_devices(backend: str) -> None:
    report = ask_devices(sys.executable, backend, "installed", fresh=True)
    assert report.devices[0].id == "cpu"
    assert not report.problem


@pytest.fixture
def nvml(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    """A recorded NVML: two GPUs, of which the second does not tell its load."""
    module = types.ModuleType("pynvml")

    class NVMLError(Exception):
        pass

    def load(handle: int) -> types.SimpleNamespace:
        if handle:
            raise NVMLError
        return types.SimpleNamespace(gpu=37)

    memory = types.SimpleNamespace(used=3 * 2**30, total=80 * 2**30)
    for name, value in {
        "NVMLError": NVMLError,
        "nvmlInit": lambda: None,
        "nvmlShutdown": lambda: None,
        "nvmlDeviceGetCount": lambda: 2,
        "nvmlDeviceGetHandleByIndex": lambda index: index,
        "nvmlDeviceGetName": lambda handle: b"NVIDIA H100",
        "nvmlDeviceGetMemoryInfo": lambda handle: memory,
        "nvmlDeviceGetUtilizationRates": load,
    }.items():
        setattr(module, name, value)
    monkeypatch.setitem(sys.modules, "pynvml", module)
    return module


def test_gpus_are_watched_as_far_as_they_tell(nvml: types.ModuleType) -> None:
    monitor = GpuMonitor()
    assert monitor.read() == (
        GpuUsage(0, "NVIDIA H100", 3072, 81920, 37),
        GpuUsage(1, "NVIDIA H100", 3072, 81920, None),
    )
    monitor.close()
    assert monitor.read() == ()
