"""`kerashift fix`: make the fixes, as a diff to read, in the files, or in a copy of the project."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from kerashift.app.cli.common import CommandError, add_keras, add_path, add_target, existing
from kerashift.app.cli.patch import unified_diff
from kerashift.engine.apply import ApplyError, apply_texts
from kerashift.engine.fixing import FixResult, fix_project
from kerashift.engine.model import Safety
from kerashift.engine.project_copy import CopyError, copy_project
from kerashift.engine.report.text import counted, issue_lines, safeties
from kerashift.engine.scan import Scan, scan_project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_path(parser)
    add_target(parser)
    add_keras(parser)
    parser.add_argument(
        "--safety", choices=("safe", "review"), default="safe", help="how far fixes may go"
    )
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--diff", action="store_true", help="print a unified diff (default)")
    group.add_argument("--write", action="store_true", help="write the files of the project")
    group.add_argument("--output", metavar="DIR", type=Path, help="write a fixed copy to DIR")


def run(options: argparse.Namespace) -> int:
    """Exit status: 0 done, 2 where a file could not be read or written."""
    project = existing(options.path)
    scan = scan_project(project, keras=options.keras)
    result = fix_project(scan, Safety(options.safety), options.target)
    if options.write:
        _write(scan, result)
    elif options.output is not None:
        _write_copy(project, options.output, result)
    else:
        _print_diff(scan, result)
    errors = (*scan.errors, *result.errors)
    for error in errors:
        print(f"kerashift: {error.path}: {error.message}", file=sys.stderr)
    _say(result)
    return 2 if errors else 0


def _write(scan: Scan, result: FixResult) -> None:
    if not result.outputs:
        return
    try:
        done = apply_texts(scan.root, result.outputs, scan.originals(result.outputs))
    except ApplyError as error:
        raise CommandError(str(error)) from error
    for path in done.written:
        print(path)
    print(f"Originals: {done.journal}", file=sys.stderr)
    print(f"Take it back: kerashift revert {scan.root}", file=sys.stderr)


def _write_copy(project: Path, target: Path, result: FixResult) -> None:
    try:
        copy_project(project, target, result.outputs)
    except CopyError as error:
        raise CommandError(str(error)) from error
    for path in result.outputs:
        print(target / path)


def _print_diff(scan: Scan, result: FixResult) -> None:
    sys.stdout.flush()
    for path, data in sorted(result.outputs.items()):
        # Bytes, so that the patch fits files of any encoding and with any line ends.
        sys.stdout.buffer.write(unified_diff(path, scan.originals([path])[path], data))
    sys.stdout.buffer.flush()


def _say(result: FixResult) -> None:
    files = counted(len(result.outputs), "file")
    print(f"{counted(len(result.applied), 'fix', 'fixes')} in {files}.", file=sys.stderr)
    if result.conflicts:
        print("Not made, for they overlap others or break the file:", file=sys.stderr)
        for issue in result.conflicts:
            print(f"  {issue.path}", *issue_lines([issue]), file=sys.stderr)
    if result.remaining:
        left = f"{counted(len(result.remaining), 'issue')} left ({safeties(result.remaining)})"
        print(f"{left}: kerashift check lists them.", file=sys.stderr)
