"""`kerashift revert`: put back the files that the last `fix --write` (or apply) changed."""

from __future__ import annotations

import argparse

from kerashift.app.cli.common import CommandError, add_path, existing
from kerashift.engine.apply import ApplyError, latest_journal, restore


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_path(parser)


def run(options: argparse.Namespace) -> int:
    """Exit status: 0 done, 2 where there is nothing to take back or a file changed since."""
    project = existing(options.path)
    journal = latest_journal(project)
    if journal is None:
        raise CommandError(f"nothing was written in {project} that could be taken back")
    try:
        paths = restore(journal)
    except ApplyError as error:
        raise CommandError(str(error)) from error
    for path in paths:
        print(path)
    return 0
