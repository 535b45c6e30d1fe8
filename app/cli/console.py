"""A run as it goes, on standard error: standard output is for the report."""

from __future__ import annotations

import sys
import threading
from collections.abc import Collection, Mapping
from typing import Any

MAX_LINE = 4_000
"""Characters of a line that is shown although it has no end yet: a progress bar may have none."""


class Console:
    """Callbacks of a suite. Where several runs speak, each line says whose it is."""

    def __init__(self, *, live: bool, names: Collection[str]) -> None:
        self._live = live
        self._lock = threading.Lock()
        self._cancelled = threading.Event()
        self._width = max(map(len, names)) if len(names) > 1 else 0
        self._partial: dict[str, str] = {}

    def on_log(self, backend: str, text: str) -> None:
        if not self._live:
            return
        with self._lock:
            if not self._width:
                self._partial[backend] = text.rpartition("\n")[2]
                self._write(text)
                return
            *lines, rest = (self._partial.get(backend, "") + text).split("\n")
            if len(rest) > MAX_LINE:
                lines, rest = [*lines, rest], ""
            self._partial[backend] = rest
            self._write("".join(self._marked(backend, line) for line in lines))

    def on_event(self, backend: str, event: Mapping[str, Any]) -> None:
        if not self._live:
            return
        said = ""
        if event.get("event") == "check":
            said = f"{event['name']} {event['status']} {event.get('detail') or ''}"
        elif event.get("event") == "again":
            said = str(event["reason"])
        if said:
            with self._lock:
                self._end_line(backend)
                self._write(f"== {backend}: {said}".rstrip() + "\n")

    def cancel(self) -> None:
        self._cancelled.set()

    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def end_lines(self) -> None:
        """Show what never came to the end of its line."""
        with self._lock:
            for backend in list(self._partial):
                self._end_line(backend)

    def _end_line(self, backend: str) -> None:
        rest = self._partial.pop(backend, "")
        if rest:
            self._write(self._marked(backend, rest) if self._width else "\n")

    def _marked(self, backend: str, line: str) -> str:
        """What a terminal would show of a line that was written over and over."""
        shown = next((part for part in reversed(line.split("\r")) if part), "")
        return f"{backend:{self._width}} | {shown}\n"

    @staticmethod
    def _write(text: str) -> None:
        if text:
            sys.stderr.write(text)
            sys.stderr.flush()
