"""Runs one entry of a project and tells what happens, as JSON lines on its standard output.

    python kerashift_harness.py SPEC.json

The specification says what to run and with which backend; the environment that it asks for is set
before anything of the project, of Keras or of a backend is imported. What the project prints goes
to standard error. The end of standard input means that whoever started this is gone.
"""

from __future__ import annotations

import json
import os
import sys

from kerashift_guard import guard
from kerashift_protocol import Events, take_over_output
from kerashift_watchdog import adopt_orphans, end_children, watch_parent

CONVERTING = ("read", "write", "verify")
"""Roles of a child that converts saved models; the others run an entry."""


def main() -> int:
    with open(sys.argv[1], encoding="utf-8") as file:  # noqa: PTH123 (before anything else)
        spec = json.load(file)
    events = Events(take_over_output())
    # Before any other thread: the kernel's part holds for this one and what it starts.
    guard(spec["guarded"], spec["root"], spec["has_links"])
    watch_parent()
    adopt_orphans()
    os.environ.update(spec["environment"])
    os.chdir(spec["root"])
    events.emit("started", pid=os.getpid())

    # Only now: it imports NumPy, and with it whatever reads the environment once.
    if spec["role"] in CONVERTING:
        from kerashift_convert import Conversion as Work
    else:
        from kerashift_run import Run as Work

    try:
        Work(spec, events).execute()
    except KeyboardInterrupt:
        events.emit("stopped")
        return 130
    events.emit("finished")
    return 0


def leave(code: int) -> None:
    """End at once: threads and exit handlers of a project may never come to an end."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        end_children()
        os._exit(code)


if __name__ == "__main__":
    leave(main())
