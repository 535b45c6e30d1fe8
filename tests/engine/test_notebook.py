"""Notebooks: cells are one module, changes go back to their cells, all else stays byte for byte."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kerashift.engine.notebook import notebook_unit
from kerashift.engine.source import SourceError

LINES = st.lists(st.text(alphabet="ax=\"'\\#%!? é☃\U0001f600\t", max_size=6), max_size=5)
SOURCES = st.lists(LINES.map("\n".join), max_size=5)
INDENTS = st.sampled_from([None, 1, 2, "\t"])


def cell(source: Any, kind: str = "code") -> dict[str, Any]:
    outputs = {"execution_count": 3, "outputs": [{"data": {"text/plain": ["[1, 2]"]}}]}
    return {"cell_type": kind, "metadata": {}, **(outputs if kind == "code" else {})} | {
        "source": source
    }


def notebook(*cells: dict[str, Any], **extra: Any) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **extra}


def as_bytes(values: dict[str, Any], **options: Any) -> bytes:
    return json.dumps(values, **{"indent": 1, **options}).encode()


def lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def test_code_cells_in_order_are_one_module_and_markdown_is_not_in_it() -> None:
    data = as_bytes(notebook(cell("a = 1"), cell("# words", "markdown"), cell("b = 2")))
    unit = notebook_unit("n.ipynb", data)
    assert unit.text == "# %% [cell 1]\na = 1\n# %% [cell 3]\nb = 2\n"
    assert [unit.text[start : start + 5] for start, _ in unit.cells] == ["a = 1", "b = 2"]
    assert [number for _, number in unit.cells] == [1, 3]


def test_a_place_is_told_within_its_cell() -> None:
    data = as_bytes(notebook(cell("a = 1"), cell(["b = 2\n", "cc = 3"])))
    unit = notebook_unit("n.ipynb", data)
    place = unit.locate(unit.text.index("cc = 3") + 5)
    assert (place.cell, place.line, place.column) == (2, 2, 6)


@given(SOURCES, SOURCES, INDENTS, st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_any_change_of_cells_changes_their_source_and_not_one_byte_else(
    sources: list[str],
    replacements: list[str],
    indent: int | str | None,
    as_list: bool,
    plain_ascii: bool,
    crlf: bool,
    bom: bool,
) -> None:
    cells = [cell(lines(s) if as_list else s) for s in sources]
    values = notebook(cell("# title", "markdown"), *cells)
    body = json.dumps(values, indent=indent, ensure_ascii=plain_ascii) + "\n"
    data = (b"\xef\xbb\xbf" if bom else b"") + body.replace("\n", "\r\n" if crlf else "\n").encode()
    unit = notebook_unit("n.ipynb", data)
    assert unit.writer(unit.text) == data

    after = [*replacements, *sources][: len(sources)]
    text = unit.text
    for (start, _), old, new in reversed(list(zip(unit.cells, sources, after, strict=True))):
        text = text[:start] + new + text[start + len(old) :]
    written = json.loads(unit.writer(text).decode("utf-8-sig"))
    for old, new in zip(values["cells"][1:], after, strict=True):
        old["source"] = new
    for found in written["cells"]:
        found["source"] = "".join(found["source"])
    assert written == values


def test_one_changed_line_is_one_changed_line_of_the_file() -> None:
    values = notebook(cell(["import a\n", "x = 'é'\n", "y = 1"]), cell(["x"]))
    data = as_bytes(values)
    unit = notebook_unit("n.ipynb", data)
    written = unit.writer(unit.text.replace("import a\n", "import b\n"))
    assert written == data.replace(b"import a", b"import b")


def test_an_added_line_follows_the_layout_of_the_others() -> None:
    data = as_bytes(notebook(cell(["a\n", "c"])), indent=3)
    unit = notebook_unit("n.ipynb", data)
    written = unit.writer(unit.text.replace("a\n", "a\nb\n"))
    assert written == as_bytes(notebook(cell(["a\n", "b\n", "c"])), indent=3)


def test_a_source_in_one_string_stays_one_string() -> None:
    data = as_bytes(notebook(cell("a\nb")))
    unit = notebook_unit("n.ipynb", data)
    assert unit.writer(unit.text.replace("b", "c")) == as_bytes(notebook(cell("a\nc")))


def test_an_empty_cell_can_be_filled_and_a_filled_one_emptied() -> None:
    empty, full = as_bytes(notebook(cell([]))), as_bytes(notebook(cell(["a\n", "b"])))
    unit = notebook_unit("n.ipynb", empty)
    assert unit.writer(unit.text[:-1] + "a\nb\n") == full
    unit = notebook_unit("n.ipynb", full)
    assert unit.writer(unit.text.replace("a\nb\n", "\n")) == empty


def test_numbers_without_a_json_spelling_of_their_own_stay_as_they_were() -> None:
    data = as_bytes(notebook(cell("a"), extra=[float("nan"), 1e400])).replace(b"3,", b"3.50e+1,")
    unit = notebook_unit("n.ipynb", data)
    changed = unit.writer(unit.text.replace("a\n", "b\n"))
    assert changed == data.replace(b'"a"', b'"b"')


def test_line_ends_inside_a_cell_are_kept() -> None:
    data = as_bytes(notebook(cell(["a\r\n", "b"])))
    unit = notebook_unit("n.ipynb", data)
    assert unit.newline == "\r\n"
    assert unit.writer(unit.text.replace("b", "c")) == data.replace(b'"b"', b'"c"')


def test_a_marker_in_the_users_own_text_is_not_mistaken_for_ours() -> None:
    data = as_bytes(notebook(cell("a\n# %% [cell 2]\nb"), cell("c")))
    unit = notebook_unit("n.ipynb", data)
    assert [number for _, number in unit.cells] == [1, 2]
    assert unit.writer(unit.text.replace("c\n", "d\n")) == data.replace(b'"c"', b'"d"')


@pytest.mark.parametrize("old", ["# %% [cell 2]\n", "# %% [cell 1]\n"])
def test_a_text_whose_markers_were_touched_is_refused(old: str) -> None:
    unit = notebook_unit("n.ipynb", as_bytes(notebook(cell("a"), cell("b"))))
    with pytest.raises(SourceError, match="mark the cells"):
        unit.writer(unit.text.replace(old, ""))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not a notebook"),
        (b"[1, 2]", "not a notebook"),
        (b'{"cells": [', "not a notebook"),
        (b'{"cells": 3, "nbformat": 4}', "not a notebook"),
        (b'{"nbformat": 4} x', "not a notebook"),
        (b'{"cells": []}', "does not name its format"),
        (b'{"worksheets": [], "nbformat": 3}', "notebook format 3: save it with a current"),
        (b'{"cells": [], "nbformat": 5}', "notebook format 5"),
        (b'{"cells": [{"cell_type": "code", "source": 3}], "nbformat": 4}', "cell 1"),
        (b"\xff{}", "not valid utf-8: byte 0"),
        (b'{"a": ' + b"[" * 100_000, "not a notebook"),
        (as_bytes(notebook(cell("a\rb"))), "lone carriage return"),
        (as_bytes(notebook(metadata={"kernelspec": {"language": "R"}})), "a notebook in R"),
        (as_bytes(notebook(metadata={"language_info": {"name": "julia"}})), "in julia"),
    ],
)
def test_what_is_no_python_notebook_is_refused_in_words(data: bytes, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        notebook_unit("n.ipynb", data)


def test_the_notebook_of_the_sample_parses_with_its_magics_masked(repository: Path) -> None:
    data = (repository / "resources" / "sample" / "digits" / "evaluate.ipynb").read_bytes()
    unit = notebook_unit("evaluate.ipynb", data)
    assert "!pip" in unit.text
    ast.parse(unit.code)
    assert unit.writer(unit.text) == data
