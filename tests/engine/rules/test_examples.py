"""The examples of every rule: the engine makes of each what its page shows, and rests there."""

from __future__ import annotations

import ast

import pytest

from kerashift.engine.model import Safety
from kerashift.engine.rules.base import Example, Rule
from kerashift.engine.rules.registry import all_rules
from tests.rewriting import Rewritten, rewritten

SECTIONS = ("## What it finds", "## Why it breaks", "## What we do", "## Fix safety")
EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.code}-{example.name}")
    for rule in all_rules()
    for example in rule.examples
]
RULES = [pytest.param(rule, id=rule.code) for rule in all_rules()]


def made_of(example: Example, source: str) -> Rewritten:
    """What the engine makes of a source that stands where the example does."""
    return rewritten(source, example.path, example.keras, example.saved, example.beside)


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_the_engine_makes_of_an_example_what_is_shown(rule: Rule, example: Example) -> None:
    result = made_of(example, example.before)
    assert result.text == (example.before if example.after is None else example.after)
    assert bool(result.of(rule.code)) == example.reports


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_what_was_fixed_parses_and_is_not_found_again(rule: Rule, example: Example) -> None:
    result = made_of(example, example.before)
    assert result.is_stable
    if example.path.endswith(".py"):
        ast.parse(result.text)
    again = made_of(example, result.text)
    assert not [issue for issue in again.issues if issue.fixable]


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_a_finding_says_when_its_fix_is_not_right(rule: Rule, example: Example) -> None:
    result = made_of(example, example.before)
    for issue in result.of(rule.code):
        assert issue.message
        assert bool(issue.caution) == (issue.safety is Safety.REVIEW)
        assert issue.fixable == (issue.safety is not Safety.MANUAL)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_shows_what_it_reports_and_what_it_leaves_alone(rule: Rule) -> None:
    names = [example.name for example in rule.examples]
    assert len(names) == len(set(names))
    assert any(example.reports for example in rule.examples)
    assert any(not example.reports for example in rule.examples)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_its_page_and_its_reference(rule: Rule) -> None:
    page = rule.documentation
    positions = [page.find(section) for section in SECTIONS]
    assert -1 not in positions
    assert positions == sorted(positions)
    assert rule.summary
    assert rule.reference_url.startswith("https://")
