"""The check report as one HTML page, for people who were not at the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from kerashift.engine.model import Issue
from kerashift.engine.report.html_page import render
from kerashift.engine.report.text import summary
from kerashift.engine.scan import Scan


def check_report(project: str, scan: Scan, issues: Sequence[Issue]) -> str:
    """The page for the `issues` that were asked for; `project` is the path as it was given."""
    files = [(path, list(group)) for path, group in groupby(issues, key=lambda i: i.path)]
    return render(
        "check.html",
        project=project,
        summary=summary(scan, issues),
        files=files,
        errors=scan.errors,
    )
