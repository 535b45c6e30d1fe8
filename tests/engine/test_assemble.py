"""Fixes put together: imports follow, overlaps are left out whole, comments stay."""

from __future__ import annotations

from kerashift.engine.assemble import assemble
from kerashift.engine.model import Edit, Fix, Span
from kerashift.engine.unit import python_unit
from tests.engine.projects import analyse, fixed, issues

LAYER = """class A(keras.layers.Layer):
    def call(self, x):
        return tf.abs(x)
"""


def test_an_import_goes_with_its_last_use_and_comments_stay() -> None:
    text = (
        "import os\nimport tensorflow as tf  # the framework\n"
        "from tensorflow.keras.layers import (\n    Dense,  # dense\n    Flatten,\n)\n\n"
        "print(os, Dense(1), Flatten(), tf.keras.Sequential())\n"
    )
    result = fixed(text)
    assert "import tensorflow" not in result
    assert "from keras.layers import Dense, Flatten" in result
    assert "print(os, Dense(1), Flatten(), keras.Sequential())" in result


def test_an_import_stays_while_it_is_used() -> None:
    text = "import tensorflow as tf\nfrom tensorflow import keras\n\n\n" + LAYER
    text += "\n\nd = tf.data.Dataset.range(3)\n"
    result = fixed(text)
    assert "import tensorflow as tf\n" in result
    assert "from keras import ops\n" in result


def test_an_import_that_another_module_takes_stays() -> None:
    files = {
        "a.py": "import tensorflow as tf\n\nm = tf.keras.Sequential()\n",
        "b.py": "from a import tf\n\nd = tf.data.Dataset.range(2)\n",
    }
    found = analyse(files)
    unit = python_unit("a.py", files["a.py"].encode())
    mine = [i for i in found.issues if i.path == "a.py"]
    assert "import tensorflow as tf" in assemble(unit, mine, found.exports["a.py"]).text


def test_an_import_listed_in_all_stays() -> None:
    result = fixed("import tensorflow as tf\n\n__all__ = ['tf']\nm = tf.keras.Sequential()\n")
    assert "import tensorflow as tf" in result


def test_an_import_that_was_never_used_stays() -> None:
    text = "import tensorflow as tf\nfrom tensorflow.keras import backend as K\n"
    assert fixed(text) == "import tensorflow as tf\nfrom keras import backend as K\n"


def test_the_only_statement_of_a_block_becomes_pass() -> None:
    text = (
        "try:\n    import tensorflow as tf\nexcept ImportError:\n    raise\n\n"
        "m = tf.keras.Sequential()\n"
    )
    assert fixed(text) == (
        "import keras\ntry:\n    pass\nexcept ImportError:\n    raise\n\nm = keras.Sequential()\n"
    )


def test_new_imports_come_after_the_docstring_and_future_imports() -> None:
    text = '"""Doc."""\nfrom __future__ import annotations\n\n\ndef f(**kwargs):\n'
    text += "    backend = kwargs['backend']\n    return backend.sum(1)\n"
    assert fixed(text).startswith(
        '"""Doc."""\nfrom __future__ import annotations\nfrom keras import ops\n'
    )


def test_new_imports_come_after_the_line_that_chooses_a_backend() -> None:
    text = "import os\nos.environ['KERAS_BACKEND'] = 'jax'\nimport tensorflow as tf\n"
    text += "m = tf.keras.Sequential()\n"
    result = fixed(text)
    assert result.index("environ") < result.index("import keras")


def test_a_taken_name_is_not_shadowed() -> None:
    text = "import tensorflow as tf\nfrom tensorflow import keras\n\nops = 3\n\n\n" + LAYER
    assert "return keras.ops.abs" in fixed(text) or "return keras.ops.absolute" in fixed(text)


def test_windows_line_ends_are_kept() -> None:
    text = "import tensorflow as tf\r\n\r\nm = tf.keras.Sequential()\r\nd = tf.data\r\n"
    result = fixed(text)
    assert "import keras\r\n" in result
    assert result.count("\n") == result.count("\r\n")


def test_the_first_of_two_overlapping_fixes_wins_and_the_other_is_reported() -> None:
    text = "import keras\nx = abcdef\n"
    found = issues("import tensorflow as tf\nm = tf.keras.Sequential()\n")[0]
    from dataclasses import replace

    one = replace(found, id="one", fix=Fix((Edit(Span(17, 21), ("1",)),)))
    two = replace(
        found, id="two", fix=Fix((Edit(Span(13, 14), ("y",)), Edit(Span(19, 23), ("2",))))
    )
    result = assemble(python_unit("a.py", text.encode()), [one, two])
    assert result.conflicts == ("two",)
    assert result.text == "import keras\nx = 1ef\n"


def test_nothing_accepted_changes_nothing() -> None:
    text = "import tensorflow as tf\nm = tf.keras.Sequential()\n"
    assert assemble(python_unit("a.py", text.encode()), []).text == text
