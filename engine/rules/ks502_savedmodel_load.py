"""KS502: SavedModel folder loaded as a model."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.model import Fix, Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.calls import CallEditor, CallError
from kerashift.engine.rules.path_text import change_ending
from kerashift.engine.rules.saved_files import FileCall, Use, file_call, saved_files

_FILES = (".keras", ".h5", ".hdf5")
_SAVED = "A folder that was saved before must be loaded with Keras 2 and saved as `.keras` once."
_SERVED = (
    "The layer only predicts, on TensorFlow and JAX: it cannot be trained, has no `predict` or "
    "`layers`, and gives a dictionary of outputs."
)


class SavedModelLoad(Rule):
    code = "KS502"
    name = "savedmodel-load"

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        found = None if ctx.stays else file_call(node, ctx)
        if found is None or found.use is not Use.LOAD or found.text is None:
            return
        files = saved_files(ctx)
        if found.text.ends(*_FILES, "/") or files.are(Use.CHECKPOINT, found.text):
            return
        span, context = ctx.span(node), ctx.context(node)
        if files.are(Use.SAVE, found.text):
            ending = change_ending(ctx.module, found.text, "", ".keras")
            message = "Keras 3 loads no SavedModel folders: the model is in a `.keras` file"
            if ending is None:
                yield Finding(span, message, Safety.MANUAL, context=context)
            else:
                yield Finding(span, message, Safety.REVIEW, Fix((ending,)), _SAVED, context=context)
            return
        message = (
            "Keras 3 loads no SavedModel folders: `keras.layers.TFSMLayer` calls what it serves"
        )
        fix = _layer(found, ctx)
        if fix is None:
            yield Finding(span, message, Safety.MANUAL, context=context)
        else:
            yield Finding(span, message, Safety.REVIEW, fix, _SERVED, context=context)

    examples = (
        Example(
            "saved by the project",
            'import keras\nmodel = keras.Sequential()\nmodel.save("net")\n'
            'model = keras.models.load_model("net", compile=False)\n',
            'import keras\nmodel = keras.Sequential()\nmodel.save("net.keras")\n'
            'model = keras.models.load_model("net.keras", compile=False)\n',
        ),
        Example(
            "from elsewhere",
            'import keras\nmodel = keras.models.load_model("net", compile=False)\n',
            "import keras\n"
            'model = keras.layers.TFSMLayer("net", call_endpoint="serving_default")\n',
        ),
        Example("a file", 'import keras\nmodel = keras.models.load_model("net.h5")\n', None),
        Example(
            "a path that is not in sight", "import keras\nm = keras.models.load_model(path)\n", None
        ),
        Example(
            "a SavedModel loaded by TensorFlow",
            'import tensorflow as tf\nimport keras\nm = tf.saved_model.load("net")\nprint(keras)\n',
            None,
        ),
        Example(
            "staying on tf_keras", 'import tf_keras\nm = tf_keras.models.load_model("net")\n', None
        ),
    )


def _layer(found: FileCall, ctx: RuleContext) -> Fix | None:
    try:
        editor = CallEditor(ctx.module, found.call)
    except CallError:
        return None
    if any(a.is_unpacked for a in editor.arguments):
        return None
    for argument in editor.arguments:
        if argument.value is not found.path:
            editor.drop(argument)
    text, needs = ctx.spell("keras.layers.TFSMLayer")
    editor.rename(text)
    editor.add('call_endpoint="serving_default"')
    return Fix(editor.build(), needs)
