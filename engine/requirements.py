"""Files that say what a project needs, as units: the road of code, each line a comment to `ast`.

Requirement and constraint files, `pyproject.toml`, `Pipfile`, `setup.cfg`, conda environments; and
shell scripts, Dockerfiles and `.env`, which install packages and set variables.
"""

from __future__ import annotations

import re
import tomllib
from enum import StrEnum

from kerashift.engine import source
from kerashift.engine.source import SourceError
from kerashift.engine.unit import Unit


class Manifest(StrEnum):
    """How such a file is written."""

    REQUIREMENTS = "requirements"
    TOML = "toml"
    SETUP_CFG = "setup.cfg"
    CONDA = "conda"
    SHELL = "shell"


_NAMES = (
    (
        Manifest.REQUIREMENTS,
        r"[\w.-]*(?:requirements|constraints)[\w.-]*\.(?:txt|in)|requirements/[\w.-]+\.(?:txt|in)",
    ),
    (Manifest.TOML, r"pyproject\.toml|Pipfile"),
    (Manifest.SETUP_CFG, r"setup\.cfg"),
    (Manifest.CONDA, r"[\w.-]*(?:environment|conda)[\w.-]*\.ya?ml"),
    (Manifest.SHELL, r"[\w.-]+\.(?:sh|bash)|[\w.-]*Dockerfile[\w.-]*|\.env"),
)
_ENDINGS = (".txt", ".in", ".toml", "Pipfile", ".cfg", ".yml", ".yaml", ".sh", ".bash", ".env")
_KINDS = tuple((kind, re.compile(rf"(?:^|/)(?:{names})$")) for kind, names in _NAMES)


def manifest_kind(path: str) -> Manifest | None:
    """What a path is by its name; None for code and everything else."""
    if not path.endswith(_ENDINGS) and "Dockerfile" not in path:
        return None  # the cheap answer, for folders with many thousand files
    return next((kind for kind, pattern in _KINDS if pattern.search(path)), None)


def is_requirements(path: str) -> bool:
    """Whether a path is one of these files: `requirements-dev.txt`, `pyproject.toml` …"""
    return manifest_kind(path) is not None


def requirements_unit(path: str, data: bytes) -> Unit:
    """A unit whose `code` is all comments; raises `SourceError`, also for broken TOML."""
    file = source.decode(path, data)
    if manifest_kind(path) is Manifest.TOML:
        try:
            tomllib.loads(file.text)
        except tomllib.TOMLDecodeError as error:
            raise SourceError(f"not valid TOML: {error}") from error
    code = "".join(_masked(line) for line in file.text.splitlines(keepends=True))
    return Unit(path, data, file.text, code, file.newline, file.encode)


def _masked(line: str) -> str:
    return f"#{line[1:]}" if line.strip("\r\n") else line
