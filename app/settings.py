"""Where the app keeps what it remembers; `KERASHIFT_STATE_DIR` moves all of it."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from kerashift.ui.preferences import Preferences


def state_dir() -> Path:
    """The folder of settings and working copies; made if it is not there."""
    chosen = os.environ.get("KERASHIFT_STATE_DIR")
    folder = Path(chosen) if chosen else platformdirs.user_state_path("kerashift", appauthor=False)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def open_preferences() -> Preferences:
    return Preferences(state_dir() / "settings.ini")
