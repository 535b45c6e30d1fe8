"""Each row of the documents about the guide and about breakages is answered by the engine."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from kerashift.engine.rules.registry import rule
from tests.rewriting import rewritten

ROOT = Path(__file__).resolve().parent.parent.parent
AGAIN = "run: .venv/bin/python packaging/generate_answers.py"


def _generator() -> ModuleType:
    path = ROOT / "packaging" / "generate_answers.py"
    spec = importlib.util.spec_from_file_location("generate_answers", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["generate_answers"] = module
    spec.loader.exec_module(module)
    return module


GENERATOR = _generator()
ROWS = [
    pytest.param(row, id=f"{name}-{row.what[:60]}")
    for name in ("guide", "breakages")
    for row in GENERATOR.answers(name)
]


@pytest.mark.parametrize("row", ROWS)
def test_the_rules_of_a_row_find_its_code(row) -> None:  # type: ignore[no-untyped-def]
    found = {issue.code for issue in rewritten(row.code, row.path).issues}
    assert set(row.rules) <= found
    assert "KS900" not in found


@pytest.mark.parametrize("row", ROWS)
def test_a_row_has_a_rule_or_says_why_none_is_needed(row) -> None:  # type: ignore[no-untyped-def]
    assert row.rules or row.now


@pytest.mark.parametrize("row", ROWS)
def test_the_text_that_is_searched_for_is_on_the_page_of_a_rule(row) -> None:  # type: ignore[no-untyped-def]
    if row.rules and row.error:
        pages = [_squeezed(rule(code).documentation) for code in row.rules]
        assert any(_squeezed(row.error) in page for page in pages)


@pytest.mark.parametrize("name", ["guide", "breakages"])
def test_the_documents_are_current(name: str, repository: Path) -> None:
    path = repository / "resources" / "docs" / f"{name}.md"
    assert path.read_text(encoding="utf-8") == GENERATOR.document(name), AGAIN


def _squeezed(text: str) -> str:
    return " ".join(text.split())
