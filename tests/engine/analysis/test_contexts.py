"""Contexts: what belongs to the model, to the pipeline, to both, or to neither."""

from __future__ import annotations

import pytest

from kerashift.engine.model import Context
from tests.engine.projects import analyser

HEAD = "import tensorflow as tf\nfrom tensorflow import keras\n\n\n"


def context_of(body: str, name: str) -> Context:
    """Context of the function `name` in a file."""
    found = analyser({"a.py": HEAD + body})
    module = found.index.by_path["a.py"]
    function = next(f for f in module.tree.functions.values() if f.name == name)
    return found.contexts.of_function(function)


MODEL = {
    "method of a layer": "class A(keras.layers.Layer):\n    def f(self, x):\n        return x\n",
    "method of a subclass of a subclass": "class B(keras.layers.Dense):\n    pass\n\n\n"
    "class A(B):\n    def f(self, x):\n        return x\n",
    "called by a method": "class A(keras.layers.Layer):\n    def call(self, x):\n"
    "        return f(x)\n\n\ndef f(x):\n    return x\n",
    "loss in compile": "def f(a, b):\n    return a\n\n\nm.compile('sgd', loss=f)\n",
    "metrics in compile": "def f(a, b):\n    return a\n\n\nm.compile('sgd', 'mse', metrics=[f])\n",
    "loss by its parameters": "def f(y_true, y_pred):\n    return y_true\n",
    "in a Lambda layer": "def f(x):\n    return x\n\n\nlayer = keras.layers.Lambda(f)\n",
    "activation": "def f(x):\n    return x\n\n\nlayer = keras.layers.Dense(1, activation=f)\n",
    "builds a functional graph": "def f():\n    x = keras.Input((3,))\n"
    "    return keras.Model(x, tf.abs(x))\n",
    "handed on inside of a layer": "class A(keras.layers.Layer):\n    def call(self, x):\n"
    "        return tf.map_fn(f, x)\n\n\ndef f(x):\n    return x\n",
}
DATA = {
    "mapped": "def f(x):\n    return x\n\n\nd = tf.data.Dataset.range(3).map(f)\n",
    "mapped over a variable": "def f(x):\n    return x\n\n\nd = tf.data.Dataset.range(3)\n"
    "d = d.batch(2)\nd = d.map(f, num_parallel_calls=2)\n",
    "mapped over an argument": "def f(x):\n    return x\n\n\ndef make(ds):\n    return ds.map(f)\n",
    "called from a mapped lambda": "def f(x):\n    return x\n\n\n"
    "d = tf.data.Dataset.range(3).map(lambda x: f(x))\n",
    "filter": "def f(x):\n    return True\n\n\nd = tf.data.Dataset.range(3).filter(f)\n",
    "generator": "def f():\n    yield 1\n\n\nd = tf.data.Dataset.from_generator(f, 'int32')\n",
    "a Sequence": "class A(keras.utils.Sequence):\n    def f(self, i):\n        return i\n",
}
HOST = {
    "a plain helper": "def f(x):\n    return x\n",
    "a callback": "class A(keras.callbacks.Callback):\n    def f(self, epoch):\n        pass\n",
    "a thread pool": "def f(x):\n    return x\n\n\nout = pool.map(f, [1])\n",
}


@pytest.mark.parametrize("case", MODEL)
def test_model_code_is_found(case: str) -> None:
    assert context_of(MODEL[case], "f") is Context.MODEL


@pytest.mark.parametrize("case", DATA)
def test_pipeline_code_is_found(case: str) -> None:
    assert context_of(DATA[case], "f") is Context.DATA


@pytest.mark.parametrize("case", HOST)
def test_other_code_is_host_code(case: str) -> None:
    assert context_of(HOST[case], "f") is Context.HOST


def test_a_function_of_both_worlds_is_both() -> None:
    body = (
        "def f(x):\n    return x\n\n\nd = tf.data.Dataset.range(3).map(f)\n\n\n"
        "class A(keras.layers.Layer):\n    def call(self, x):\n        return f(x)\n"
    )
    assert context_of(body, "f") is Context.BOTH


def test_contexts_cross_files() -> None:
    found = analyser(
        {
            "ops.py": "def scale(x):\n    return x\n\n\ndef crop(x):\n    return x\n",
            "data.py": "import tensorflow as tf\nfrom ops import crop\n"
            "d = tf.data.Dataset.range(2).map(crop)\n",
            "net.py": "import keras\nfrom ops import scale\n\n\n"
            "class A(keras.layers.Layer):\n    def call(self, x):\n        return scale(x)\n",
        }
    )
    functions = found.index.by_path["ops.py"].tree.functions.values()
    contexts = {f.name: found.contexts.of_function(f) for f in functions}
    assert contexts == {"scale": Context.MODEL, "crop": Context.DATA}
