"""The check report in SARIF 2.1.0, which code hosts and editors read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import metadata
from typing import Any
from urllib.parse import quote

from kerashift.engine.model import Issue, Safety
from kerashift.engine.report.json import dumps
from kerashift.engine.rules.base import Rule
from kerashift.engine.rules.registry import all_rules
from kerashift.engine.scan import Scan

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {Safety.SAFE: "warning", Safety.REVIEW: "warning", Safety.MANUAL: "error"}


def check_report(scan: Scan, issues: Sequence[Issue]) -> str:
    """The log of one run of the checks. Paths are relative to the project."""
    driver = {
        "name": "Kerashift",
        "version": metadata.version("kerashift"),
        "informationUri": "https://keras.io/guides/migrating_to_keras_3/",
        "rules": [_rule(rule) for rule in all_rules()],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"PROJECT": {"uri": scan.root.as_uri() + "/"}},
        "results": [_result(issue) for issue in issues],
        "invocations": [
            {
                "executionSuccessful": not scan.errors,
                "toolExecutionNotifications": [
                    {
                        "level": "error",
                        "message": {"text": error.message},
                        "locations": [_location(error.path)],
                    }
                    for error in scan.errors
                ],
            }
        ],
    }
    return dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.summary},
        "help": {"text": rule.documentation, "markdown": rule.documentation},
        "helpUri": rule.reference_url,
    }


def _result(issue: Issue) -> dict[str, Any]:
    region = {
        "startLine": issue.line,
        "startColumn": issue.column,
        "endLine": issue.end_line,
        "endColumn": issue.end_column,
    }
    text = issue.message if issue.cell is None else f"Cell {issue.cell}: {issue.message}"
    return {
        "ruleId": issue.code,
        "level": LEVELS[issue.safety],
        "message": {"text": text},
        "locations": [_location(issue.path, region)],
        "partialFingerprints": {"kerashift/v1": issue.id},
        "properties": {"safety": issue.safety.value, "target": issue.target.value},
    }


def _location(path: str, region: dict[str, int] | None = None) -> dict[str, Any]:
    artifact = {"uri": quote(path), "uriBaseId": "PROJECT"}
    place: dict[str, Any] = {"artifactLocation": artifact}
    return {"physicalLocation": place | ({"region": region} if region else {})}
