"""The texts of rules stand apart from their code, in files that can be translated."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from kerashift.engine.rules import page as pages
from kerashift.engine.rules.page import page
from kerashift.engine.rules.registry import all_rules, rule


def test_a_page_is_a_summary_and_a_text() -> None:
    found = page("KS101")
    assert found.summary == rule("KS101").summary == "tf.keras instead of keras"
    assert found.text.startswith("## What it finds")


def test_a_page_that_is_not_translated_is_shown_in_english() -> None:
    assert page("KS101", "xx") == page("KS101")


def test_a_translated_page_is_shown_in_its_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for locale, text in (("en", "# Name\n\nEnglish\n"), ("ko", "# 이름\n\n한국어\n")):
        (tmp_path / "pages" / locale).mkdir(parents=True)
        (tmp_path / "pages" / locale / "KS999.md").write_text(text, encoding="utf-8")
    monkeypatch.setattr(pages, "files", lambda package: tmp_path)
    assert (page("KS999", "ko").summary, page("KS999", "ko").text) == ("이름", "한국어")
    assert page("KS999").summary == "Name"


def test_no_page_is_left_in_the_code(repository: Path) -> None:
    for path in sorted((repository / "engine" / "rules").glob("ks*.py")):
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        code = path.name[:5].upper()
        assert "##" not in docstring, f"move the page in {path.name} to pages/en/{code}.md"
        assert (path.parent / "pages" / "en" / f"{code}.md").is_file(), f"{code} has no page"
        assert "summary" not in vars(type(rule(code))), f"{code}: the page's first line is it"


def test_every_page_belongs_to_a_rule(repository: Path) -> None:
    folder = repository / "engine" / "rules" / "pages"
    codes = {found.code for found in all_rules()}
    assert {path.stem for path in folder.rglob("*.md")} <= codes
