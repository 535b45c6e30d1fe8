"""What the runs before this one in the suite leave: waited for where it is needed.

The runs of a suite may go on side by side. Each has its turn, and looks only at those before it,
in order, so that what it finds does not depend on who is faster. A run that has left nothing
and has ended (`ENDED`, which the suite writes) is passed over.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from kerashift_reference import (
    GIVEN,
    REFERENCE,
    Given,
    Reference,
    read_given,
    read_reference,
)

ENDED = "ended"
POLL_SECONDS = 0.05


class Earlier:
    """`spec["earlier"]` has the folders of the earlier runs; `is_original` is Keras 2's."""

    def __init__(self, spec: dict[str, Any], events: Any) -> None:
        self._runs = spec["earlier"]
        self._events = events
        self._given: list[Given | None] = []
        self._reference: list[Reference | None] = []

    def given(self) -> Given | None:
        """The batch of the first that has one; `None` where there is none."""
        if not self._given:
            found = self._first(GIVEN)
            self._given.append(read_given(str(found[0])) if found else None)
        return self._given[0]

    def reference(self) -> Reference | None:
        """The measured model of the first that has one; `None` where there is none."""
        if not self._reference:
            found = self._first(REFERENCE)
            self._reference.append(read_reference(str(found[0])) if found else None)
            if found and self._reference[0] is not None:
                self._reference[0].is_original = found[1]
        return self._reference[0]

    def _first(self, name: str) -> tuple[Path, bool] | None:
        """The file of the first run that leaves it, and whether that is the original."""
        for run in self._runs:
            folder = Path(run["folder"])
            if self._leaves(folder, name, run["name"]):
                return folder / name, run["is_original"]
        return None

    def _leaves(self, folder: Path, name: str, who: str) -> bool:
        """Wait until the file is there, or its run has ended without."""
        if _is_settled(folder, name):
            return (folder / name).exists()
        # Time that is spent waiting is not this run's own.
        self._events.emit("waits", backend=who)
        while not _is_settled(folder, name):
            time.sleep(POLL_SECONDS)
        self._events.emit("goes_on")
        return (folder / name).exists()


def _is_settled(folder: Path, name: str) -> bool:
    return (folder / name).exists() or (folder / ENDED).exists()
