"""KS210: Attribute that only TensorFlow's shapes and dtypes have."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kerashift.engine.model import Context, ImportNeed, Safety, Span, Target
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, insert, replace

_RANKS = ("rank", "ndims")
_KINDS = {
    "is_floating": "keras.backend.is_float_dtype",
    "is_integer": "keras.backend.is_int_dtype",
}
_NAMES = ("as_numpy_dtype", "base_dtype", "name")
_ONLY_SHAPES = frozenset(
    {"is_fully_defined", "is_compatible_with", "merge_with", "with_rank", "assert_has_rank"}
    | {"assert_is_fully_defined", "with_rank_at_least", "assert_is_compatible_with", "concatenate"}
)
_HEAD = "import numpy as np\nfrom tensorflow import keras\n\n\n"
_KERAS = "import numpy as np\nimport keras\n\n\n"
_LAYER = "class L(keras.layers.Layer):\n    def call(self, x):\n        return {}\n\n\n"
_RESULT = "result = L()(np.ones((2, 3), 'float32'))\n"


class TfShapeAttribute(Rule):
    code = "KS210"
    name = "tf-shape-attribute"
    target = Target.KERAS3

    def other(self, node: ast.AST, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.is_keras3 or not isinstance(node, ast.Attribute):
            return ()
        if not isinstance(node.ctx, ast.Load) or ctx.module.symbol(node) is not None:
            return ()
        context = _context(node, ctx)
        if context in (Context.DATA, Context.BOTH):
            return ()
        if _is_shape(node.value):
            return self._of_shape(node, ctx)
        if node.attr == "value" and isinstance(node.value, ast.Subscript):
            return self._size(node, node.value, ctx)
        is_dtype = isinstance(node.value, ast.Attribute) and node.value.attr == "dtype"
        if is_dtype and context is Context.MODEL:
            return self._of_dtype(node, ctx)
        return ()

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        func = node.func
        if ctx.is_keras3 or not isinstance(func, ast.Attribute) or func.attr != "set_shape":
            return
        if ctx.context(node) is not Context.MODEL or ctx.module.symbol(func) is not None:
            return
        span = ctx.span(node)
        message = "`set_shape` exists on TensorFlow only, and computes nothing"
        line = _whole_line(node, ctx)
        if line is None or len(node.args) != 1:
            yield Finding(span, message, Safety.MANUAL, context=Context.MODEL)
            return
        caution = "If a later layer must be told a size, use keras.ops.reshape instead."
        made = fix(replace(line, ""))
        yield Finding(span, message, Safety.REVIEW, made, caution, context=Context.MODEL)

    def _of_shape(self, node: ast.Attribute, ctx: RuleContext) -> Iterator[Finding]:
        whole, value, context = ctx.span(node), ctx.span(node.value), _context(node, ctx)
        tail = Span(value.end, whole.end)
        if node.attr in _RANKS:
            message = f"Shapes are plain tuples in Keras 3: `.{node.attr}` is their length"
            made = fix(insert(whole.start, "len(", rank=1), replace(tail, ")"))
            yield Finding(whole, message, Safety.SAFE, made, context=context)
        elif node.attr == "num_elements":
            call = ctx.module.parent(node)
            if not (isinstance(call, ast.Call) and not call.args):
                return
            message = "Shapes are plain tuples in Keras 3: `math.prod` multiplies their sizes"
            end = replace(Span(value.end, ctx.span(call).end), ")")
            made = fix(
                insert(whole.start, "math.prod(", rank=1), end, needs=[ImportNeed("math")]
            )
            caution = "All sizes must be known; TensorFlow gave None where one is not."
            yield Finding(whole, message, Safety.REVIEW, made, caution, context=context)
        elif node.attr in _ONLY_SHAPES:
            message = f"Shapes are plain tuples in Keras 3, without `.{node.attr}`"
            yield Finding(whole, message, Safety.MANUAL, context=context)

    def _size(
        self, node: ast.Attribute, item: ast.Subscript, ctx: RuleContext
    ) -> Iterator[Finding]:
        if not _is_shape(item.value) or isinstance(item.slice, ast.Slice):
            return
        whole = ctx.span(node)
        made = fix(replace(Span(ctx.span(item).end, whole.end), ""))
        message = "The sizes of a shape are plain numbers"
        yield Finding(whole, message, Safety.SAFE, made, context=_context(node, ctx))

    def _of_dtype(self, node: ast.Attribute, ctx: RuleContext) -> Iterator[Finding]:
        path = _KINDS.get(node.attr)
        if path is None and node.attr not in _NAMES:
            return
        text, needs = ctx.spell(path or "keras.backend.standardize_dtype")
        whole = ctx.span(node)
        tail = Span(ctx.span(node.value).end, whole.end)
        made = fix(insert(whole.start, f"{text}(", rank=1), replace(tail, ")"), needs=needs)
        message = f"Only TensorFlow's dtypes have `.{node.attr}`: `{text}` works everywhere"
        is_type = node.attr == "as_numpy_dtype"
        safety = Safety.REVIEW if is_type else Safety.SAFE
        caution = "It is a name now, where it was a NumPy type." if is_type else ""
        target = Target.MULTI_BACKEND
        yield Finding(whole, message, safety, made, caution, target, Context.MODEL)

    examples = (
        Example(
            "the rank of a tensor",
            _HEAD + _LAYER.format("x * float(x.shape.rank)") + _RESULT,
            _KERAS + _LAYER.format("x * float(len(x.shape))") + _RESULT,
            compare="result",
        ),
        Example(
            "rank by an old name",
            _HEAD + _LAYER.format("x * float(x.get_shape().ndims)") + _RESULT,
            _KERAS + _LAYER.format("x * float(len(x.shape))") + _RESULT,
            compare="result",
        ),
        Example(
            "how many numbers",
            _HEAD + _LAYER.format("x * float(x.shape[1:].num_elements())") + _RESULT,
            _KERAS.replace("\n\n\n", "\nimport math\n\n\n")
            + _LAYER.format("x * float(math.prod(x.shape[1:]))")
            + _RESULT,
            compare="result",
        ),
        Example(
            "a size of TensorFlow 1",
            _HEAD + _LAYER.format("x[:, : x.shape[1].value]"),
            _KERAS + _LAYER.format("x[:, : x.shape[1]]"),
        ),
        Example(
            "the kind of numbers",
            _HEAD + _LAYER.format("x + 1.0 if x.dtype.is_floating else x") + _RESULT,
            _KERAS
            + _LAYER.format("x + 1.0 if keras.backend.is_float_dtype(x.dtype) else x")
            + _RESULT,
            compare="result",
        ),
        Example(
            "a shape that is announced",
            "from tensorflow import keras\n\n\nclass L(keras.layers.Layer):\n"
            "    def call(self, x):\n        y = 2.0 * x\n        y.set_shape([None, 3])\n"
            "        return y\n",
            "import keras\n\n\nclass L(keras.layers.Layer):\n"
            "    def call(self, x):\n        y = 2.0 * x\n        return y\n",
        ),
        Example(
            "what only TensorShape can do is reported",
            "import keras\n\n\ndef loss(y_true, y_pred):\n"
            "    y_true.shape.assert_is_compatible_with(y_pred.shape)\n    return y_pred\n",
            "import keras\n\n\ndef loss(y_true, y_pred):\n"
            "    y_true.shape.assert_is_compatible_with(y_pred.shape)\n    return y_pred\n",
        ),
        Example(
            "in a pipeline",
            "import tensorflow as tf\n\n\ndef check(x):\n    x.set_shape([3])\n"
            "    return x * x.shape.rank\n\n\nd = tf.data.Dataset.range(3).map(check)\n",
            None,
        ),
        Example(
            "attributes of other objects",
            "import keras\n\n\ndef f(node, frame):\n"
            "    return node.rank + frame.shape[0] + node.dtype.kind\n",
            None,
        ),
        Example(
            "a value of an array", "import keras\n\n\ndef f(x):\n    return x[0].value\n", None
        ),
    )


def _context(node: ast.expr, ctx: RuleContext) -> Context:
    """Where an expression stands, by the name that it begins with."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return ctx.context(node) if isinstance(node, ast.Name) else Context.HOST


def _is_shape(node: ast.expr) -> bool:
    """`….shape`, `….get_shape()`, or a part of such."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        node = node.value
    if isinstance(node, ast.Call):
        func = node.func
        return isinstance(func, ast.Attribute) and func.attr == "get_shape" and not node.args
    return isinstance(node, ast.Attribute) and node.attr == "shape"


def _whole_line(call: ast.Call, ctx: RuleContext) -> Span | None:
    """The lines of a call that is a statement of its own, and not the only one of its block."""
    statement = ctx.module.parent(call)
    if not isinstance(statement, ast.Expr):
        return None
    block = ctx.module.parent(statement)
    bodies = [getattr(block, name, []) for name in ("body", "orelse", "finalbody")]
    if not any(statement in body and len(body) > 1 for body in bodies if isinstance(body, list)):
        return None
    text, span = ctx.module.unit.code, ctx.span(statement)
    start = text.rfind("\n", 0, span.start) + 1
    end = text.find("\n", span.end)
    if end < 0 or text[start : span.start].strip() or text[span.end : end].strip():
        return None
    return Span(start, end + 1)
