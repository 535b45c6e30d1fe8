"""Where the app keeps what it remembers; `KERASHIFT_STATE_DIR` moves all of it."""

from __future__ import annotations

from pathlib import Path

from kerashift.engine.state import state_folder
from kerashift.ui.preferences import Preferences


def state_dir() -> Path:
    """The folder of settings and working copies; made if it is not there."""
    folder = state_folder()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def open_preferences() -> Preferences:
    return Preferences(state_dir() / "settings.ini")
