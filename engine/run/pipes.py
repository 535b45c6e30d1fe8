"""Read a child's pipes to the end, on threads that also end when told to."""

from __future__ import annotations

import codecs
import json
import os
import select
import threading
import time
from collections.abc import Callable, Mapping
from typing import IO, Any

CHUNK = 65_536
POLL_SECONDS = 0.1
MAX_LINE = 1_000_000
PIPE_BYTES = 1 << 20
"""As much as a pipe holds: more comes from somebody who goes on writing after the end."""
PACE_BYTES = 4_000_000
PACE_SECONDS = 0.1
"""No more than so much in so long: a flood must not take the interpreter from the window."""
MAX_EVENTS = 100_000
"""What is believed to be events; a program that has found the pipe may write without end."""
EVENT_START = b'{"event": "'
MAX_LOG_CHARACTERS = 20_000_000
"""What is passed on of a run's log; the rest is only counted."""


class PipeReader:
    """Feeds what comes from a pipe to `take`, which is called on a thread of its own."""

    def __init__(self, pipe: IO[bytes], take: Callable[[bytes], None], name: str) -> None:
        self._pipe = pipe
        self._take = take
        self._enough = threading.Event()
        name = f"kerashift-run-{name}"
        self._thread = threading.Thread(target=self._read, name=name, daemon=True)
        self._thread.start()

    def finish(self, seconds: float) -> None:
        """Wait for the end of the pipe, but no longer: an escaped process may hold it open."""
        self._thread.join(seconds)
        self._enough.set()
        if os.name != "nt":
            self._thread.join()
            self._pipe.close()

    def _read(self) -> None:
        descriptor = self._pipe.fileno()
        since, taken, left = time.monotonic(), 0, PIPE_BYTES
        while left > 0:
            # What was written before the end is read, however long the last event took to handle.
            is_over = self._enough.is_set()
            if os.name != "nt":
                wait = 0.0 if is_over else POLL_SECONDS
                if not select.select([descriptor], [], [], wait)[0]:
                    if is_over:
                        return
                    continue
            elif is_over:
                return
            data = os.read(descriptor, CHUNK)
            if not data:
                return
            self._take(data)
            taken += len(data)
            left -= len(data) if is_over else 0
            if taken >= PACE_BYTES:
                time.sleep(max(0.0, since + PACE_SECONDS - time.monotonic()))
                since, taken = time.monotonic(), 0


class LogText:
    """Bytes of a log as text: any bytes will do, and no more than a set amount of them."""

    def __init__(self, pass_on: Callable[[str], None]) -> None:
        self._pass_on = pass_on
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._left = MAX_LOG_CHARACTERS
        self._lock = threading.Lock()

    def take(self, data: bytes) -> None:
        with self._lock:
            if self._left <= 0:
                return
            text = self._decoder.decode(data).replace("\0", "�")
            if not text:
                return
            if len(text) > self._left:
                text = text[: self._left] + "\n… the log is too long; the rest is left out\n"
            self._left -= len(text)
        self._pass_on(text)


class EventLines:
    """Cuts a pipe into lines: JSON objects with an `event` are events, all else is log."""

    def __init__(
        self, on_event: Callable[[Mapping[str, Any]], None], on_other: Callable[[bytes], None]
    ) -> None:
        self._on_event = on_event
        self._on_other = on_other
        self._rest = b""
        self._events_left = MAX_EVENTS

    def take(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._line(line)
        if len(self._rest) > MAX_LINE:
            self._on_other(self._rest)
            self._rest = b""

    def _line(self, line: bytes) -> None:
        if not line.startswith(EVENT_START) or self._events_left <= 0:
            self._on_other(line + b"\n")
            return
        self._events_left -= 1
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        if not (isinstance(value, dict) and isinstance(value.get("event"), str)):
            self._on_other(line + b"\n")
            return
        try:
            self._on_event(value)
        except (KeyError, TypeError, ValueError, AttributeError):
            # A project has written to the pipe: this is no event of the harness.
            self._on_other(line + b"\n")
