"""`kerashift check`: what Keras 3 breaks in a project. Reads files, runs and writes nothing."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from kerashift.app.cli.common import (
    add_format,
    add_keras,
    add_output,
    add_path,
    add_target,
    code_filter,
    existing,
    write_report,
)
from kerashift.engine.analyse import CRASH_CODE, wanted
from kerashift.engine.model import Issue
from kerashift.engine.report import json as json_report
from kerashift.engine.report import text as text_report
from kerashift.engine.rules.registry import all_rules
from kerashift.engine.scan import Scan, scan_project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_path(parser)
    add_target(parser)
    add_keras(parser)
    parser.add_argument(
        "--select", default="", metavar="CODES", help="only these, as in KS101,KS2 (all of KS2…)"
    )
    parser.add_argument("--ignore", default="", metavar="CODES", help="all but these")
    add_format(parser, "text", "json", "sarif", "html")
    add_output(parser)


def run(options: argparse.Namespace) -> int:
    """Exit status: 0 nothing found, 1 issues, 2 where a file could not be read."""
    project = existing(options.path)
    known = [*(rule.code for rule in all_rules()), CRASH_CODE]
    passes = code_filter(options.select, options.ignore, known)
    scan = scan_project(project, keras=options.keras)
    issues = [i for i in scan.issues if wanted(i, options.target) and passes(i)]
    report = _report(options, project, scan, issues)
    write_report(report, options.report)
    if scan.errors:
        return 2
    return 1 if issues else 0


def _report(
    options: argparse.Namespace, project: Path, scan: Scan, issues: Sequence[Issue]
) -> str:
    """The report in the format that was asked for; only what that needs is imported."""
    if options.format == "json":
        return json_report.check_report(project, scan, issues)
    if options.format == "sarif":
        from kerashift.engine.report import sarif

        return sarif.check_report(scan, issues)
    if options.format == "html":
        from kerashift.engine.report import check_html

        return check_html.check_report(str(options.path), scan, issues)
    return text_report.check_report(str(options.path), scan, issues)
