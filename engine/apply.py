"""Write the accepted fixes: a journal first, then each file at once, so that nothing is lost."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class ApplyError(Exception):
    """Nothing was written; the message says why (a file changed on disk, no permission …)."""


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """Files written, and the journal that can take it back."""

    written: tuple[str, ...]
    journal: Path


def apply_texts(
    root: Path, outputs: Mapping[str, bytes], originals: Mapping[str, bytes]
) -> ApplyResult:
    """Write `outputs` (by path relative to `root`) all or none; raises `ApplyError`.

    A file whose bytes on disk differ from `originals` was changed since the scan: then nothing
    is written.
    """
    raise NotImplementedError


def restore(journal: Path) -> tuple[str, ...]:
    """Put back the files of a journal; gives their paths. Raises `ApplyError`."""
    raise NotImplementedError
