"""`kerashift rules`: the list of rules, or the pages of rules and of rows of tables."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any

from kerashift.app.cli.common import CommandError, add_format, write_report
from kerashift.engine.catalog.catalog import rows_of, search
from kerashift.engine.catalog.examples import Shown, examples
from kerashift.engine.catalog.page import row_page, row_table, rule_page
from kerashift.engine.catalog.row import Row
from kerashift.engine.report.json import dumps
from kerashift.engine.rules.base import Rule
from kerashift.engine.rules.registry import all_rules, rule

MOST_PAGES = 5
"""With more rows found, they are listed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "code",
        metavar="CODE",
        nargs="?",
        help="one rule, as in KS101, or what a table says of a name, as in tf.gather",
    )
    add_format(parser, "text", "json", "markdown")


def run(options: argparse.Namespace) -> int:
    """Exit status: 0, or 2 for a code or name that no rule and no table has."""
    found = None if options.code is None else _rule(options.code)
    if options.code is None:
        text = _all_rules(options.format)
    elif found is not None:
        text = _as_json([_values(found)]) if options.format == "json" else rule_page(found)
    else:
        rows = search(options.code)
        if not rows:
            raise CommandError(f"no rule has the code {options.code}; see: kerashift rules")
        text = _of_rows(rows, options.format)
    write_report(text, None)
    return 0


def _all_rules(format: str) -> str:
    if format == "json":
        return _as_json([_values(rule) for rule in all_rules()])
    if format == "markdown":
        return "\n".join(rule_page(rule) for rule in all_rules())
    return "".join(f"{rule.code}  {rule.name:24}  {rule.summary}\n" for rule in all_rules())


def _of_rows(rows: tuple[Row, ...], format: str) -> str:
    if format == "json":
        codes = sorted({row.code for row in rows})
        return _as_json([_values(rule(c), (r for r in rows if r.code == c)) for c in codes])
    if len(rows) > MOST_PAGES:
        if format == "markdown":
            return row_table(rows) + "\n"
        return "".join(f"{row.title}  {row.new or row.advice}\n" for row in rows)
    return "\n".join(row_page(row) for row in rows)


def _rule(code: str) -> Rule | None:
    for candidate in all_rules():
        if code.upper() == candidate.code or code == candidate.name:
            return candidate
    return None


def _as_json(rules: list[dict[str, Any]]) -> str:
    return dumps({"version": 1, "rules": rules})


def _values(rule: Rule, rows: Iterable[Row] | None = None) -> dict[str, Any]:
    """A rule for programs, with all rows of its table or those given."""
    shown = rows_of(rule.code) if rows is None else tuple(rows)
    made = examples(shown)
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
        "rows": [_row_values(row, made.get(row)) for row in shown],
    }


def _row_values(row: Row, example: Shown | None) -> dict[str, Any]:
    return {
        "name": row.name,
        "aliases": list(row.aliases),
        "old": row.old,
        "new": row.new,
        "notes": list(row.notes),
        "safety": row.safety.value,
        "caution": row.caution,
        "advice": row.advice,
        "proof": row.proof,
        "example": example and {"before": example.before, "after": example.after},
    }
