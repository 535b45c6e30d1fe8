"""Import statements of old paths become statements of new ones, in every form."""

from __future__ import annotations

import pytest

from tests.engine.projects import fixed, issues

FORMS = {
    "from keras.layers.core import Dense as D\nD(3)\n": "from keras.layers import Dense as D\n"
    "D(3)\n",
    "import keras.utils.np_utils as u\nu.to_categorical(y)\n": (
        "import keras.utils as u\nu.to_categorical(y)\n"
    ),
    "from keras.layers.core import *\nDense(3)\n": "from keras.layers import *\nDense(3)\n",
    "if True:\n    from keras.engine.topology import Layer, Model\n    print(Layer, Model)\n": (
        "if True:\n    from keras.layers import Layer\n    from keras import Model\n"
        "    print(Layer, Model)\n"
    ),
    "from tensorflow.python.keras.layers import Dense\nDense(3)\n": (
        "from keras.layers import Dense\nDense(3)\n"
    ),
}


@pytest.mark.parametrize("source", FORMS)
def test_an_old_import_becomes_a_new_one(source: str) -> None:
    assert fixed(source) == FORMS[source]


def test_a_module_stays_where_it_gives_something_that_is_gone() -> None:
    text = fixed(
        "from keras.utils import generic_utils as g\ng.has_arg(1)\ng.get_custom_objects()\n"
    )
    assert "from keras.utils import generic_utils as g" in text
    assert "keras.utils.get_custom_objects()" in text


def test_a_private_name_without_a_public_path_is_reported_once() -> None:
    found = issues("from keras.utils.generic_utils import has_arg\nhas_arg(1, 2)\n")
    assert [issue.code for issue in found] == ["KS105"]


def test_nothing_is_reported_for_names_that_no_table_knows() -> None:
    assert issues("import keras\nprint(keras.something_new.Layer, keras.layers.Brandnew)\n") == []
