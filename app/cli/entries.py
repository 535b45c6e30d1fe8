"""`kerashift entries`: what of a project could be run, best first. Runs nothing of it."""

from __future__ import annotations

import argparse

from kerashift.app.cli.common import add_format, add_path, existing, write_report
from kerashift.engine.report.json import dumps
from kerashift.engine.run.entries import Entry, find_entries


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_path(parser)
    add_format(parser, "text", "json")


def run(options: argparse.Namespace) -> int:
    """Exit status 0, also where nothing could be run."""
    entries = find_entries(existing(options.path))
    if options.format == "json":
        write_report(dumps({"version": 1, "entries": [_values(e) for e in entries]}), None)
    else:
        write_report(_text(entries), None)
    return 0


def _values(entry: Entry) -> dict[str, str]:
    return {"entry": entry.entry, "kind": str(entry.kind), "reason": entry.reason}


def _text(entries: tuple[Entry, ...]) -> str:
    if not entries:
        return "Nothing here looks as if it could be run.\n"
    width = max(len(entry.entry) for entry in entries)
    return "".join(f"{e.entry:{width}}  {e.kind!s:8}  {e.reason}\n" for e in entries)
