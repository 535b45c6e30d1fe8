"""Scan a project: discover its files, analyse them as a whole, run the rules. Runs nothing of it."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from kerashift.engine.model import FileError, Issue
from kerashift.engine.unit import Unit

Progress = Callable[[int, int, str], None]
"""Called with files done, files in all, and the path at hand."""


class ScanCancelled(Exception):
    """The scan was stopped by `cancelled`; there is no result."""


@dataclass(frozen=True)
class Scan:
    """What was found. `units` are the analysed files, `issues` are sorted by path and place."""

    root: Path
    units: Mapping[str, Unit]
    issues: tuple[Issue, ...]
    errors: tuple[FileError, ...]
    seconds: float
    lines: int

    def file(self, path: str) -> Unit:
        """The unit at a path relative to the project."""
        return self.units[path]


def scan_project(
    root: Path,
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Scan:
    """Analyse the folder (or one file) at `root`.

    Raises `FileNotFoundError` where there is nothing, and `ScanCancelled`.
    """
    raise NotImplementedError
