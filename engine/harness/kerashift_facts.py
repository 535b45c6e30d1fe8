"""What a run says of its machine."""

from __future__ import annotations

import sys


def peak_memory_mib() -> float | None:
    """The most memory that this process has held, where the system tells."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def usual_seconds(seconds: list[float]) -> float | None:
    """The median of the steps after the first, which also compiles."""
    later = sorted(seconds[1:]) or sorted(seconds)
    return later[len(later) // 2] if later else None
