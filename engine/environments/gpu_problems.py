"""What is wrong with a GPU, from what a backend prints, and what to do about it.

The patterns are texts of TensorFlow (xla/tsl), JAX (jaxlib), PyTorch (c10/cuda) and CUDA itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class GpuProblem(StrEnum):
    """A kind of trouble that has its own advice."""

    OUT_OF_MEMORY = "out of memory"
    MISSING_LIBRARIES = "missing CUDA libraries"
    DRIVER_MISMATCH = "driver mismatch"
    BUSY = "busy GPU"
    NO_DRIVER = "no driver"
    TOO_NEW = "GPU not supported by this build"


@dataclass(frozen=True, slots=True)
class GpuAdvice:
    """A problem in words for a person: what it is, and what to do."""

    problem: GpuProblem
    advice: str


_ADVICE = {
    GpuProblem.OUT_OF_MEMORY: (
        "The GPU ran out of memory. End other programs that use it, take a smaller batch, "
        "or test on the CPU."
    ),
    GpuProblem.MISSING_LIBRARIES: (
        "The backend found no CUDA libraries that fit it and runs on the CPU. Install its CUDA "
        "build (tensorflow[and-cuda], jax[cuda12], or PyTorch from its CUDA index), or let "
        "Kerashift make an environment for this backend."
    ),
    GpuProblem.DRIVER_MISMATCH: (
        "The NVIDIA driver is older than what this build needs, or it was updated without a "
        "restart. Update the driver and restart, or install a build for an older CUDA."
    ),
    GpuProblem.BUSY: (
        "Another program holds the GPU alone (exclusive mode, or a process that hangs). "
        "`nvidia-smi` lists it; wait for it, or test on the CPU."
    ),
    GpuProblem.NO_DRIVER: (
        "No NVIDIA driver answers, so the CPU is used. Install the driver, or start the container "
        "with its GPUs."
    ),
    GpuProblem.TOO_NEW: (
        "This build holds no code for this GPU. Install a newer build of the backend."
    ),
}

_PATTERNS: tuple[tuple[GpuProblem, re.Pattern[str]], ...] = tuple(
    (problem, re.compile(pattern, re.IGNORECASE))
    for problem, pattern in (
        (
            GpuProblem.OUT_OF_MEMORY,
            r"CUDA out of memory|OutOfMemoryError|RESOURCE_EXHAUSTED|CUDA_ERROR_OUT_OF_MEMORY"
            r"|OOM when allocating|CUBLAS_STATUS_ALLOC_FAILED|failed to allocate .* on GPU",
        ),
        (
            GpuProblem.DRIVER_MISMATCH,
            r"driver (version )?is (too old|insufficient)|driver on your system is too old"
            r"|CUDA_ERROR_SYSTEM_DRIVER_MISMATCH|Driver/library version mismatch"
            r"|kernel version .* does not match DSO version|CUDA_ERROR_UNSUPPORTED_PTX_VERSION"
            r"|PTX was compiled with an unsupported toolchain",
        ),
        (
            GpuProblem.BUSY,
            r"all CUDA-capable devices are busy or unavailable|CUDA_ERROR_DEVICE_UNAVAILABLE"
            r"|exclusive.process|CUDA-capable device\(s\) is/are busy",
        ),
        (
            GpuProblem.TOO_NEW,
            r"no kernel image is available for execution|is not compatible with the current "
            r"PyTorch installation|CUDA_ERROR_NO_BINARY_FOR_GPU",
        ),
        (
            GpuProblem.NO_DRIVER,
            r"Could not find cuda drivers|Found no NVIDIA driver|CUDA_ERROR_NO_DEVICE"
            r"|no CUDA-capable device is detected|NVML.*Driver Not Loaded|libcuda\.so\.1: cannot",
        ),
        (
            GpuProblem.MISSING_LIBRARIES,
            r"Cannot dlopen some GPU libraries|Could not load dynamic library 'lib(cu|nv)"
            r"|Unable to load (cuDNN|CUDA|cuBLAS|cuSPARSE)|lib(cudart|cublas|cudnn|cusparse|cufft|"
            r"cusolver|nccl|nvrtc)[\w.]*: cannot open|CUDA-enabled jaxlib is not installed"
            r"|Torch not compiled with CUDA enabled",
        ),
    )
)


def gpu_problem(text: str) -> GpuAdvice | None:
    """The first kind of trouble that a text tells of; None where it tells of none."""
    for problem, pattern in _PATTERNS:
        if pattern.search(text):
            return GpuAdvice(problem, _ADVICE[problem])
    return None
