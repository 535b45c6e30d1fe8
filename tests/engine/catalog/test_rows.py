"""Every row of every table has a page, and its example is what the engine makes of the code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from kerashift.engine.catalog.catalog import SOURCES, row, rows_of, search
from kerashift.engine.catalog.examples import example, examples
from kerashift.engine.catalog.row import Row
from kerashift.engine.model import Safety
from kerashift.engine.rules.registry import rule
from kerashift.engine.tables.oprows import find
from kerashift.engine.tables.proof import record
from tests.backends.opcases import AS_WRITTEN, spellings
from tests.rewriting import rewritten

CODES = sorted(SOURCES)
WITHOUT_ROWS = {
    *("api_changes.toml", "directions.toml", "keras3_names.toml", "tf_aliases.toml"),
    *("op_cases.toml", "proof.toml", "keras3_versions.toml", "keras2_modules.toml"),
}
"""Facts about the libraries, cases and proofs: rows of other tables rest on them."""
HEAD = "import keras\nimport tensorflow as tf\nfrom keras import backend as K\n"


def test_every_table_is_shown(repository: Path) -> None:
    tables = {path.name for path in (repository / "engine" / "tables").glob("*.toml")}
    assert {table for table, _ in SOURCES.values()} == tables - WITHOUT_ROWS


@pytest.mark.parametrize("code", CODES)
def test_rows_are_named_after_what_they_replace(code: str) -> None:
    names = [name for found in rows_of(code) for name in found.names]
    assert names
    assert len({found.name for found in rows_of(code)}) == len(rows_of(code))
    assert rule(code).code == code
    assert all(found.old for found in rows_of(code))


@pytest.mark.parametrize("code", CODES)
def test_a_row_has_a_fix_with_an_example_or_says_what_to_do(code: str) -> None:
    shown = examples(rows_of(code))
    for found in rows_of(code):
        if not found.new:
            assert found.advice, f"{found.title} says nothing"
            assert found.safety is Safety.MANUAL
            continue
        assert found.safety is not Safety.MANUAL
        assert bool(found.caution) == (found.safety is Safety.REVIEW), found.title
        made = shown[found]
        before = made.before.replace("tf.keras.", "keras.")
        assert before != made.after, f"{found.title}: nothing changes"
        ast.parse(made.after)


@pytest.mark.parametrize("code", CODES)
def test_examples_made_together_are_those_made_alone(code: str) -> None:
    shown = examples(rows_of(code))
    for found in list(shown)[::20]:
        assert example(found) == shown[found]


def issues_of(found: Row) -> set[str]:
    """Rows that the issues of an example came from, by the rule of the row."""
    body = "\n    ".join(found.source.split("\n"))
    source = f"{HEAD}\n\ndef f(y_true, y_pred, inputs):\n    {body}\n"
    return {issue.row for issue in rewritten(source).of(found.code)}


@pytest.mark.parametrize("code", CODES)
def test_an_issue_leads_to_the_row_that_it_came_from(code: str) -> None:
    for found in [r for r in rows_of(code) if r.source][::5]:
        reached = [row(code, name) for name in issues_of(found)]
        # Of several arguments of one call that changed, the issue names the first.
        assert found.old in {r.old for r in reached if r is not None}, found.title


@pytest.mark.parametrize("name", [r.name for c in ("KS201", "KS203") for r in rows_of(c)][::6])
def test_the_example_of_an_operation_is_the_first_case_that_the_tests_execute(name: str) -> None:
    found = row("KS201" if name.startswith("tf.") else "KS203", name)
    assert found is not None
    executed = next((s for s in spellings(name) if s.kind == AS_WRITTEN), None)
    shown = example(found)
    if executed is None or shown is None:
        assert not found.new
        return
    *_, line = executed.new.rstrip().split("\n")
    *_, last = shown.after.split("\n")
    assert ast.unparse(ast.parse(line.strip().removeprefix("return "))) == ast.unparse(
        ast.parse(last.removeprefix("return "))
    )


def test_a_row_tells_what_becomes_of_each_argument() -> None:
    found = row("KS201", "tf.gather")
    assert found is not None
    assert found.new.startswith("`keras.ops.take(x, indices")
    assert "`params` is called `x`." in found.notes
    assert "`axis=0` is written out where the call does not give it." in found.notes


def test_a_row_says_what_running_it_showed() -> None:
    name = next(iter(record().rows))
    found = row("KS201" if name.startswith("tf.") else "KS203", name)
    assert found is not None
    assert f"Executed in {record().rows[name].spellings} spellings" in found.proof


def test_an_alias_leads_to_its_row() -> None:
    found = next(r for r in rows_of("KS201") if r.aliases)
    assert row("KS201", found.aliases[0]) is found
    known = find("ops.toml", found.aliases[0])
    assert known is not None
    assert known.name == found.name


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        ("tf.gather", {"KS201/tf.gather"}),
        ("ks201/TF.gather", {"KS201/tf.gather"}),
        ("conv2d", {"KS201/tf.nn.conv2d", "KS203/keras.backend.conv2d"}),
        ("keras.layers.LSTM.time_major", {"KS404/keras.layers.RNN.time_major"}),
        ("no such thing", set()),
    ],
)
def test_rows_are_found_by_name_title_and_last_part(words: str, titles: set[str]) -> None:
    assert {found.title for found in search(words)} == titles


def test_other_words_find_the_rows_that_have_them_all() -> None:
    found = search("backend softm")
    assert found
    assert all("softm" in r.name + r.new and "backend" in r.name + r.new for r in found)
