"""Variables for Keras: where code sets them, and which import reads them."""

from __future__ import annotations

import pytest

from kerashift.engine.analysis.environment import chooses_legacy, first_reader, settings
from kerashift.engine.analysis.module import Module
from tests.engine.projects import analyse, index

SPELLINGS = {
    "an item": "import os\nos.environ['KERAS_BACKEND'] = 'jax'\n",
    "setdefault": "import os as o\no.environ.setdefault('KERAS_BACKEND', 'jax')\n",
    "update with a keyword": "import os\nos.environ.update(KERAS_BACKEND='jax')\n",
    "update with a dictionary": "import os\nos.environ.update({'KERAS_BACKEND': 'jax'})\n",
    "putenv": "import os\nos.putenv('KERAS_BACKEND', 'jax')\n",
    "environ by itself": "from os import environ\nenviron['KERAS_BACKEND'] = 'jax'\n",
}


def module(text: str, **others: str) -> Module:
    files = {f"{name}.py": body for name, body in others.items()}
    return index({**files, "main.py": text}).by_path["main.py"]


@pytest.mark.parametrize("case", SPELLINGS)
def test_every_spelling_of_a_setting_is_found(case: str) -> None:
    found = settings(module(SPELLINGS[case]))
    assert [(s.variable, s.value) for s in found] == [("KERAS_BACKEND", "jax")]


def test_the_environment_of_another_object_is_none() -> None:
    assert (
        settings(module("class os:\n    environ = {}\n\nos.environ['KERAS_BACKEND'] = 1\n")) == ()
    )


def test_keras_may_be_imported_by_way_of_the_project() -> None:
    main = module(
        "import os\nimport low\nimport net\n",
        net="from deep import Net\n",
        deep="try:\n    import tensorflow.keras as k\nexcept ImportError:\n    import keras as k\n",
        low="def f():\n    import keras\n",
    )
    reader = first_reader(main)
    assert reader is not None
    assert reader.lineno == 3


def test_modules_that_import_each_other_end() -> None:
    assert first_reader(module("import a\n", a="import b\n", b="import a\nimport main\n")) is None


def test_a_module_that_asks_for_keras_2_is_left_alone() -> None:
    text = (
        "import os\nos.environ['TF_USE_LEGACY_KERAS'] = '1'\nimport tensorflow as tf\n"
        "x = tf.keras.backend.sum(1)\n"
    )
    assert chooses_legacy(module(text))
    assert {issue.code for issue in analyse({"main.py": text}).issues} == {"KS605"}


def test_one_that_takes_keras_beside_it_is_not() -> None:
    text = "import os\nos.environ['TF_USE_LEGACY_KERAS'] = '1'\nimport keras\nx = keras.Model()\n"
    assert not chooses_legacy(module(text))
