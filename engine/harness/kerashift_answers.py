"""The answers of a run: each check once, as an event, with the error that explains a failure."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kerashift_errors import describe, short_words


class Answers:
    """What became of the checks so far."""

    def __init__(self, events: Any, root: Path) -> None:
        self.events = events
        self.root = root
        self.status: dict[str, str] = {}

    def check(self, name: str, status: str, detail: str = "") -> None:
        """Answer a check; the first answer stays."""
        if name not in self.status:
            self.status[name] = status
            self.events.emit("check", name=name, status=status, detail=detail)

    def passed(self, name: str, detail: str = "") -> None:
        self.check(name, "passed", detail)

    def refine(self, name: str, detail: str) -> None:
        """Say more of a check that has passed."""
        if self.status.get(name) == "passed":
            self.events.emit("check", name=name, status="passed", detail=detail)

    def fail(self, name: str, error: BaseException) -> None:
        traceback.print_exception(type(error), error, error.__traceback__)
        self.check(name, "failed", f"{type(error).__name__}: {short_words(error)}")
        self.events.emit("error", check=name, **describe(error, self.root))

    def attempt(
        self, name: str, action: Callable[[], str | None], excuse: Callable[[], str] = str
    ) -> bool:
        """Do it: the text that it gives is the detail of a passed check, `None` answers nothing.

        An exception fails the check, or skips it where there is an excuse. Tells whether it went
        through.
        """
        try:
            detail = action()
        except (Exception, SystemExit) as error:
            reason = excuse()
            if reason:
                self.check(name, "skipped", f"{reason} Here: {short_words(error)}")
            else:
                self.fail(name, error)
            return False
        if detail is not None:
            self.passed(name, detail)
        return True

    def stage(self, name: str) -> None:
        """Say what is being looked at."""
        self.events.emit("stage", name=name)

    def note(self, text: str) -> None:
        self.events.emit("note", text=text)

    def data(self, data: str, detail: str = "") -> None:
        """Say what data the run used: `real` or `synthetic`."""
        self.events.emit("data", data=data, detail=detail)
