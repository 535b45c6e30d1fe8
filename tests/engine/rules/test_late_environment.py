"""Variables that a notebook sets with `%env`, beside those that code sets."""

from __future__ import annotations

import json

import pytest

from kerashift.engine.scan import analyse_units, read_unit

IMPORT = "import tensorflow as tf\nmodel = tf.keras.Sequential()"


def found(*cells: str) -> list[tuple[str, str]]:
    """Code and place of the issues of a notebook."""
    made = [
        {"cell_type": "code", "metadata": {}, "outputs": [], "source": cell.splitlines(True)}
        | {"execution_count": None}
        for cell in cells
    ]
    document = {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    unit = read_unit("net.ipynb", json.dumps(document).encode())
    issues = analyse_units({"net.ipynb": unit}).issues
    places = [(issue.code, unit.locate(issue.span.start)) for issue in issues]
    return [(code, f"cell {place.cell}, line {place.line}") for code, place in places]


@pytest.mark.parametrize("magic", ["%env KERAS_BACKEND=jax", "%set_env KERAS_BACKEND jax"])
def test_a_variable_set_by_a_magic_after_the_import_is_reported(magic: str) -> None:
    assert ("KS604", "cell 2, line 2") in found(IMPORT, f"x = 1\n{magic}")


def test_a_variable_set_by_a_magic_before_the_import_is_in_time() -> None:
    assert "KS604" not in dict(found("%env KERAS_BACKEND=jax", IMPORT))


def test_other_variables_are_not_about_keras() -> None:
    assert "KS604" not in dict(found(IMPORT, "%env CUDA_VISIBLE_DEVICES=0"))


def test_a_magic_chooses_keras_2_as_code_does() -> None:
    assert found("%env TF_USE_LEGACY_KERAS=1", IMPORT) == [("KS605", "cell 1, line 1")]
