"""What this machine has to spare for runs."""

from __future__ import annotations

import os
from collections.abc import Mapping

import psutil

from kerashift.engine.environments.gpu_usage import GpuMonitor, GpuUsage
from kerashift.engine.run.family import reserve

CHOSEN_GPUS = "CUDA_VISIBLE_DEVICES"


class Machine:
    """Asked anew each time: others use it too."""

    def cores(self) -> int:
        """The processor's cores that this process may use."""
        if hasattr(os, "sched_getaffinity"):
            return len(os.sched_getaffinity(0))
        return os.cpu_count() or 1

    def free_memory(self) -> int:
        """Bytes that can be had, but a reserve."""
        memory = psutil.virtual_memory()
        return int(memory.available) - reserve(int(memory.total))

    def is_short(self) -> bool:
        """Whether memory is about to run out."""
        memory = psutil.virtual_memory()
        return int(memory.available) < reserve(int(memory.total)) // 2

    def gpus(self) -> tuple[GpuUsage, ...]:
        """The GPUs of which the system tells how full they are."""
        monitor = GpuMonitor()
        try:
            return monitor.read()
        finally:
            monitor.close()


def has_chosen_gpus(environment: Mapping[str, str]) -> bool:
    """Whether the person has said which GPUs may be seen."""
    return CHOSEN_GPUS in environment or CHOSEN_GPUS in os.environ


def only_gpu(index: int) -> dict[str, str]:
    """Environment variables that let a child see that one alone."""
    return {CHOSEN_GPUS: str(index), "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
