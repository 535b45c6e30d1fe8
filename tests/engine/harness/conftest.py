"""The harness is plain Python beside the package: its modules are found by their folder."""
from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from kerashift.engine.run.runner import HARNESS

MODULES = tuple(path.stem for path in sorted(HARNESS.glob("*.py")))


@pytest.fixture
def harness(monkeypatch: pytest.MonkeyPatch) -> Iterator[Harness]:
    """Imports modules of the harness by name; they are forgotten after the test."""
    monkeypatch.syspath_prepend(str(HARNESS))
    yield Harness()
    for name in MODULES:
        sys.modules.pop(name, None)


class Harness:
    def __getattr__(self, name: str) -> ModuleType:
        return __import__(f"kerashift_{name}")
