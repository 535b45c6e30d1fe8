"""KS202: TensorFlow dtype object."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.module import Reference
from kerashift.engine.model import Context, Safety, Target
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, replace

_DTYPES = frozenset(
    {"bool", "bfloat16", "float16", "float32", "float64", "half", "double"}
    | {"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"}
    | {"complex64", "complex128"}
)
_NAMES = {"double": "float64", "half": "float16"}


class TfDtype(Rule):
    code = "KS202"
    name = "tf-dtype"
    target = Target.MULTI_BACKEND

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        name = ref.symbol.name.removeprefix("tf.").removeprefix("dtypes.")
        if not ref.symbol.is_tf or ctx.is_keras3 or not (name in _DTYPES or name == "newaxis"):
            return
        root: ast.expr = ref.node
        while isinstance(root, ast.Attribute):
            root = root.value
        context = ctx.context(root)
        if context in (Context.DATA, Context.BOTH):
            return
        span, old = ctx.span(ref.node), ctx.text(ref.node)
        parent = ctx.module.parent(ref.node)
        if name == "newaxis":
            yield Finding(
                span, f"`{old}` is None", Safety.SAFE, fix(replace(span, "None")), context=context
            )
            return
        if _for_converter(parent, context):
            return
        if not _is_plain_value(parent) or _for_tensorflow(parent, ctx):
            if context is Context.MODEL and isinstance(parent, ast.Compare):
                message = f"Compare names: keras.backend.standardize_dtype(x.dtype) == '{name}'"
                yield Finding(span, message, Safety.MANUAL, context=context)
            return
        text = f'"{_NAMES.get(name, name)}"'
        if "'" in ctx.text(ctx.module.statement(ref.node)):
            text = text.replace('"', "'")
        made = fix(replace(span, text))
        message = f"`{old}` is {text} in Keras 3"
        yield Finding(span, message, Safety.SAFE, made, context=context)

    examples = (
        Example(
            "argument of a cast",
            "import tensorflow as tf\n\n\ndef f(y_true, y_pred):\n"
            "    return tf.cast(y_pred, tf.int32)\n\n\nresult = f(0, [1.5])\n",
            "from keras import ops\n\n\ndef f(y_true, y_pred):\n"
            '    return ops.cast(y_pred, "int32")\n\n\nresult = f(0, [1.5])\n',
        ),
        Example(
            "new axis",
            "import tensorflow as tf\n\n\ndef f(y_true, y_pred):\n"
            "    return y_pred[:, tf.newaxis]\n",
            "def f(y_true, y_pred):\n    return y_pred[:, None]\n",
        ),
        Example(
            "comparison is reported",
            "import tensorflow as tf\n\n\ndef f(y_true, y_pred):\n"
            "    return y_pred.dtype == tf.float32\n",
            "import tensorflow as tf\n\n\ndef f(y_true, y_pred):\n"
            "    return y_pred.dtype == tf.float32\n",
        ),
        Example(
            "a setting of TensorFlow Lite",
            "import keras\nimport tensorflow as tf\n\n\ndef convert(model: keras.Model):\n"
            "    converter = tf.lite.TFLiteConverter.from_keras_model(model)\n"
            "    converter.inference_input_type = tf.int8\n    return converter.convert()\n",
            None,
        ),
        Example(
            "in a pipeline",
            "import tensorflow as tf\n\n"
            "d = tf.data.Dataset.range(3).map(lambda x: tf.cast(x, tf.float32))\n",
            None,
        ),
    )


def _is_plain_value(parent: ast.AST | None) -> bool:
    return isinstance(parent, ast.Call | ast.keyword | ast.Assign | ast.arguments)


def _for_converter(parent: ast.AST | None, context: Context) -> bool:
    """Whether it is stored in an attribute of another object, as TensorFlow Lite has them."""
    if context is Context.MODEL or not isinstance(parent, ast.Assign):
        return False
    return any(
        isinstance(target, ast.Attribute)
        and not (isinstance(target.value, ast.Name) and target.value.id == "self")
        for target in parent.targets
    )


def _for_tensorflow(parent: ast.AST | None, ctx: RuleContext) -> bool:
    """Whether the value goes to a TensorFlow function that stays (`tf.TensorSpec` …)."""
    call = ctx.module.parent(parent) if isinstance(parent, ast.keyword) else parent
    if not isinstance(call, ast.Call):
        return False
    symbol = ctx.module.symbol(call.func)
    return (
        symbol is not None
        and symbol.is_tf
        and symbol.name.startswith(
            (
                "tf.Tensor",
                "tf.data",
                "tf.io",
                "tf.ragged",
                "tf.sparse",
                "tf.strings",
                "tf.py_function",
                "tf.numpy_function",
            )
        )
    )
