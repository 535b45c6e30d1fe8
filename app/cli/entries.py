"""`kerashift entries`: what of a project could be run, best first. Runs nothing of it."""

from __future__ import annotations

import argparse
from functools import partial

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


def _values(entry: Entry) -> dict[str, object]:
    values = {"entry": entry.entry, "kind": str(entry.kind), "reason": entry.reason}
    arguments = [
        {"name": a.name, "default": a.default, "required": a.required, "help": a.help}
        for a in entry.arguments
    ]
    return values | ({"arguments": arguments} if arguments else {})


def _text(entries: tuple[Entry, ...]) -> str:
    if not entries:
        return "Nothing here looks as if it could be run.\n"
    width = max(len(entry.entry) for entry in entries)
    return "".join(map(partial(_line, width), entries))


def _line(width: int, entry: Entry) -> str:
    line = f"{entry.entry:{width}}  {entry.kind!s:8}  {entry.reason}\n"
    words = [a.name + ("" if a.is_switch else f"={a.default or '?'}") for a in entry.arguments]
    return line + (f"{'':{width}}  {'':8}  {' '.join(words)}\n" if words else "")
