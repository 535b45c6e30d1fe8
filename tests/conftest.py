"""What holds for every test: no window on the screen, quiet backends, no thread left behind."""
from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

# Before Qt or a backend is imported: both read their environment once.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
_SCRATCH = tempfile.TemporaryDirectory(prefix="kerashift-tests-")
os.environ["KERAS_HOME"] = f"{_SCRATCH.name}/keras"
os.environ["XDG_RUNTIME_DIR"] = _SCRATCH.name

THREAD_PATIENCE = 5.0
"""Seconds that a test's threads may take to end after it."""


@pytest.fixture(autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings and working copies of one test are never seen by another, nor by the user."""
    monkeypatch.setenv("KERASHIFT_STATE_DIR", str(tmp_path_factory.mktemp("state")))


@pytest.fixture(autouse=True)
def _no_leaked_threads() -> Iterator[None]:
    """Fail a test that leaves a thread behind that would keep the app alive, or one of our own."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + THREAD_PATIENCE
    while (leaked := _leaked(before)) and time.monotonic() < deadline:
        time.sleep(0.02)
    if leaked:
        pytest.fail(f"threads left running: {', '.join(thread.name for thread in leaked)}")


def _leaked(before: set[threading.Thread]) -> list[threading.Thread]:
    new = set(threading.enumerate()) - before
    return [t for t in new if not t.daemon or t.name.startswith("kerashift-")]


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder of the repository."""
    return Path(__file__).resolve().parent.parent
