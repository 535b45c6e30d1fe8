"""Events of a run as JSON lines on a pipe that the project's own prints cannot reach."""

from __future__ import annotations

import json
import math
import os
import threading
from typing import Any


def take_over_output() -> int:
    """Keep the real standard output for events; what is printed from now on goes to the log."""
    events = os.dup(1)
    os.dup2(2, 1)
    return events


def plain(value: Any) -> Any:
    """The value as JSON can hold it: NumPy scalars as numbers, NaN and infinities as null."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, str)):
        return value
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)
    return number if math.isfinite(number) else None


class Events:
    """Writes events; safe to use from any thread."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()

    def emit(self, event: str, **fields: Any) -> None:
        line = json.dumps(plain({"event": event, **fields}), ensure_ascii=True) + "\n"
        data = line.encode("ascii")
        with self._lock:
            while data:
                data = data[os.write(self._descriptor, data) :]
