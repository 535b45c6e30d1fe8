"""The folders of what Kerashift remembers; `KERASHIFT_STATE_DIR` moves all of them into one."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

STATE_VARIABLE = "KERASHIFT_STATE_DIR"


def state_folder() -> Path:
    """Journals, settings, kept runs: small, and not to be lost."""
    return _chosen() or platformdirs.user_state_path("kerashift", appauthor=False)


def data_folder() -> Path:
    """What is large and can be made again, as environments are."""
    return _chosen() or platformdirs.user_data_path("kerashift", appauthor=False)


def _chosen() -> Path | None:
    chosen = os.environ.get(STATE_VARIABLE)
    return Path(chosen) if chosen else None
