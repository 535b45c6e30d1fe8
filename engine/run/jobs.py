"""Job objects of Windows: a child and all that it starts, ended and limited as one.

A process that has left its console group, as `DETACHED_PROCESS` does, is still in the job. The
system ends the job when its last handle is closed, so that nothing outlives the app either.
"""

from __future__ import annotations

import ctypes
from ctypes import wintypes
from typing import Any

KILL_ON_CLOSE = 0x2000
MEMORY_OF_JOB = 0x200
EXTENDED_LIMITS = 9
"""`JobObjectExtendedLimitInformation`."""


class _Basic(ctypes.Structure):
    _fields_ = (
        ("PerProcessUserTimeLimit", ctypes.c_int64),
        ("PerJobUserTimeLimit", ctypes.c_int64),
        ("LimitFlags", ctypes.c_uint32),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", ctypes.c_uint32),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", ctypes.c_uint32),
        ("SchedulingClass", ctypes.c_uint32),
    )


class Limits(ctypes.Structure):
    """`JOBOBJECT_EXTENDED_LIMIT_INFORMATION` of winnt.h."""

    _fields_ = (
        ("Basic", _Basic),
        ("IoInfo", ctypes.c_uint64 * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    )


class Job:
    """Holds one child, by its process handle, and what it starts from now on.

    Raises `OSError` where the system refuses, as inside a job that allows no other.
    """

    def __init__(
        self, process_handle: int, memory_bytes: int | None = None, kernel32: Any = None
    ) -> None:
        self._kernel32 = kernel32 or _kernel32()
        self._handle = self._kernel32.CreateJobObjectW(None, None)
        limits = Limits()
        limits.Basic.LimitFlags = KILL_ON_CLOSE
        if memory_bytes is not None:
            limits.Basic.LimitFlags |= MEMORY_OF_JOB
            limits.JobMemoryLimit = memory_bytes
        size = ctypes.sizeof(limits)
        if not (
            self._handle
            and self._kernel32.SetInformationJobObject(
                self._handle, EXTENDED_LIMITS, ctypes.byref(limits), size
            )
            and self._kernel32.AssignProcessToJobObject(self._handle, process_handle)
        ):
            self.close()
            raise OSError("the system refuses a job object")

    def terminate(self) -> None:
        """End all that is in it."""
        self._kernel32.TerminateJobObject(self._handle, 1)

    def close(self) -> None:
        """Give the handle back; what still runs is ended by the system."""
        if self._handle:
            self._kernel32.CloseHandle(self._handle)
            self._handle = None


def _kernel32() -> Any:
    library: Any = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined,unused-ignore]
    library.CreateJobObjectW.restype = wintypes.HANDLE
    library.CreateJobObjectW.argtypes = (ctypes.c_void_p, wintypes.LPCWSTR)
    library.SetInformationJobObject.argtypes = (
        *(wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, ctypes.c_uint32),
    )
    library.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
    library.TerminateJobObject.argtypes = (wintypes.HANDLE, wintypes.UINT)
    library.CloseHandle.argtypes = (wintypes.HANDLE,)
    return library
