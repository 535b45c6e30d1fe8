"""`kerashift rules`: the list and the pages, for people and for programs."""

from __future__ import annotations

import json

from tests.app.conftest import Command


def test_every_rule_is_one_line(kerashift: Command) -> None:
    finished = kerashift("rules")
    assert finished.returncode == 0
    codes = [line.split()[0] for line in finished.stdout.splitlines()]
    assert "KS101" in codes
    assert codes == sorted(set(codes))


def test_a_page_is_found_by_code_and_by_name(kerashift: Command) -> None:
    page = kerashift("rules", "ks101").stdout
    assert page.startswith("# KS101 tf-keras-import")
    assert "## Why it breaks" in page
    assert kerashift("rules", "tf-keras-import").stdout == page


def test_markdown_has_all_pages(kerashift: Command) -> None:
    text = kerashift("rules", "--format", "markdown").stdout
    assert text.count("\n# KS") + text.startswith("# KS") == len(
        kerashift("rules").stdout.splitlines()
    )


def test_json_has_the_examples_too(kerashift: Command) -> None:
    (rule,) = json.loads(kerashift("rules", "KS101", "--format", "json").stdout)["rules"]
    assert (rule["code"], rule["name"]) == ("KS101", "tf-keras-import")
    assert {example["after"] is None for example in rule["examples"]} == {True, False}


def test_a_row_of_a_table_has_a_page(kerashift: Command) -> None:
    page = kerashift("rules", "tf.gather").stdout
    assert page.startswith("# KS201/tf.gather\n")
    assert kerashift("rules", "KS201/tf.gather").stdout == page


def test_a_word_that_many_rows_have_lists_them(kerashift: Command) -> None:
    lines = kerashift("rules", "reduce").stdout.splitlines()
    assert len(lines) > 5
    assert "KS201/tf.reduce_sum  `keras.ops.sum(x, axis, keepdims)`" in lines


def test_json_has_the_rows_of_a_rule_or_those_that_were_asked_for(kerashift: Command) -> None:
    (whole,) = json.loads(kerashift("rules", "KS201", "--format", "json").stdout)["rules"]
    (part,) = json.loads(kerashift("rules", "tf.gather", "--format", "json").stdout)["rules"]
    assert part == {**whole, "rows": part["rows"]}
    (row,) = part["rows"]
    assert row in whole["rows"]
    assert (row["name"], row["safety"]) == ("tf.gather", "safe")
    assert row["example"]["before"] == "tf.gather(x, pick)"


def test_a_code_that_no_rule_has_is_status_2(kerashift: Command) -> None:
    finished = kerashift("rules", "KS999")
    assert finished.returncode == 2
    assert finished.stderr == "kerashift: no rule has the code KS999; see: kerashift rules\n"
