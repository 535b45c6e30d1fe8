"""The journal of an apply: a folder with `manifest.json` and the original bytes of each file."""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kerashift.engine.files import sync_folder, write_synced
from kerashift.engine.state import state_folder

_MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Change:
    """One file: the real file behind any links, what it holds and what it shall hold.

    None means that there is no such file.
    """

    path: str
    real: Path
    before: bytes | None
    after: bytes | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a journal: its original bytes, and the digest of what was written over them.

    `original` is None for a file that was not there before.
    """

    path: str
    real: Path
    original: bytes | None
    written: str


def journal_folder() -> Path:
    """Where journals are kept; `KERASHIFT_STATE_DIR` moves it."""
    return state_folder() / "journal"


def write_journal(root: Path, changes: Sequence[Change]) -> Path:
    """A new journal, complete on disk when this returns; raises `OSError`."""
    folder = journal_folder()
    folder.mkdir(parents=True, exist_ok=True)
    now = time.time_ns()
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(now // 10**9))
    journal = Path(tempfile.mkdtemp(prefix=f"{stamp}-{now % 10**9:09d}-", dir=folder))
    files = []
    for number, change in enumerate(changes, 1):
        place = {"path": change.path, "real": str(change.real)}
        written = {**place, "written": digest(change.after or b"")}
        if change.before is not None:
            written["original"] = f"{number:04d}.original"
            write_synced(journal / written["original"], change.before)
        files.append(written)
    manifest = {"version": 1, "root": str(root), "files": files}
    write_synced(journal / _MANIFEST, json.dumps(manifest, indent=1).encode())
    sync_folder(journal)
    return journal


def read_journal(journal: Path) -> tuple[Entry, ...]:
    """What a journal holds; raises `OSError` or `ValueError` where it cannot be used."""
    return tuple(
        Entry(
            _text(item, "path"),
            Path(_text(item, "real")),
            (journal / item["original"]).read_bytes() if "original" in item else None,
            _text(item, "written"),
        )
        for item in _manifest(journal).files
    )


def close_journal(journal: Path) -> None:
    """Mark a journal as taken back: it is kept, but is not the latest one any more."""
    (journal / _MANIFEST).replace(journal / "restored.json")


def latest_journal(root: Path) -> Path | None:
    """The newest journal of the project at `root` that was not taken back yet."""
    return next(_journals(root), None)


def originals(root: Path) -> dict[str, bytes]:
    """What the files that were written held before the first fix, by path.

    This is the Keras 2 original of a project whose fixes are applied. A file that holds an earlier
    state again (taken back by other means) is left out.
    """
    found: dict[str, bytes] = {}
    for journal in _journals(root):
        with suppress(OSError, ValueError):
            found |= {
                entry.path: entry.original
                for entry in read_journal(journal)
                if entry.original is not None
            }
    return {path: data for path, data in found.items() if not _holds(root, path, data)}


def _holds(root: Path, path: str, data: bytes) -> bool:
    try:
        return (root / path).read_bytes() == data
    except OSError:
        return False


def _journals(root: Path) -> Iterator[Path]:
    """Journals of a project that were not taken back, newest first."""
    folder = journal_folder()
    project = root.resolve()
    project = project.parent if project.is_file() else project
    if folder.is_dir():
        for journal in sorted(folder.iterdir(), reverse=True):
            with suppress(OSError, ValueError):
                if _manifest(journal).root == str(project):
                    yield journal


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class _Manifest:
    root: str
    files: list[dict[str, str]]


def _manifest(journal: Path) -> _Manifest:
    values = json.loads((journal / _MANIFEST).read_text(encoding="utf-8"))
    if not isinstance(values, dict) or not {"root", "files"} <= values.keys():
        raise ValueError("the manifest is incomplete")
    return _Manifest(values["root"], values["files"])


def _text(item: dict[str, str], key: str) -> str:
    if key not in item:
        raise ValueError(f"the manifest does not say {key}")
    return item[key]
