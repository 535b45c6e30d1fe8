"""What the commands share: paths, lists of codes, where reports go, and errors for people."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from kerashift.engine.model import Issue, Target
from kerashift.engine.tables import versions
from kerashift.engine.tables.versions import KerasVersion


class CommandError(Exception):
    """The command cannot be done; the message is one line for standard error. Exit status 2."""


def add_path(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", type=Path, help="project folder, or one file")


def add_target(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--target",
        type=Target,
        choices=list(Target),
        default=Target.MULTI_BACKEND,
        metavar="{keras3,multi-backend}",
        help="keras3: Keras 3 on TensorFlow; multi-backend (default): JAX and PyTorch too",
    )


def add_keras(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--keras",
        type=_keras_version,
        default=versions.newest(),
        metavar="VERSION",
        help=f"the Keras to move to, {versions.known()[0]} to {versions.newest()} (default)",
    )


def _keras_version(text: str) -> KerasVersion:
    try:
        return versions.parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def add_format(parser: argparse.ArgumentParser, *formats: str) -> None:
    parser.add_argument("--format", choices=formats, default=formats[0], help="default: text")


def add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o", dest="report", metavar="FILE", type=Path, help="write the report to FILE"
    )


def existing(path: Path) -> Path:
    """The absolute path; raises `CommandError` where nothing is."""
    if not path.exists():
        raise CommandError(f"no such file or folder: {path}")
    return path.resolve()


def write_report(text: str, file: Path | None) -> None:
    """Print a report, or write it to a file; raises `CommandError`."""
    if file is None:
        sys.stdout.write(text)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"cannot write {file}: {error.strerror}") from error


def code_filter(select: str, ignore: str, known: Sequence[str]) -> Callable[[Issue], bool]:
    """Which issues `--select` and `--ignore` leave; raises `CommandError` for unknown codes."""
    selected, ignored = _prefixes(select, known), _prefixes(ignore, known)

    def passes(issue: Issue) -> bool:
        if selected and not issue.code.startswith(selected):
            return False
        return not (ignored and issue.code.startswith(ignored))

    return passes


def _prefixes(codes: str, known: Sequence[str]) -> tuple[str, ...]:
    prefixes = tuple(code.strip().upper() for code in codes.split(",") if code.strip())
    for prefix in prefixes:
        if not any(code.startswith(prefix) for code in known):
            raise CommandError(f"no rule has the code {prefix}; see: kerashift rules")
    return prefixes
