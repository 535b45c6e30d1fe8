"""Memory and load of the machine's NVIDIA GPUs, by NVML; nothing where there is no driver."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

MIB = 2**20


@dataclass(frozen=True, slots=True)
class GpuUsage:
    """One GPU now. Memory in MiB; `load` in percent, None where the GPU does not tell."""

    index: int
    name: str
    used_mib: int
    total_mib: int
    load: int | None = None


class GpuMonitor:
    """Asks NVML; opened once, cheap to read, always to be closed."""

    def __init__(self) -> None:
        self._nvml: Any = None
        with suppress(Exception):  # no library, no driver, no permission: there is nothing to show
            import pynvml

            pynvml.nvmlInit()
            self._nvml = pynvml

    def read(self) -> tuple[GpuUsage, ...]:
        """The GPUs in the driver's order."""
        if self._nvml is None:
            return ()
        found = []
        with suppress(self._nvml.NVMLError):
            for index in range(self._nvml.nvmlDeviceGetCount()):
                found.append(self._usage(index))
        return tuple(found)

    def _usage(self, index: int) -> GpuUsage:
        nvml = self._nvml
        handle = nvml.nvmlDeviceGetHandleByIndex(index)
        memory = nvml.nvmlDeviceGetMemoryInfo(handle)
        name = nvml.nvmlDeviceGetName(handle)
        load = None
        with suppress(nvml.NVMLError):
            load = int(nvml.nvmlDeviceGetUtilizationRates(handle).gpu)
        text = name.decode() if isinstance(name, bytes) else str(name)
        return GpuUsage(index, text, memory.used // MIB, memory.total // MIB, load)

    def close(self) -> None:
        if self._nvml is not None:
            with suppress(self._nvml.NVMLError):
                self._nvml.nvmlShutdown()
            self._nvml = None
