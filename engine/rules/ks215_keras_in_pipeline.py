"""KS215: Keras code in a tf.data pipeline that runs on TensorFlow only."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.analysis.module import Definition
from kerashift.engine.analysis.scopes import Kind as BindingKind
from kerashift.engine.analysis.seeds import is_pipeline_call
from kerashift.engine.model import Context, Fix, Safety, Target
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.calls import CallEditor, CallError
from kerashift.engine.rules.receivers import bindings_of
from kerashift.engine.tables import advice, api

_TABLE = "pipelines.toml"
_CAUTION = (
    "`Pipeline` is a layer: `fit`, `summary` and saving as a model are gone; it needs Keras 3.8."
)
_SEQUENTIAL = frozenset({"keras.Sequential", "keras.models.Sequential"})
_PREPROCESSING = "keras.layers.experimental.preprocessing."


@cache
def _layers_that_run() -> frozenset[str]:
    table = api.load(_TABLE)["layers"]
    assert isinstance(table, dict)
    return frozenset(table["run"])


class KerasInPipeline(Rule):
    code = "KS215"
    name = "keras-in-pipeline"
    target = Target.MULTI_BACKEND
    reference_url = "https://keras.io/api/layers/preprocessing_layers/"

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.stays:
            return
        if is_pipeline_call(ctx.module, node):
            yield from _handed(node, ctx)
        use = ctx.contexts.pipeline(ctx.module.tree.within[node])
        context = ctx.context(node)
        if use is None or context is Context.MODEL:
            return
        text = ctx.text(node.func)
        shown = text if len(text) <= 60 else f"{text[:57]}…"
        where = f"in the pipeline of {use.place}"
        yield from _said(node.func, node, f"`{shown}` {where}", ctx)

    examples = (
        Example(
            "augmentation in a Sequential",
            "import numpy as np\nimport tensorflow as tf\nfrom tensorflow import keras\n"
            "from tensorflow.keras import layers\n\n"
            "prepare = keras.Sequential([layers.Rescaling(0.5), layers.Resizing(2, 2)])\n"
            'images = np.arange(64, dtype="float32").reshape((2, 4, 4, 2))\n'
            "data = tf.data.Dataset.from_tensor_slices(images).batch(2)\n"
            "data = data.map(lambda x: prepare(x, training=True))\n"
            "result = list(data.as_numpy_iterator())\n",
            "import numpy as np\nimport tensorflow as tf\nimport keras\n"
            "from keras import layers\n\n"
            "prepare = keras.layers.Pipeline([layers.Rescaling(0.5), layers.Resizing(2, 2)])\n"
            'images = np.arange(64, dtype="float32").reshape((2, 4, 4, 2))\n'
            "data = tf.data.Dataset.from_tensor_slices(images).batch(2)\n"
            "data = data.map(lambda x: prepare(x, training=True))\n"
            "result = list(data.as_numpy_iterator())\n",
            compare="result",
        ),
        Example(
            "augmentation that the model uses too",
            "import tensorflow as tf\nimport keras\n\n"
            "augment = keras.Sequential([keras.layers.RandomFlip()])\n"
            "data = tf.data.Dataset.range(3).map(lambda x: augment(x))\n"
            "model = keras.Sequential([augment, keras.layers.Flatten()])\n",
            "import tensorflow as tf\nimport keras\n\n"
            "augment = keras.Sequential([keras.layers.RandomFlip()])\n"
            "data = tf.data.Dataset.range(3).map(lambda x: augment(x))\n"
            "model = keras.Sequential([augment, keras.layers.Flatten()])\n",
        ),
        Example(
            "a layer with weights, a loss and a helper",
            "import tensorflow as tf\nimport keras\n\ndense = keras.layers.Dense(2)\n\n\n"
            "def prepare(x, y):\n    loss = keras.losses.mean_squared_error(x, y)\n"
            "    return dense(x), loss, keras.utils.to_categorical(y, 3)\n\n\n"
            "data = tf.data.Dataset.range(3).map(prepare)\n",
            "import tensorflow as tf\nimport keras\n\ndense = keras.layers.Dense(2)\n\n\n"
            "def prepare(x, y):\n    loss = keras.losses.mean_squared_error(x, y)\n"
            "    return dense(x), loss, keras.utils.to_categorical(y, 3)\n\n\n"
            "data = tf.data.Dataset.range(3).map(prepare)\n",
        ),
        Example(
            "a Sequential that is a step itself",
            "import tensorflow as tf\nimport keras\n\n"
            "augment = keras.Sequential([keras.layers.RandomFlip()])\n"
            "data = tf.data.Dataset.range(3).map(augment, num_parallel_calls=2)\n",
            "import tensorflow as tf\nimport keras\n\n"
            "augment = keras.layers.Pipeline([keras.layers.RandomFlip()])\n"
            "data = tf.data.Dataset.range(3).map(augment, num_parallel_calls=2)\n",
        ),
        Example(
            "a layer of the project, and the scaling of an application",
            "import tensorflow as tf\nimport keras\n\n\nclass Half(keras.layers.Layer):\n"
            "    def call(self, x):\n        return x / 2\n\n\n"
            "data = tf.data.Dataset.range(3).map(Half())\n"
            "data = data.map(keras.applications.vgg16.preprocess_input)\n",
            "import tensorflow as tf\nimport keras\n\n\nclass Half(keras.layers.Layer):\n"
            "    def call(self, x):\n        return x / 2\n\n\n"
            "data = tf.data.Dataset.range(3).map(Half())\n"
            "data = data.map(keras.applications.vgg16.preprocess_input)\n",
        ),
        Example(
            "a preprocessing layer that is a step itself",
            "import tensorflow as tf\nimport keras\n\n"
            "data = tf.data.Dataset.range(3).map(keras.layers.Rescaling(2.0))\n",
            None,
        ),
        Example(
            "preprocessing layers one by one",
            "import tensorflow as tf\nimport keras\n\nflip = keras.layers.RandomFlip()\n"
            'words = keras.layers.StringLookup(vocabulary=["a"])\n'
            "data = tf.data.Dataset.range(3).map(lambda x: (flip(x), words(x)))\n"
            "data = data.map(lambda x, y: (keras.layers.Rescaling(2.0)(x), y))\n",
            None,
        ),
        Example(
            "a function that has taken the name of a model",
            "import tensorflow as tf\nimport keras\n\n"
            "scale = keras.Sequential([keras.layers.Rescaling(2.0)])\nprint(scale)\n\n\n"
            "def scale(x):\n    return x * 2\n\n\n"
            "data = tf.data.Dataset.range(3).map(lambda x: scale(x)).map(scale)\n",
            None,
        ),
        Example(
            "scaling of an application that is plain arithmetic",
            "import tensorflow as tf\nfrom keras.applications import mobilenet_v2\n\n"
            "data = tf.data.Dataset.range(3).map(lambda x: mobilenet_v2.preprocess_input(x))\n",
            None,
        ),
        Example(
            "in the model",
            "import keras\n\naugment = keras.Sequential([keras.layers.RandomFlip()])\n"
            "x = keras.Input((4, 4, 3))\nmodel = keras.Model(x, augment(x))\n",
            None,
        ),
        Example(
            "in a generator, which is plain Python",
            "import tensorflow as tf\nimport keras\n\ndense = keras.layers.Dense(2)\n\n\n"
            "def rows():\n    yield dense([[1.0]])\n\n\n"
            "data = tf.data.Dataset.from_generator(rows, 'float32')\n",
            None,
        ),
    )


def _handed(node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
    """A layer, model or function that is itself what a pipeline maps: `data.map(augment)`."""
    for given in node.args:
        if isinstance(given, ast.Name | ast.Attribute | ast.Call):
            text = ctx.text(given).split("(")[0]
            yield from _said(given, given, f"`{text}` as a step of a pipeline", ctx)


def _said(called: ast.expr, place: ast.expr, subject: str, ctx: RuleContext) -> Iterable[Finding]:
    """What to say of something that a pipeline calls."""
    span, context = ctx.span(place), Context.DATA
    symbol = ctx.module.symbol(called, ctx.module.tree.scopes.get(called))
    if symbol is not None:
        row = _row(symbol.name)
        instead = advice.rows(_TABLE).get(row, "")
        if instead:
            fails = "" if row == "keras.random" else " fails on JAX and PyTorch"
            message = f"{subject}{fails}: {instead}."
            yield Finding(span, message, Safety.MANUAL, context=context, row=row)
        return
    maker = _maker(called, ctx)
    reason = _reason(called, maker, ctx)
    if not reason:
        return
    made = _pipeline(called, maker, ctx) if maker is not None else None
    message = f"{subject} {reason}"
    if made is None:
        yield Finding(span, message, Safety.MANUAL, context=context)
    else:
        message = f"{message} `keras.layers.Pipeline` calls its layers in turn."
        yield Finding(span, message, Safety.REVIEW, made, _CAUTION, context=context)


def _row(name: str) -> str:
    """The row of a function; none for a class of losses, which is only made here."""
    row = advice.row_name(_TABLE, name)
    is_class = name.rpartition(".")[2][:1].isupper()
    return "" if is_class and row in ("keras.losses", "keras.metrics") else row


def _maker(func: ast.expr, ctx: RuleContext) -> ast.Call | None:
    """The call that made what is called: `Dense(2)` of `Dense(2)(x)`, or of `dense = Dense(2)`."""
    if isinstance(func, ast.Call):
        return func
    if isinstance(func, ast.Name):
        bindings = bindings_of(func.id, ctx.module.tree.scopes.get(func))
        if len(bindings) == 1 and isinstance(bindings[0].value, ast.Call):
            return bindings[0].value
    return None


def _reason(func: ast.expr, maker: ast.Call | None, ctx: RuleContext) -> str:
    """Why what is called does not run there; empty where it does, or nothing is known of it."""
    kind = None if _is_function_by_then(func, ctx) else ctx.kind(func)
    if kind is Kind.MODEL:
        return (
            "fails on JAX and PyTorch: models are not called there. Call its layers in turn, or "
            "make it part of the model."
        )
    if kind is Kind.LOSS:
        return "fails on JAX and PyTorch: compute losses in the model."
    if kind is not Kind.LAYER or maker is None or _runs(maker, ctx):
        return ""
    return (
        "fails on JAX and PyTorch, where only preprocessing layers run in a pipeline: make it part "
        "of the model, or use TensorFlow functions."
    )


def _is_function_by_then(func: ast.expr, ctx: RuleContext) -> bool:
    """Whether a name that was a layer before is a function where it is used, as in notebooks."""
    if not isinstance(func, ast.Name):
        return False
    bindings = bindings_of(func.id, ctx.module.tree.scopes.get(func))
    above = [b for b in bindings if getattr(b.node, "lineno", 0) <= func.lineno]
    return bool(above) and above[-1].kind is BindingKind.FUNCTION


def _runs(maker: ast.Call, ctx: RuleContext) -> bool:
    """Whether a layer is one that runs in pipelines, or made by a subclass of one."""
    found = ctx.module.resolve(maker.func, ctx.module.tree.scopes.get(maker))
    for _ in range(8):
        if not isinstance(found, Definition):
            break
        if not isinstance(found.node, ast.ClassDef) or not found.node.bases:
            return True  # made by a function: not in sight
        scope = found.module.tree.scopes.get(found.node)
        found = found.module.resolve(found.node.bases[0], scope)
    if found is None or isinstance(found, Definition):
        return True
    return _is_preprocessing(found.name)


def _is_preprocessing(name: str) -> bool:
    if name.startswith(_PREPROCESSING):
        return True
    return name.startswith("keras.layers.") and name.rpartition(".")[2] in _layers_that_run()


def _pipeline(func: ast.expr, maker: ast.Call, ctx: RuleContext) -> Fix | None:
    """The fix that makes a `Sequential` of preprocessing layers a `Pipeline`."""
    symbol = ctx.module.symbol(maker.func, ctx.module.tree.scopes.get(maker))
    if symbol is None or symbol.name not in _SEQUENTIAL or not isinstance(func, ast.Name):
        return None
    try:
        editor = CallEditor(ctx.module, maker)
    except CallError:
        return None
    bound = editor.bind(("layers", "name"))
    if not bound.is_certain or "layers" not in bound.by_name:
        return None
    items = bound.by_name["layers"].value
    if not isinstance(items, ast.List | ast.Tuple) or not items.elts:
        return None
    if not all(_is_plain_layer(item, ctx) for item in items.elts):
        return None
    if not _is_for_pipelines_alone(func, ctx):
        return None
    text, needs = ctx.spell("keras.layers.Pipeline")
    editor.rename(text)
    return Fix(editor.build(), needs)


def _is_plain_layer(item: ast.expr, ctx: RuleContext) -> bool:
    if not isinstance(item, ast.Call):
        return False
    symbol = ctx.module.symbol(item.func, ctx.module.tree.scopes.get(item))
    names = {keyword.arg for keyword in item.keywords}
    if symbol is None or names & {None, "input_shape", "batch_input_shape"}:
        return False
    return _is_preprocessing(symbol.name)


def _is_for_pipelines_alone(func: ast.Name, ctx: RuleContext) -> bool:
    """Whether every use of the name is a call inside of a pipeline."""
    module = ctx.module
    scope = module.tree.scopes[func]
    found = scope.lookup(func.id)
    if found is None:
        return False
    exports = ctx.contexts.index.exports().get(module.unit.path, frozenset())
    if found[0] is module.tree.scope and func.id in exports:
        return False
    for name in module.tree.names:
        if name.id != func.id:
            continue
        where = module.tree.scopes[name].lookup(name.id)
        if where is None or where[0] is not found[0]:
            continue
        parent = module.parent(name)
        if not isinstance(parent, ast.Call):
            return False
        is_step = parent.func is not name and is_pipeline_call(module, parent)
        is_called = parent.func is name and ctx.contexts.pipeline(module.tree.within[name])
        if not is_step and not is_called:
            return False
    return True
