"""`kerashift history`: the runs of a project that were kept, one of them whole, or two compared."""

from __future__ import annotations

import argparse
import time

from kerashift.app.cli.common import (
    CommandError,
    add_format,
    add_output,
    add_path,
    existing,
    write_report,
)
from kerashift.engine.report.json import dumps
from kerashift.engine.report.run_html import run_report
from kerashift.engine.run.comparison import compare
from kerashift.engine.run.history import Record, records


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_path(parser)
    parser.add_argument("run", metavar="RUN", nargs="?", help="one of them: an id, or `last`")
    parser.add_argument("--with", dest="other", metavar="RUN", help="compare it with another one")
    add_format(parser, "text", "json", "html")
    add_output(parser)


def run(options: argparse.Namespace) -> int:
    """Exit status: 0, or 2 where there is no such run."""
    project = existing(options.path)
    kept = records(project if project.is_dir() else project.parent)
    if options.run is None:
        if options.format == "html":
            raise CommandError("--format html shows one run: name it")
        text = _list(kept) if options.format == "text" else dumps([_values(r) for r in kept])
    else:
        text = _one(_find(kept, options.run), kept, options)
    write_report(text, options.report)
    return 0


def _one(chosen: Record, kept: tuple[Record, ...], options: argparse.Namespace) -> str:
    if options.other is not None:
        rows = compare(chosen, _find(kept, options.other))
        lines = [f"{d.backend or 'settings':12} {d.what:20} {d.left} → {d.right}" for d in rows]
        return "\n".join(lines or ["the two runs are equal in all that is kept"]) + "\n"
    if options.format == "html":
        return run_report(chosen)
    if options.format == "json":
        return dumps(_values(chosen))
    return f"{_line(chosen)}\n\n{chosen.log()}"


def _find(kept: tuple[Record, ...], name: str) -> Record:
    for record in kept:
        if name in (record.id, "last"):
            return record
    raise CommandError(f"no kept run is called {name}; see: kerashift history PATH")


def _list(kept: tuple[Record, ...]) -> str:
    return "\n".join(map(_line, kept or ())) + "\n" if kept else "No runs were kept.\n"


def _line(record: Record) -> str:
    when = time.strftime("%Y-%m-%d %H:%M", time.localtime(record.started))
    verdicts = ", ".join(f"{run['backend']} {run['verdict']}" for run in record.runs)
    return f"{record.id}  {when}  {record.plan.get('entry', '')}  {verdicts}"


def _values(record: Record) -> dict[str, object]:
    return {
        "version": 1,
        "id": record.id,
        "started": record.started,
        "root": record.root,
        "plan": dict(record.plan),
        "backends": list(record.backends),
        "baseline": record.baseline,
        "changed_files": record.changed_files,
        "result": dict(record.result),
    }
