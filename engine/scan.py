"""Scan a project: discover its files, analyse them as a whole, run the rules.

Nothing of the project is run.
"""

from __future__ import annotations

import ast
import re
import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from kerashift.engine.analyse import Analyser, syntax_error
from kerashift.engine.analysis.index import ProjectIndex
from kerashift.engine.analysis.keras2 import keras2_paths, pinned_paths
from kerashift.engine.journal import originals
from kerashift.engine.model import FileError, Issue
from kerashift.engine.notebook import notebook_unit
from kerashift.engine.project import discover
from kerashift.engine.requirements import is_requirements, requirements_unit
from kerashift.engine.saved import SavedPaths
from kerashift.engine.source import SourceError
from kerashift.engine.tables.packages import blockers
from kerashift.engine.tables.versions import KerasVersion, newest
from kerashift.engine.unit import Unit, python_unit

Progress = Callable[[int, int, str], None]
"""Called with files done, files in all, and the path at hand."""

_BLOCKED = re.compile(
    r"^[ \t]*(?:from|import)[ \t]+(?:"
    + "|".join(sorted(re.escape(name) for row in blockers() for name in row.imports))
    + r")\b",
    re.MULTILINE,
)
"""Imports of packages that bring Keras 2 along without saying its name."""


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
    exports: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Names that other modules of the project take from a file, by path."""
    keras: KerasVersion = field(default_factory=newest)
    """The version of Keras 3 that the project moves to."""
    saved: SavedPaths | None = None
    """The saved models that lie in the project."""
    keras2: frozenset[str] = frozenset()
    """Files that are, or were before a fix, Keras 2 for sure."""

    def file(self, path: str) -> Unit:
        """The unit at a path relative to the project."""
        return self.units[path]

    def originals(self, paths: Iterable[str]) -> dict[str, bytes | None]:
        """The bytes of files as they were read, by path; None for those that were not there."""
        return {path: self.units[path].data if path in self.units else None for path in paths}

    def kept_names(self, path: str) -> frozenset[str]:
        """Names whose imports stay in the file: other modules import them from it."""
        return self.exports.get(path, frozenset())


def scan_project(
    root: Path,
    *,
    keras: KerasVersion | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Scan:
    """Analyse the folder (or one file) at `root`, for a version of Keras 3 (default: the newest).

    Files that were fixed before are Keras 2 as far as their originals were, which the journals
    hold. Raises `FileNotFoundError` where there is nothing, and `ScanCancelled`.
    """
    began = time.perf_counter()
    found = discover(root)
    units: dict[str, Unit] = {}
    errors = list(found.errors)
    for path in found.files:
        _check(cancelled)
        try:
            units[path] = read_unit(path, (found.root / path).read_bytes())
        except (OSError, SourceError) as error:
            errors.append(FileError(path, str(error)))
    saved = SavedPaths(found.root, found.saved)
    former = _former(tuple(originals(found.root).items()))
    analysis = analyse_units(units, progress, cancelled, keras, saved, former)
    errors += analysis.errors
    return Scan(
        root=found.root,
        units=units,
        issues=analysis.issues,
        errors=tuple(sorted(errors, key=lambda e: e.path)),
        seconds=time.perf_counter() - began,
        lines=sum(len(unit.line_starts) for unit in units.values()),
        exports=analysis.exports,
        keras=keras or newest(),
        saved=saved,
        keras2=analysis.keras2,
    )


@lru_cache(maxsize=1)
def _former(files: tuple[tuple[str, bytes], ...]) -> frozenset[str]:
    """Which of the originals, from before the first fix, were Keras 2 for sure.

    They stay the same from one scan of a project to the next, and take as long to read as it.
    """
    index = ProjectIndex()
    for path, data in files:
        with suppress(SourceError, SyntaxError, ValueError, RecursionError, MemoryError):
            unit = read_unit(path, data)
            index.add(unit, parse(unit), frozenset())
    index.keras2 = pinned_paths(index)
    return keras2_paths(index)


@dataclass(frozen=True, slots=True)
class Analysis:
    """Issues of some units as one project."""

    issues: tuple[Issue, ...]
    errors: tuple[FileError, ...]
    exports: Mapping[str, frozenset[str]]
    keras2: frozenset[str] = frozenset()
    """Files that are, or were before a fix, Keras 2 for sure."""


def read_unit(path: str, data: bytes) -> Unit:
    """The unit of a file by its name; raises `SourceError`."""
    if is_requirements(path):
        return requirements_unit(path, data)
    return notebook_unit(path, data) if path.endswith(".ipynb") else python_unit(path, data)


def analyse_units(
    units: Mapping[str, Unit],
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    keras: KerasVersion | None = None,
    saved: SavedPaths | None = None,
    keras2: frozenset[str] = frozenset(),
) -> Analysis:
    """Analyse units as one project. Files that do not parse are left out and reported.

    `keras2` are files that were Keras 2 for sure before they were fixed.
    """
    index = ProjectIndex(saved=saved, keras2=keras2)
    errors: list[FileError] = []
    packages = frozenset(path.rpartition("/")[0] for path in units if path.endswith("__init__.py"))
    for number, (path, unit) in enumerate(units.items()):
        _check(cancelled)
        if progress is not None:
            progress(number, 2 * len(units), path)
        try:
            index.add(unit, parse(unit), packages)
        except SyntaxError as error:
            errors.append(syntax_error(unit, error))
        except (ValueError, RecursionError, MemoryError) as error:
            errors.append(FileError(path, f"cannot be parsed: {error}"))
    index.keras2 |= pinned_paths(index)
    analyser = Analyser(index, keras)
    issues: list[Issue] = []
    for number, (path, module) in enumerate(index.by_path.items()):
        _check(cancelled)
        if progress is not None:
            progress(len(units) + number, 2 * len(units), path)
        if mentions_keras(module.unit) or is_requirements(path):
            issues.extend(analyser.issues(module))
    ordered = tuple(sorted(issues, key=lambda i: (i.path, i.span.start, i.code)))
    return Analysis(ordered, tuple(errors), index.exports(), keras2_paths(index))


def parse(unit: Unit) -> ast.Module:
    """The unit's tree. Warnings of the parser (odd escapes) are the user's own business."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(unit.code)


def mentions_keras(unit: Unit) -> bool:
    """The cheap filter: files that never say one of these words have no Keras in them."""
    text = unit.text
    words = ("keras", "tensorflow", "backend", "tf", "KERAS")
    return any(word in text for word in words) or _BLOCKED.search(text) is not None


def _check(cancelled: Callable[[], bool] | None) -> None:
    if cancelled is not None and cancelled():
        raise ScanCancelled
