"""Every run is kept: its plan, its numbers and its log, in the state folder, by project.

A record is a folder with `run.json` and `log.txt`. The newest `MAX_RECORDS` of a project stay.
"""
from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kerashift.engine.run.callbacks import SuiteCallbacks
from kerashift.engine.run.plan import RunPlan
from kerashift.engine.run.suite import SuiteResult, run_suite
from kerashift.engine.state import state_folder

MAX_RECORDS = 100
MAX_LOG_BYTES = 5_000_000
_JSON, _LOG = "run.json", "log.txt"


@dataclass(frozen=True)
class Record:
    """A kept run; `plan` and `result` are as in their JSON, `started` is a Unix time in seconds."""

    folder: Path
    root: str
    started: float
    plan: Mapping[str, Any]
    backends: tuple[str, ...]
    baseline: bool
    changed_files: int
    result: Mapping[str, Any]

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def runs(self) -> Sequence[Mapping[str, Any]]:
        runs = self.result.get("runs")
        return runs if isinstance(runs, list) else []

    def log(self) -> str:
        """What the runs printed; empty where it is lost."""
        try:
            return (self.folder / _LOG).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""


def run_and_keep(
    root: Path,
    outputs: Mapping[str, bytes],
    plan: RunPlan,
    backends: Sequence[str],
    baseline: bool,
    callbacks: SuiteCallbacks,
) -> SuiteResult:
    """`run_suite`, with a record of it. A record that cannot be written is said in the log."""
    started = time.time()
    keeper = _Keeper(callbacks)
    result = run_suite(root, outputs, plan, backends, baseline, keeper)
    values = {
        "version": 1,
        "root": str(root.resolve()),
        "started": started,
        "plan": plan.to_json(),
        "backends": list(backends),
        "baseline": baseline,
        "changed_files": len(outputs),
        "result": result.to_json(),
    }
    try:
        _write(root, started, values, keeper.text())
    except OSError as error:
        callbacks.on_log("kerashift", f"this run is not kept: {error}\n")
    return result


def records(root: Path) -> tuple[Record, ...]:
    """The kept runs of a project, the newest first; those that cannot be read are left out."""
    found = []
    with suppress(OSError):
        for folder in sorted(_folder(root).iterdir(), reverse=True):
            with suppress(OSError, ValueError, KeyError, TypeError):
                found.append(_read(folder))
    return tuple(found)


def forget(record: Record) -> None:
    """Delete a record; raises `OSError`."""
    shutil.rmtree(record.folder)


class _Keeper:
    """Passes everything on, and keeps each backend's log, as far as there is room."""

    def __init__(self, callbacks: SuiteCallbacks) -> None:
        self._callbacks = callbacks
        self._lock = threading.Lock()
        self._parts: dict[str, list[str]] = {}
        self._size = 0

    def on_log(self, backend: str, text: str) -> None:
        with self._lock:
            if self._size < MAX_LOG_BYTES:
                self._parts.setdefault(backend, []).append(text)
                self._size += len(text)
        self._callbacks.on_log(backend, text)

    def on_event(self, backend: str, event: Mapping[str, Any]) -> None:
        self._callbacks.on_event(backend, event)

    def cancelled(self) -> bool:
        return self._callbacks.cancelled()

    def text(self) -> str:
        """The logs one after the other: what ran side by side is read one by one."""
        with self._lock:
            logs = [_whole_lines(name, "".join(parts)) for name, parts in self._parts.items()]
            is_full = self._size >= MAX_LOG_BYTES
        return "".join(logs) + ("… the rest is not kept\n" if is_full else "")


def _whole_lines(backend: str, log: str) -> str:
    return f"== {backend}\n{log}" + ("" if log.endswith("\n") else "\n")


def _folder(root: Path) -> Path:
    key = hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:16]
    return state_folder() / "runs" / key


def _write(root: Path, started: float, values: Mapping[str, Any], log: str) -> None:
    folder = _folder(root)
    folder.mkdir(parents=True, exist_ok=True)
    # The names tell the order, also of runs that begin within the same second.
    stamp = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(started))}-{int(started % 1 * 1e6):06}"
    new = Path(tempfile.mkdtemp(prefix=f"{stamp}-", dir=folder))
    (new / _LOG).write_text(log, encoding="utf-8", errors="replace")
    (new / _JSON).write_text(json.dumps(values), encoding="utf-8")
    for old in sorted(folder.iterdir(), reverse=True)[MAX_RECORDS:]:
        shutil.rmtree(old, ignore_errors=True)


def _read(folder: Path) -> Record:
    values = json.loads((folder / _JSON).read_text(encoding="utf-8"))
    return Record(
        folder,
        str(values["root"]),
        float(values["started"]),
        values["plan"],
        tuple(values["backends"]),
        bool(values["baseline"]),
        int(values["changed_files"]),
        values["result"],
    )
