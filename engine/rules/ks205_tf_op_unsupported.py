"""KS205: TensorFlow function without a counterpart."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.module import Reference
from kerashift.engine.model import Context, Safety, Target
from kerashift.engine.rules.backendguard import is_for_tensorflow
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.decorators import needless_tf_function
from kerashift.engine.rules.families import is_annotation
from kerashift.engine.rules.hostfunctions import python_function
from kerashift.engine.tables import advice
from kerashift.engine.tables.oprows import find

TABLE = "unsupported.toml"
_NO_ROW = "Keras 3 has no counterpart: it runs on the TensorFlow backend only."
_DTYPE_LENGTH = 2
_OWN_RULES = ("tf.control_dependencies", "tf.compat.v1.control_dependencies")


class TfOpUnsupported(Rule):
    code = "KS205"
    name = "tf-op-unsupported"
    target = Target.MULTI_BACKEND

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        name = ref.symbol.name
        if not ref.symbol.is_tf or name == "tf" or ctx.is_keras3:
            return
        if find("ops.toml", name) is not None or not _is_op(name, ref) or python_function(name):
            return
        if name in _OWN_RULES or needless_tf_function(ref, ctx) is not None:
            return
        root: ast.expr = ref.node
        while isinstance(root, ast.Attribute):
            root = root.value
        context = ctx.context(root)
        row = advice.row_name(TABLE, name)
        instead = advice.rows(TABLE).get(row, _NO_ROW)
        if context is not Context.MODEL or not instead or is_annotation(ref.node, ctx):
            return
        if is_for_tensorflow(ctx.module, ref.node):
            return
        message = f"`{ctx.text(ref.node)}`: {instead}"
        yield Finding(ctx.span(ref.node), message, Safety.MANUAL, context=context, row=row)

    examples = (
        Example(
            "Python code in a layer",
            "import tensorflow as tf\nfrom tensorflow import keras\n\n\n"
            "class Parse(keras.layers.Layer):\n    def call(self, x):\n"
            "        return tf.py_function(len, [x], tf.int32)\n",
            "import tensorflow as tf\nimport keras\n\n\n"
            "class Parse(keras.layers.Layer):\n    def call(self, x):\n"
            "        return tf.py_function(len, [x], tf.int32)\n",
        ),
        Example(
            "Python code in a pipeline",
            "import tensorflow as tf\n\n"
            "d = tf.data.Dataset.range(3).map(lambda x: tf.py_function(int, [x], tf.int64))\n",
            None,
        ),
        Example(
            "a script's own TensorFlow", "import tensorflow as tf\n\ntf.print('hello')\n", None
        ),
    )


def _is_op(name: str, ref: Reference) -> bool:
    """Dtypes and `tf.newaxis` have a rule of their own."""
    last = name.rpartition(".")[2]
    if ref.call is None and name.count(".") < _DTYPE_LENGTH and last.isidentifier():
        return last in ("function", "GradientTape", "print")
    return True
