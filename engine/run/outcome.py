"""How a child process ended, in words."""

from __future__ import annotations

import signal
from dataclasses import dataclass

KILLED = 9


@dataclass(frozen=True, slots=True)
class Outcome:
    """`code` is the exit status, negative for a signal, as `subprocess` gives it."""

    code: int
    stopped: bool = False
    """We ended it because somebody asked."""
    timed_out: bool = False
    """We ended it because its time was up."""
    exceeded_mib: int | None = None
    """We ended it because it held more memory than this."""

    @property
    def ended_by_itself(self) -> bool:
        return not (self.stopped or self.timed_out or self.exceeded_mib)

    def words(self) -> str:
        if self.stopped:
            return "was stopped"
        if self.timed_out:
            return "did not finish in time"
        if self.exceeded_mib is not None:
            return f"was ended: it held more than {self.exceeded_mib:,} MiB of memory"
        if self.code >= 0:
            return f"ended with status {self.code}"
        if self.code == -KILLED:
            return "was killed by the system, most likely because memory ran out"
        try:
            name = signal.Signals(-self.code).name
        except ValueError:
            name = f"signal {-self.code}"
        return f"crashed with {name}"
