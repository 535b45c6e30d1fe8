"""The check report for programs. Its fields are a contract: they are added to, never changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kerashift.engine.model import FileError, Issue
from kerashift.engine.saved import SavedFile
from kerashift.engine.scan import Scan

VERSION = 1


def check_report(project: Path, scan: Scan, issues: Sequence[Issue]) -> str:
    """The JSON text for the `issues` that were asked for."""
    report = {
        "version": VERSION,
        "project": str(project),
        "files": len(scan.units),
        "lines": scan.lines,
        "seconds": round(scan.seconds, 3),
        "issues": [issue_values(issue) for issue in issues],
        "errors": [error_values(error) for error in scan.errors],
    }
    stranded = scan.saved.stranded() if scan.saved is not None else []
    if stranded:
        report["saved"] = [saved_values(file) for file in stranded]
    return dumps(report)


def issue_values(issue: Issue) -> dict[str, Any]:
    """One issue; lines and columns count from 1, in a notebook within the cell."""
    place = {"path": issue.path} | ({} if issue.cell is None else {"cell": issue.cell})
    return {
        "code": issue.code,
        "rule": issue.rule,
        **place,
        "line": issue.line,
        "column": issue.column,
        "end_line": issue.end_line,
        "end_column": issue.end_column,
        "message": issue.message,
        "safety": issue.safety.value,
        "target": issue.target.value,
        "fixable": issue.fixable,
    }


def error_values(error: FileError) -> dict[str, str]:
    return {"path": error.path, "message": error.message}


def saved_values(file: SavedFile) -> dict[str, str]:
    """A saved model that Keras 3 does not load; `version` is empty where it is not told."""
    return {"path": file.path, "kind": file.kind.name.lower(), "version": file.version}


def dumps(values: Any) -> str:
    """JSON in plain ASCII: it reads the same whatever the encoding of a pipe."""
    return json.dumps(values, indent=2) + "\n"
