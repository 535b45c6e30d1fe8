"""Requirement files as units: the same road as code, with every line a comment for `ast`."""

from __future__ import annotations

import re

from kerashift.engine import source
from kerashift.engine.unit import Unit

_NAME = re.compile(r"(?:^|/)(?:[\w.-]*requirements[\w.-]*|requirements/[\w.-]+)\.(?:txt|in)$")


def is_requirements(path: str) -> bool:
    """Whether a path is a requirement file by its name: `requirements-dev.txt`, `…/base.in`."""
    return _NAME.search(path) is not None


def requirements_unit(path: str, data: bytes) -> Unit:
    """A unit whose `code` is all comments; raises `source.SourceError`."""
    file = source.decode(path, data)
    code = "".join(_masked(line) for line in file.text.splitlines(keepends=True))
    return Unit(path, data, file.text, code, file.newline, file.encode)


def _masked(line: str) -> str:
    return f"#{line[1:]}" if line.strip("\r\n") else line
