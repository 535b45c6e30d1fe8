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
    "a method": "class P:\n    def make(self, d):\n        return d.map(self.f)\n\n"
    "    def f(self, x):\n        return x\n",
    "a method of an object": "class P:\n    def f(self, x):\n        return x\n\n\n"
    "p = P()\nd = tf.data.Dataset.range(3).map(p.f)\n",
    "a method of a base class": "class B:\n    def f(self, x):\n        return x\n\n\n"
    "class P(B):\n    def make(self, d):\n        return d.map(self.f)\n",
    "an object that is called": "class P:\n    def __call__(self, x):\n"
    "        return self.f(x)\n\n    def f(self, x):\n        return x\n\n\n"
    "d = tf.data.Dataset.range(3).map(P())\n",
    "partial": "from functools import partial\n\n\ndef f(a, x):\n    return x\n\n\n"
    "d = tf.data.Dataset.range(3).map(partial(f, 2))\n",
    "partial under a name": "from functools import partial\n\n\ndef f(a, x):\n    return x\n\n\n"
    "g = partial(f, 2)\nd = tf.data.Dataset.range(3).map(g)\n",
    "made by a function": "def make(a):\n    def f(x):\n        return x\n\n    return f\n\n\n"
    "d = tf.data.Dataset.range(3).map(make(2))\n",
    "called by a lambda under a name": "def f(x):\n    return x\n\n\ng = lambda x: f(x)\n"
    "d = tf.data.Dataset.range(3).map(g)\n",
    "one of several in a lambda": "def f(x):\n    return x\n\n\ndef g(x):\n    return x\n\n\n"
    "d = tf.data.Dataset.range(3).map(lambda x: g(f(g(x))))\n",
    "in a dictionary": "def f(x):\n    return x\n\n\nSTEPS = {'f': f}\n"
    "d = tf.data.Dataset.range(3).map(STEPS['f'])\n",
    "in a dictionary of an object": "class P:\n    def __init__(self):\n"
    "        self.steps = {'f': f}\n\n    def make(self, d):\n"
    "        return d.map(self.steps.get('f'))\n\n\ndef f(x):\n    return x\n",
    "one of a loop": "def f(x):\n    return x\n\n\nd = tf.data.Dataset.range(3)\n"
    "for step in [f]:\n    d = d.map(lambda x: step(x))\n",
    "decorated": "@tf.function\ndef f(x):\n    return x\n\n\nd = tf.data.Dataset.range(3).map(f)\n",
    "around a function of a pipeline": "def timed(g):\n    def f(x):\n        return g(x)\n\n"
    "    return f\n\n\n@timed\ndef step(x):\n    return x\n\n\n"
    "d = tf.data.Dataset.range(3).map(step)\n",
    "nested": "def step(x):\n    def f(y):\n        return y\n\n    return f(x)\n\n\n"
    "d = tf.data.Dataset.range(3).map(step)\n",
    "apply": "def f(d):\n    return d.batch(2)\n\n\nd = tf.data.Dataset.range(3).apply(f)\n",
    "Python in a pipeline": "def f(x):\n    return x\n\n\nd = tf.data.Dataset.range(3).map("
    "lambda x: tf.py_function(f, [x], tf.float32))\n",
    "a folder of images": "def f(x, y):\n    return x, y\n\n\n"
    "d = keras.utils.image_dataset_from_directory('images').map(f)\n",
    "a generator that is fitted": "def f():\n    yield 1, 2\n\n\nmodel.fit(f(), epochs=1)\n",
    "a generator under a name": "def f():\n    yield 1, 2\n\n\nrows = f()\n"
    "model.fit_generator(generator=rows)\n",
    "of ImageDataGenerator": "def f(x):\n    return x\n\n\n"
    "g = keras.preprocessing.image.ImageDataGenerator(preprocessing_function=f)\n",
    "an input_fn": "def f():\n    return 1\n\n\nestimator.train(input_fn=lambda: f())\n",
    "a Sequence": "class A(keras.utils.Sequence):\n    def f(self, i):\n        return i\n",
}
HOST = {
    "a plain helper": "def f(x):\n    return x\n",
    "a callback": "class A(keras.callbacks.Callback):\n    def f(self, epoch):\n        pass\n",
    "Python in a layer": "class A(keras.layers.Layer):\n    def call(self, x):\n"
    "        return tf.py_function(f, [x], tf.float32)\n\n\ndef f(x):\n    return x\n",
    "a function that makes arrays": "def f():\n    return 1\n\n\nmodel.fit(f(), epochs=1)\n",
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


def test_a_function_of_both_worlds_names_the_near_use_of_each() -> None:
    found = analyser(
        {
            "ops.py": "def scale(x):\n    return half(x)\n\n\ndef half(x):\n    return x / 2\n",
            "data.py": "import tensorflow as tf\nfrom ops import scale\n"
            "d = tf.data.Dataset.range(2)\nd = d.map(scale)\n",
            "net.py": "import keras\nfrom ops import scale\n\n\n"
            "class A(keras.layers.Layer):\n    def call(self, x):\n        return scale(x)\n",
        }
    )
    functions = found.index.by_path["ops.py"].tree.functions.values()
    half = next(f for f in functions if f.name == "half")
    model, data = found.contexts.uses(half)
    assert model is not None
    assert data is not None
    assert (model.place, data.place) == ("`A.call` (net.py:6)", "`map` (data.py:4)")


def test_what_feeds_a_pipeline_as_plain_python_is_told_from_its_graph() -> None:
    body = (
        "def rows():\n    yield 1\n\n\ndef host(x):\n    return x\n\n\ndef step(x):\n"
        "    return tf.numpy_function(host, [x], tf.float32)\n\n\n"
        "d = tf.data.Dataset.from_generator(rows, tf.float32).map(step)\n"
    )
    found = analyser({"a.py": HEAD + body})
    functions = found.index.by_path["a.py"].tree.functions.values()
    assert {f.name for f in functions if found.contexts.pipeline(f)} == {"step"}
    assert {found.contexts.of_function(f) for f in functions} == {Context.DATA}


def test_a_layer_that_a_pipeline_calls_stays_model_code() -> None:
    body = (
        "class A(keras.layers.Layer):\n    def f(self, x):\n        return x\n\n\n"
        "layer = A()\nd = tf.data.Dataset.range(3).map(lambda x: layer.f(x))\n"
    )
    assert context_of(body, "f") is Context.MODEL


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


def test_autograph_ran_over_call_and_what_it_calls_and_over_no_step() -> None:
    body = (
        "class A(keras.Model):\n    def build(self, shape):\n        pass\n\n"
        "    def call(self, x):\n        return self.inner(x) + helper(x)\n\n"
        "    def inner(self, x):\n        return x\n\n"
        "    def generate(self, x):\n        return x\n\n"
        "    def train_step(self, data):\n        return {}\n\n\n"
        "def helper(x):\n    def nested(x):\n        return x\n    return nested(x)\n\n\n"
        "def loss(y_true, y_pred):\n    return y_pred\n\n\ndef other(x):\n    return x\n"
    )
    found = analyser({"a.py": HEAD + body})
    functions = found.index.by_path["a.py"].tree.functions.values()
    converted = {f.name for f in functions if found.contexts.is_converted(f)}
    assert converted == {"call", "inner", "helper", "nested", "loss"}
