"""Code for one backend is no trouble for the others, as far as it says so."""

from __future__ import annotations

import pytest

from kerashift.engine.scan import analyse_units, read_unit
from tests.rewriting import rewritten

LAYER = "import keras\nimport tensorflow as tf\n\n\nclass L(keras.Layer):\n    def call(self, x):\n"


def codes(body: str) -> set[str]:
    lines = "\n".join(f"        {line}" for line in body.strip().split("\n"))
    return {issue.code for issue in rewritten(f"{LAYER}{lines}\n").issues}


@pytest.mark.parametrize(
    "body",
    [
        "if keras.backend.backend() == 'tensorflow':\n    return tf.abs(x)\n"
        "elif keras.backend.backend() == 'jax':\n    return x\n",
        "if keras.config.backend() in ('tensorflow',) and x is not None:\n    return tf.abs(x)\n"
        "if keras.config.backend() == 'torch':\n    return -x\n",
        "if keras.backend.backend() != 'tensorflow':\n    return keras.ops.abs(x)\n"
        "else:\n    return tf.abs(x)\n",
        "match keras.backend.backend():\n    case 'tensorflow':\n        return tf.abs(x)\n"
        "    case 'jax':\n        return x\n",
    ],
)
def test_a_branch_for_one_backend_is_left_alone(body: str) -> None:
    assert codes(body) == set()


@pytest.mark.parametrize(
    "body",
    [
        "if keras.backend.backend() == 'theano':\n    return x\nelse:\n    return tf.abs(x)\n",
        "if keras.backend.backend() == 'tensorflow':\n    return tf.abs(x)\n",
        "if keras.backend.backend() == 'jax':\n    return x\nreturn tf.abs(x)\n",
        "if backend == 'tensorflow':\n    return tf.abs(x)\nif backend == 'jax':\n    return x\n",
    ],
)
def test_other_branches_are_not(body: str) -> None:
    assert "KS201" in codes(body)


def test_what_fails_on_tensorflow_too_is_reported_in_its_branch() -> None:
    assert "KS203" in codes(
        "if keras.backend.backend() == 'tensorflow':\n    return keras.backend.sum(x)\n"
        "if keras.backend.backend() == 'jax':\n    return x\n"
    )


def project_codes(**files: str) -> dict[str, set[str]]:
    units = {f"{n}.py".replace("__init__", "pkg/__init__"): t for n, t in files.items()}
    found = analyse_units({p: read_unit(p, t.encode()) for p, t in units.items()}).issues
    return {path: {i.code for i in found if i.path == path} for path in units}


OP = (
    "import tensorflow as tf\nfrom keras import Layer\n\n\nclass L(Layer):\n"
    "    def call(self, x):\n"
)
ASKS = "from keras import backend\n\nif backend.backend() == 'jax':\n    import ops_jax as ops\n"


def test_a_module_with_a_twin_for_another_backend_is_left_alone() -> None:
    found = project_codes(
        ops_tensorflow=f"{OP}        return tf.abs(x)\n", ops_jax="import jax\n", choice=ASKS
    )
    assert found["ops_tensorflow.py"] == set()


def test_twins_in_a_project_that_never_asks_for_the_backend_are_not() -> None:
    found = project_codes(
        ops_tensorflow=f"{OP}        return tf.abs(x)\n", ops_jax="import jax\n", choice="x = 1\n"
    )
    assert "KS201" in found["ops_tensorflow.py"]


def test_a_keras_2_module_is_migrated_whatever_stands_beside_it() -> None:
    old = OP.replace("from keras import", "from tensorflow.keras import")
    found = project_codes(
        ops_tensorflow=f"{old}.abs(x)\n".replace(".abs", "        return tf.abs"),
        ops_jax="import jax\n",
        choice=ASKS,
    )
    assert {"KS101", "KS201"} <= found["ops_tensorflow.py"]
