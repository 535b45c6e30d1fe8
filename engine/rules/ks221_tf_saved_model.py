"""KS221: Keras model written by `tf.saved_model` or `tf.lite`."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.model import Edit, Fix, Safety, Target
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.receivers import Sureness, is_model

_SAVE = frozenset({"tf.saved_model.save", "tf.compat.v2.saved_model.save"})
_LITE = frozenset(
    {"tf.lite.TFLiteConverter.from_keras_model", "tf.lite.TFLiteConverter.from_keras_model_file"}
)
_CAUTION = (
    "`export` writes the signature `serve` beside `serving_default` and prints what it wrote; "
    "programs that call another signature must change."
)
_BY_HAND = (
    "`tf.saved_model.save` of a Keras model fails on JAX and PyTorch: `model.export(path)` writes "
    "a SavedModel on every backend, and `keras.export.ExportArchive` your own signatures"
)
_LITE_TEXT = (
    "`from_keras_model` fails on PyTorch: write a SavedModel by `model.export(path)` and convert "
    'it with `TFLiteConverter.from_saved_model(path)`, or `model.export(path, format="litert")`'
)


class TfSavedModel(Rule):
    code = "KS221"
    name = "tf-saved-model"
    target = Target.MULTI_BACKEND
    reference_url = "https://keras.io/api/models/model_saving_apis/export/"

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        symbol = None if ctx.stays else ctx.module.symbol(node.func, ctx.module.tree.scopes[node])
        if symbol is None or not symbol.is_tf:
            return
        span, context = ctx.span(node), ctx.context(node)
        if symbol.name in _LITE:
            yield Finding(span, _LITE_TEXT, Safety.MANUAL, context=context)
            return
        if symbol.name not in _SAVE or not node.args:
            return
        if is_model(ctx, node.args[0]) < Sureness.LIKELY:
            return
        made = _export(node, ctx)
        if made is None:
            yield Finding(span, _BY_HAND, Safety.MANUAL, context=context)
        else:
            message = "`tf.saved_model.save` of a Keras model becomes `model.export`"
            yield Finding(span, message, Safety.REVIEW, made, _CAUTION, context=context)

    examples = (
        Example(
            "a model for serving",
            "import tensorflow as tf\nimport keras\n\n"
            "model = keras.Sequential([keras.Input((2,)), keras.layers.ReLU()])\n"
            'tf.saved_model.save(model, "serve/1")\n',
            "import keras\n\nmodel = keras.Sequential([keras.Input((2,)), keras.layers.ReLU()])\n"
            'model.export("serve/1")\n',
        ),
        Example(
            "a model with signatures",
            "import tensorflow as tf\nimport keras\n\nmodel = keras.Sequential()\n"
            'tf.saved_model.save(model, "serve/1", signatures=model.call)\n',
            "import tensorflow as tf\nimport keras\n\nmodel = keras.Sequential()\n"
            'tf.saved_model.save(model, "serve/1", signatures=model.call)\n',
        ),
        Example(
            "a model for TensorFlow Lite",
            "import tensorflow as tf\nimport keras\n\nmodel = keras.Sequential()\n"
            "converter = tf.lite.TFLiteConverter.from_keras_model(model)\n",
            "import tensorflow as tf\nimport keras\n\nmodel = keras.Sequential()\n"
            "converter = tf.lite.TFLiteConverter.from_keras_model(model)\n",
        ),
        Example(
            "a module of TensorFlow",
            "import tensorflow as tf\nimport keras\n\nmodule = tf.Module()\n"
            'tf.saved_model.save(module, "serve/1")\nprint(keras)\n',
            None,
        ),
        Example(
            "a SavedModel that is loaded, or converted",
            "import tensorflow as tf\nimport keras\n\n"
            'serve = tf.saved_model.load("serve/1")\n'
            'converter = tf.lite.TFLiteConverter.from_saved_model("serve/1")\nprint(keras)\n',
            None,
        ),
    )


def _export(node: ast.Call, ctx: RuleContext) -> Fix | None:
    """`model.export(path)`, where nothing but the model and the path is given."""
    model = node.args[0]
    if len(node.args) != 2 or node.keywords or not isinstance(model, ast.Name | ast.Attribute):
        return None
    if isinstance(node.args[1], ast.Starred):
        return None
    parts = (ctx.span(model), ".export(", ctx.span(node.args[1]), ")")
    return Fix((Edit(ctx.span(node), parts),))
