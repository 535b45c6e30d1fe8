"""KS202: TensorFlow dtype object."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.module import Reference
from kerashift.engine.model import Context, Safety, Target
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, insert, replace

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
        if context is Context.HOST and not ctx.uses_keras:
            return  # the functions that it is handed to stay TensorFlow's
        span, old = ctx.span(ref.node), ctx.text(ref.node)
        parent = ctx.module.parent(ref.node)
        if name == "newaxis":
            yield Finding(
                span, f"`{old}` is None", Safety.SAFE, fix(replace(span, "None")), context=context
            )
            return
        if _for_converter(parent, context):
            return
        text = f'"{_NAMES.get(name, name)}"'
        if "'" in ctx.text(ctx.module.statement(ref.node)):
            text = text.replace('"', "'")
        made = fix(replace(span, text))
        message = f"`{old}` is {text} in Keras 3"
        if not _is_plain_value(parent) or _for_tensorflow(parent, ctx):
            compared = _compared_with(ref.node, ctx)
            if context is not Context.MODEL or compared is None:
                return
            message = "A tensor's dtype is another object on each backend: compare the names"
            if isinstance(compared, ast.Attribute) and compared.attr == "dtype":
                path, needs = ctx.spell("keras.backend.standardize_dtype")
                whole = ctx.span(compared)
                before, after = insert(whole.start, f"{path}(", rank=1), insert(whole.end, ")")
                made = fix(before, after, replace(span, text), needs=needs)
            else:
                yield Finding(span, message, Safety.MANUAL, context=context)
                return
        yield Finding(span, message, Safety.SAFE, made, context=context)

    examples = (
        Example(
            "argument of a cast",
            "import tensorflow as tf\n\n\ndef f(y_true, y_pred):\n"
            "    return tf.cast(y_pred, tf.int32)\n\n\nresult = f(0, [1.5])\n",
            "from keras import ops\n\n\ndef f(y_true, y_pred):\n"
            '    return ops.cast(y_pred, "int32")\n\n\nresult = f(0, [1.5])\n',
            compare="result",
        ),
        Example(
            "new axis",
            "import tensorflow as tf\n\n\ndef f(y_true, y_pred):\n"
            "    return y_pred[:, tf.newaxis]\n",
            "def f(y_true, y_pred):\n    return y_pred[:, None]\n",
        ),
        Example(
            "comparison with the dtype of a tensor",
            "import numpy as np\nimport tensorflow as tf\n\n\ndef f(y_true, y_pred):\n"
            "    return y_pred.dtype == tf.float32\n\n\n"
            "result = f(0, tf.constant(np.ones(2, 'float32')))\n",
            "import numpy as np\nfrom keras import ops\nimport keras\n\n\n"
            "def f(y_true, y_pred):\n"
            '    return keras.backend.standardize_dtype(y_pred.dtype) == "float32"\n\n\n'
            "result = f(0, ops.convert_to_tensor(np.ones(2, 'float32')))\n",
            compare="result",
        ),
        Example(
            "comparison with several",
            "import tensorflow as tf\n\n\ndef f(y_true, y_pred):\n"
            "    return y_pred.dtype in (tf.float16, tf.bfloat16)\n",
            "import keras\n\n\ndef f(y_true, y_pred):\n"
            '    return keras.backend.standardize_dtype(y_pred.dtype) in ("float16", "bfloat16")\n',
        ),
        Example(
            "comparison with something else is reported",
            "import tensorflow as tf\n\n\ndef f(y_true, y_pred):\n"
            "    return y_pred.kind == tf.float32\n",
            "import tensorflow as tf\n\n\ndef f(y_true, y_pred):\n"
            "    return y_pred.kind == tf.float32\n",
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


def _compared_with(node: ast.AST, ctx: RuleContext) -> ast.expr | None:
    """The other side of a comparison with a dtype, or with a tuple of such."""
    parent = ctx.module.parent(node)
    if isinstance(parent, ast.Tuple | ast.List | ast.Set):
        node, parent = parent, ctx.module.parent(parent)
    if not isinstance(parent, ast.Compare) or len(parent.ops) != 1:
        return None
    sides = [parent.left, parent.comparators[0]]
    return next((side for side in sides if side is not node), None)


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
