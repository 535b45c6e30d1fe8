"""What a suite came to, in words and as JSON for the views. No Qt here."""

from __future__ import annotations

from typing import Any

from kerashift.engine.run.plan import RunResult
from kerashift.engine.run.suite import SuiteResult


def proven_words(result: SuiteResult) -> str:
    """How many backends are proven; what was not compared is not called proven."""
    said = f"{sum(run.passed for run in result.runs)} of {len(result.runs)} backends proven."
    unproven = sum(bool(run.unproven) for run in result.runs)
    return f"{said} {unproven} could not be compared with Keras 2." if unproven else said


def found_words(fixes: int) -> str:
    """What to do where so many fixes that are not accepted explain why it failed."""
    if not fixes:
        return ""
    if fixes == 1:
        return "A fix that is not accepted explains why: accept it and run again."
    return f"{fixes} fixes explain why: accept them and run again."


def whole(run: RunResult) -> dict[str, Any]:
    """The run as JSON, with what a window can show beyond it."""
    values = run.to_json()
    if run.error is not None:
        values["error"] |= {
            "migrated_line": run.error.migrated_line,
            "frames": run.error.own_frames(),
        }
    return values
