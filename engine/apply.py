"""Write the accepted fixes: a journal first, then each file at once, so that nothing is lost."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kerashift.engine.files import is_writable, reason, replace_file
from kerashift.engine.journal import (
    Change,
    close_journal,
    digest,
    latest_journal,
    read_journal,
    write_journal,
)

__all__ = ["ApplyError", "ApplyResult", "apply_texts", "latest_journal", "restore"]


class ApplyError(Exception):
    """Nothing was written; the message says why (a file changed on disk, no permission …)."""


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """Files written, and the journal that can take it back."""

    written: tuple[str, ...]
    journal: Path


def apply_texts(
    root: Path, outputs: Mapping[str, bytes], originals: Mapping[str, bytes | None]
) -> ApplyResult:
    """Write `outputs` (by path relative to `root`) all or none; raises `ApplyError`.

    A file whose bytes on disk differ from `originals` was changed since the scan: then nothing
    is written. None stands for a file that does not exist yet.
    """
    root = root.resolve()
    changes = _changes(root, outputs, originals)
    for change in changes:
        _check(change)
    try:
        journal = write_journal(root, changes)
    except OSError as error:
        raise ApplyError(f"no journal could be kept ({error}); nothing was written") from error
    left = _write_all(changes, journal)
    if left is not None:
        shutil.rmtree(journal, ignore_errors=True)
        raise left
    return ApplyResult(tuple(outputs), journal)


def restore(journal: Path) -> tuple[str, ...]:
    """Put back the files of a journal; gives their paths. Raises `ApplyError`.

    Files that the apply added are removed. A file that was changed after the apply is not
    overwritten: then nothing is put back.
    """
    changes = []
    try:
        for entry in read_journal(journal):
            now = _content(entry.real)
            if now != entry.original and digest(now or b"") != entry.written:
                message = f"{entry.path}: changed since it was written; nothing was put back"
                raise ApplyError(message)
            changes.append(Change(entry.path, entry.real, now, entry.original))
    except (OSError, ValueError) as error:
        raise ApplyError(f"the journal {journal} cannot be used: {error}") from error
    failed = _write_all(changes, journal)
    if failed is not None:
        raise failed
    close_journal(journal)
    return tuple(change.path for change in changes)


def _changes(
    root: Path, outputs: Mapping[str, bytes], originals: Mapping[str, bytes | None]
) -> list[Change]:
    """One change a real file: two paths may be links to one, if both want the same of it."""
    changes: dict[Path, Change] = {}
    for path, data in sorted(outputs.items()):
        before = originals[path]
        change = Change(path, _real_file(root, path, before is None), before, data)
        other = changes.setdefault(change.real, change)
        if other.after != data:
            names = f"{other.path} and {path}"
            raise ApplyError(f"{names} are one file with different fixes; nothing was written")
    return list(changes.values())


def _real_file(root: Path, path: str, is_new: bool) -> Path:
    """The file that a path means. Links are followed: the file is replaced, not the link."""
    if Path(path).is_absolute() or ".." in Path(path).parts:
        raise ApplyError(f"{path}: leads out of the project; nothing was written")
    try:
        if is_new:
            return (root / path).parent.resolve(strict=True) / Path(path).name
        return (root / path).resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise ApplyError(f"{path}: {reason(error)}; nothing was written") from error


def _check(change: Change) -> None:
    problem = ""
    try:
        if _content(change.real) != change.before:
            problem = "changed on disk since it was read; scan again"
        elif change.before is not None and not is_writable(change.real):
            problem = "the file is read-only"
        elif not os.access(change.real.parent, os.W_OK):
            problem = "its folder is read-only"
    except OSError as error:
        problem = reason(error)
    if problem:
        raise ApplyError(f"{change.path}: {problem}; nothing was written")


def _content(path: Path) -> bytes | None:
    """The bytes of a file; None where there is none. Raises `OSError`."""
    return path.read_bytes() if os.path.lexists(path) else None


def _put(path: Path, data: bytes | None) -> None:
    if data is None:
        path.unlink(missing_ok=True)
    else:
        replace_file(path, data)


def _write_all(changes: Iterable[Change], journal: Path) -> ApplyError | None:
    """Replace every file, or put back those replaced before one that fails: then says why.

    Raises `ApplyError` where even that failed: the journal is needed.
    """
    done: list[Change] = []
    for change in changes:
        try:
            _put(change.real, change.after)
        except OSError as error:
            _roll_back(done, journal)
            return ApplyError(f"{change.path}: {reason(error)}; nothing was written")
        except BaseException:
            _roll_back(done, journal)
            raise
        done.append(change)
    return None


def _roll_back(done: Sequence[Change], journal: Path) -> None:
    left = []
    for change in reversed(done):
        try:
            _put(change.real, change.before)
        except OSError as error:
            left.append(f"{change.path} ({reason(error)})")
    if left:
        files = ", ".join(left)
        raise ApplyError(f"not all files could be put back: {files}. Their originals: {journal}")
