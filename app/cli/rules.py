"""`kerashift rules`: the list of rules, or their pages."""

from __future__ import annotations

import argparse
from typing import Any

from kerashift.app.cli.common import CommandError, add_format, write_report
from kerashift.engine.report.json import dumps
from kerashift.engine.rules.base import Rule
from kerashift.engine.rules.registry import all_rules


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("code", metavar="CODE", nargs="?", help="one rule, as in KS101")
    add_format(parser, "text", "json", "markdown")


def run(options: argparse.Namespace) -> int:
    """Exit status: 0, or 2 for a code that no rule has."""
    rules = all_rules() if options.code is None else (_rule(options.code),)
    if options.format == "json":
        text = dumps({"version": 1, "rules": [_values(rule) for rule in rules]})
    elif options.format == "markdown":
        text = "\n".join(_page(rule) for rule in rules)
    elif options.code is None:
        text = "".join(f"{rule.code}  {rule.name:24}  {rule.summary}\n" for rule in rules)
    else:
        text = _page(rules[0])
    write_report(text, None)
    return 0


def _rule(code: str) -> Rule:
    for rule in all_rules():
        if code.upper() == rule.code or code == rule.name:
            return rule
    raise CommandError(f"no rule has the code {code}; see: kerashift rules")


def _page(rule: Rule) -> str:
    parts = [f"# {rule.code} {rule.name}: {rule.summary}", rule.documentation]
    parts += [f"Needed for: {rule.target.value}. Reference: <{rule.reference_url}>"]
    if rule.examples:
        parts.append("## Examples")
    for example in rule.examples:
        parts += [f"### {example.name}", f"```python\n{example.before.rstrip()}\n```"]
        if example.after is None:
            parts.append("is left alone.")
        elif example.after == example.before:
            parts.append("is reported.")
        else:
            parts += ["becomes", f"```python\n{example.after.rstrip()}\n```"]
    return "\n\n".join(parts) + "\n"


def _values(rule: Rule) -> dict[str, Any]:
    return {
        "code": rule.code,
        "name": rule.name,
        "summary": rule.summary,
        "target": rule.target.value,
        "reference": rule.reference_url,
        "documentation": rule.documentation,
        "examples": [
            {"name": example.name, "before": example.before, "after": example.after}
            for example in rule.examples
        ],
    }
