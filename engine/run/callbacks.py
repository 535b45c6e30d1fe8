"""What whoever starts a suite hears of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class SuiteCallbacks(Protocol):
    """What a suite tells while it goes on; called on threads of its own, on several at once."""

    def on_log(self, backend: str, text: str) -> None:
        """Text that the run printed; `backend` may be `baseline`."""

    def on_event(self, backend: str, event: Mapping[str, Any]) -> None:
        """One event: `{"event": "check" | "loss" | "stage" | "data" | "note" | …}`.

        `ended` comes with a run's verdict, unless it was stopped; `again` says that it begins anew.
        """

    def cancelled(self) -> bool:
        """Asked often; true stops the running children and ends the suite."""
