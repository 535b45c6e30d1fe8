"""Unified diffs of bytes, as `patch` and `git apply` read them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator


def unified_diff(path: str, before: bytes | None, after: bytes) -> bytes:
    """The patch that turns `before` (None: no file) into `after`; empty where they are equal."""
    name = path.encode("utf-8", "surrogateescape")
    old = b"/dev/null" if before is None else b"a/" + name
    lines = difflib.diff_bytes(
        difflib.unified_diff, _lines(before or b""), _lines(after), old, b"b/" + name
    )
    return b"".join(_ended(lines))


def _lines(data: bytes) -> list[bytes]:
    lines = data.split(b"\n")
    return [line + b"\n" for line in lines[:-1]] + [line for line in lines[-1:] if line]


def _ended(lines: Iterable[bytes]) -> Iterator[bytes]:
    for line in lines:
        yield line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"
