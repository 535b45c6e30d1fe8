"""What the installed Keras 2 and Keras 3 have, and how they differ: the probe's expectations.

Nothing here reads the engine's tables: a difference that they do not know must be seen.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGING = Path(__file__).resolve().parents[3] / "packaging"
STUB = "LegacyOptimizerWarning"
"""What stands at `keras.optimizers.legacy.X` in Keras 3, and raises when it is called."""


def _load(name: str) -> ModuleType:
    """A script of packaging/, which is no package."""
    spec = importlib.util.spec_from_file_location(name, PACKAGING / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


compare: Any = _load("api_compare")


def surface(package: str) -> dict[str, Any]:
    """The public surface of a package, from a process of its own."""
    command = [sys.executable, str(PACKAGING / "api_surface.py"), package]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, timeout=300
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@dataclass(frozen=True)
class Libraries:
    """Both surfaces."""

    old: dict[str, Any]
    new: dict[str, Any]

    def stays(self, path: str) -> str | None:
        """The path itself where Keras 3 has something usable there."""
        key = self.new["symbols"].get(path)
        return None if key is None or key.endswith(STUB) else path

    @cached_property
    def paths(self) -> list[str]:
        """Every public class and function of Keras 2."""
        return sorted(self.old["symbols"])

    @cached_property
    def kept(self) -> list[str]:
        """One path for each class and function that has its path still, and its kind."""
        seen: set[str] = set()
        found = []
        for path in self.paths:
            key = self.old["symbols"][path]
            if key in seen or self.stays(path) is None:
                continue
            seen.add(key)
            found.append(path)
        return found

    def takes(self, path: str) -> list[list[Any]]:
        """Parameters of a Keras 2 callable."""
        found: list[list[Any]] = self.old["objects"][self.old["symbols"][path]]["takes"]
        return found

    def is_class(self, path: str) -> bool:
        return bool(self.old["objects"][self.old["symbols"][path]]["kind"] == "class")

    def members(self, path: str) -> dict[str, Any]:
        """Public members of a Keras 2 class."""
        found: dict[str, Any] = self.old["objects"][self.old["symbols"][path]]["members"]
        return found

    @cached_property
    def changes(self) -> dict[tuple[str, str], Any]:
        """Changes by path and method ("" for the callable itself), by signatures alone."""

        def renamed(path: str, method: str, name: str) -> tuple[str, ...]:
            found: tuple[str, ...] = compare.SAME_MEANING.get((method, name), ())
            return found

        found = compare.compared(self.old, self.new, self.stays, renamed)
        return {(path, change.method): change for change in found for path in change.of}

    @cached_property
    def lost(self) -> dict[str, set[str]]:
        """Members that are gone, by path of the class."""
        found: dict[str, set[str]] = compare.gone_members(self.old, self.new, self.stays)
        return found
