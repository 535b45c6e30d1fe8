"""Pages of rules and rows in Markdown."""

from __future__ import annotations

from kerashift.engine.catalog.catalog import row, rows_of
from kerashift.engine.catalog.page import row_page, row_table, rule_page
from kerashift.engine.rules.registry import rule


def page_of(code: str, name: str) -> str:
    found = row(code, name)
    assert found is not None
    return row_page(found)


def test_the_page_of_a_row_says_what_it_becomes_and_shows_it() -> None:
    page = page_of("KS201", "tf.gather")
    assert page.startswith("# KS201/tf.gather\n")
    assert "- `params` is called `x`." in page
    assert "```python\ntf.gather(x, pick)\n```\n\nbecomes\n\n```python\n" in page
    assert "with Keras 3." in page


def test_the_page_of_a_fix_to_be_reviewed_says_when_it_is_not_right() -> None:
    page = page_of("KS103", "keras.layers.CuDNNLSTM")
    assert "Review: right in the usual case." in page
    assert "Look at: Weights that the CuDNN layer saved" in page


def test_the_page_of_a_row_without_a_fix_says_what_to_do() -> None:
    page = page_of("KS205", "tf.custom_gradient")
    assert "By hand: there is no automatic fix." in page
    assert "keras.ops.custom_gradient" in page
    assert "becomes" not in page


def test_the_page_of_a_rule_lists_its_rows() -> None:
    page = rule_page(rule("KS405"))
    assert page.startswith("# KS405 positional-argument: Argument by position")
    assert page.count("\n| `keras.") == len(rows_of("KS405"))
    assert "## Rows" not in rule_page(rule("KS101"))


def test_a_page_may_show_fewer_examples_those_that_change_something_first() -> None:
    page = rule_page(rule("KS101"), 2)
    assert page.count("\n### ") == 2
    assert "is left alone." not in page


def test_a_line_of_the_table_stays_one_line_whatever_the_code_holds() -> None:
    for code in ("KS201", "KS203", "KS404", "KS405"):
        head, rule_line, *lines = row_table(rows_of(code)).split("\n")
        assert len(lines) == len(rows_of(code))
        columns = head.count("|")
        assert all(line.replace("\\|", "").count("|") == columns for line in lines), code
        assert rule_line == "|---|---|---|---|"
