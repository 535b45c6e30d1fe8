"""An exception in words and places of the project."""

from __future__ import annotations

import re
import traceback
from pathlib import Path
from typing import Any

MAX_MESSAGE = 4000
CELL = re.compile(r"^(?P<path>.+)\[(?P<cell>\d+)\]$")
"""The file name under which a notebook's cell is compiled."""


class EnoughSeenError(BaseException):
    """Ends a script when all that is wanted of it is known; passes through `except Exception`."""


class EntryError(Exception):
    """The entry cannot be run as it was asked for; the message is for a person."""


def short_words(error: BaseException) -> str:
    """The telling line of what an exception says."""
    if isinstance(error, SystemExit):
        return f"the program ended itself with {error.code!r}"
    # Keras wraps an exception in the text of the next one; TensorFlow puts a traceback first.
    inner = str(error).rpartition("Exception encountered: ")[2]
    lines = [line.strip() for line in inner.splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    return lines[-1 if lines[0] == "in user code:" else 0][:300]


def describe(error: BaseException, root: Path) -> dict[str, Any]:
    """The fields of an `error` event; the place is the innermost one within the project."""
    frames = [_frame(entry, root) for entry in traceback.extract_tb(error.__traceback__)]
    frames = [frame for frame in frames if frame is not None]
    if isinstance(error, SyntaxError) and error.filename:
        frames.append(_place(error.filename, error.lineno or 1, "<module>", root))
    inside = [frame for frame in frames if frame["inside"]]
    place = inside[-1] if inside else {"path": None, "line": None, "cell": None}
    message = str(error)
    if isinstance(error, SystemExit):
        message = f"the script ended itself with {error.code!r}"
    return {
        "type": type(error).__name__,
        "message": message[:MAX_MESSAGE],
        "path": place["path"],
        "line": place["line"],
        "cell": place["cell"],
        "traceback": frames,
    }


def crosses_import(error: BaseException, root: Path) -> bool:
    """Whether the error left an import that the project made."""
    files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    inside = [n for n, name in enumerate(files) if _relative(name, root) is not None]
    importing = [n for n, name in enumerate(files) if name.startswith("<frozen importlib")]
    return bool(inside and importing and importing[-1] > inside[0])


def functions_of(error: BaseException) -> list[str]:
    """Names of the functions that the error passed through, outermost first."""
    return [frame.name for frame in traceback.extract_tb(error.__traceback__)]


def _frame(entry: Any, root: Path) -> dict[str, Any] | None:
    if Path(entry.filename).name.startswith("kerashift_"):
        return None
    return {**_place(entry.filename, entry.lineno or 1, entry.name, root), "text": entry.line or ""}


def _place(filename: str, line: int, function: str, root: Path) -> dict[str, Any]:
    cell = CELL.match(filename)
    name = cell.group("path") if cell else filename
    relative = _relative(name, root)
    return {
        "path": relative or name,
        "line": line,
        "cell": int(cell.group("cell")) if cell else None,
        "function": function,
        "inside": relative is not None,
    }


def _relative(filename: str, root: Path) -> str | None:
    path = root / CELL.sub(r"\g<path>", filename)
    try:
        # Compiled extensions name sources that are not there.
        return path.resolve(strict=True).relative_to(root.resolve()).as_posix()
    except (ValueError, OSError):
        return None
