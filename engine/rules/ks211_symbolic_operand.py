"""KS211: Slice, comparison or NumPy operand that a symbolic tensor does not take."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kerashift.engine.model import Context, Safety, Span
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, insert, replace
from kerashift.engine.rules.expressions import is_none, is_text
from kerashift.engine.rules.symbolic import is_symbolic

_FUNCTIONS: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.MatMult: "matmul",
    ast.Pow: "power",
}
_COMPARISONS: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Eq: ("equal", "=="),
    ast.NotEq: ("not_equal", "!="),
}
_HEAD = "import numpy as np\nfrom tensorflow import keras\n\nx = keras.Input(batch_shape=(3, 2))\n"
_KERAS = "import numpy as np\nimport keras\n\nx = keras.Input(batch_shape=(3, 2))\n"
_OPS = _KERAS.replace("import keras\n", "import keras\nfrom keras import ops\n")
_COMPARED = (
    "y = keras.backend.cast(y, 'float32') + keras.backend.cast(z, 'float32')\n"
    "model = keras.Model(x, y)\n"
    "result = model.predict_on_batch(np.arange(6.0).reshape((3, 2)).astype('float32'))\n"
)
_RESULT = (
    "model = keras.Model(x, y)\n"
    "result = model.predict_on_batch(np.arange(6.0).reshape((3, 2)).astype('float32'))\n"
)


class SymbolicOperand(Rule):
    code = "KS211"
    name = "symbolic-operand"

    def other(self, node: ast.AST, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.is_keras3 or not isinstance(node, ast.Subscript):
            return
        yield from _comparison(node, ctx)
        is_slice = isinstance(node.slice, ast.Slice) and isinstance(node.ctx, ast.Load)
        if not is_slice or not is_symbolic(node.value, ctx):
            return
        made = fix(insert(ctx.span(node.slice).end, ", ..."))
        message = "Keras 3 takes no bare slice of a symbolic tensor: add an ellipsis"
        yield Finding(ctx.span(node), message, Safety.SAFE, made, context=Context.MODEL)

    def whole(self, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.stays or not ctx.uses_keras:
            return
        for name in ctx.module.tree.names:
            yield from _comparison(name, ctx)

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.is_keras3:
            return
        yield from _comparison(node, ctx)
        parent = ctx.module.parent(node)
        if not isinstance(parent, ast.BinOp) or parent.left is not node:
            return
        if _is_numpy(node, ctx) and is_symbolic(parent.right, ctx):
            yield from _operation(parent, ctx)

    examples = (
        Example(
            "all samples but the first",
            _HEAD + "y = x[1:]\n" + _RESULT,
            _KERAS + "y = x[1:, ...]\n" + _RESULT,
            compare="result",
        ),
        Example(
            "every other one",
            _HEAD + "y = keras.layers.ReLU()(x)[::2]\n" + _RESULT,
            _KERAS + "y = keras.layers.ReLU()(x)[::2, ...]\n" + _RESULT,
            compare="result",
        ),
        Example(
            "a NumPy number on the left",
            _HEAD + "y = np.float32(2.0) * x\n" + _RESULT,
            _OPS + "y = ops.multiply(np.float32(2.0), x)\n" + _RESULT,
            compare="result",
        ),
        Example(
            "a NumPy array on the left",
            _HEAD + "y = np.ones((2,), 'float32') - x\n" + _RESULT,
            _OPS + "y = ops.subtract(np.ones((2,), 'float32'), x)\n" + _RESULT,
            compare="result",
        ),
        Example(
            "numbers that are compared",
            _HEAD + "y = keras.layers.ReLU()(x) == 3\nz = (0.0 != x)\n" + _COMPARED,
            _OPS
            + "y = ops.equal(keras.layers.ReLU()(x), 3)\nz = (ops.not_equal(0.0, x))\n"
            + _COMPARED.replace("keras.backend", "ops"),
            compare="result",
        ),
        Example(
            "two tensors that are compared in a method",
            "import keras\n\n\nclass Net:\n    def make(self):\n"
            "        a, b = keras.Input((3,)), keras.Input((3,))\n"
            "        return keras.Model([a, b], keras.ops.cast(a == b, 'float32'))\n",
            "import keras\nfrom keras import ops\n\n\nclass Net:\n    def make(self):\n"
            "        a, b = keras.Input((3,)), keras.Input((3,))\n"
            "        return keras.Model([a, b], keras.ops.cast(ops.equal(a, b), 'float32'))\n",
        ),
        Example(
            "other axes are sliced",
            "import keras\n\nx = keras.Input((4,))\ny = x[:, 1:]\nz = x[0]\n",
            None,
        ),
        Example(
            "a NumPy number on the right",
            "import keras\nimport numpy as np\n\nx = keras.Input((4,))\ny = x * np.float32(2.0)\n",
            None,
        ),
        Example(
            "in a layer, where tensors are real",
            "import keras\n\n\nclass L(keras.layers.Layer):\n    def call(self, x):\n"
            "        y = keras.activations.relu(x)\n        return y[1:]\n",
            None,
        ),
        Example(
            "states of a recurrent layer, which are a tuple",
            "import keras\n\nx = keras.Input((3, 4))\n"
            "states = keras.layers.LSTM(2, return_state=True)(x)\nlast = states[1:]\n",
            None,
        ),
        Example(
            "a layer of one's own, which may give several tensors",
            "import keras\nfrom parts import Split\n\n\nclass Twice(keras.layers.Layer):\n"
            "    def call(self, x):\n        return x, x\n\n\nx = keras.Input((4,))\n"
            "y = Twice()(x)\nz = y[1:]\nw = Split()(x)[1:]\n",
            None,
        ),
        Example(
            "comparisons of something else",
            "import keras\n\nx = keras.Input((4,))\nn = x.shape[1]\n"
            "print(n == 4, x is None, x == None, x > 2)\n",
            None,
        ),
        Example(
            "what is known of a tensor",
            "import keras\nfrom keras import backend as K\n\nx = keras.Input((4,))\n"
            "dtype = 'float32'\nsame = [keras.backend.standardize_dtype(x.dtype) == dtype]\n"
            "sparse = [K.is_keras_tensor(x) == True]\n",
            None,
        ),
        Example(
            "whether it is the same tensor",
            "import keras\n\nx = keras.Input((4,))\ny = keras.layers.ReLU()(x)\n"
            "z = y if not x == y else None\n",
            None,
        ),
        Example(
            "a list",
            "import keras\n\nlayers = [keras.layers.ReLU()]\nfor layer in layers[1:]:\n    pass\n",
            None,
        ),
    )


def _operation(node: ast.BinOp, ctx: RuleContext) -> Iterator[Finding]:
    name = _FUNCTIONS.get(type(node.op))
    if name is None:
        return
    whole, left, right = (ctx.span(part) for part in (node, node.left, node.right))
    between = ctx.module.unit.code[left.end : right.start]
    if between.strip() not in ("+", "-", "*", "/", "@", "**"):
        return  # parentheses or a comment between them
    message = "A NumPy value on the left cannot take a symbolic tensor: `keras.ops` can"
    yield _as_call(whole, left, right, name, message, ctx)


def _comparison(node: ast.expr, ctx: RuleContext) -> Iterator[Finding]:
    """`x == 0` of a symbolic tensor on its left, or on its right alone."""
    compare = ctx.module.parent(node)
    if not isinstance(compare, ast.Compare) or len(compare.ops) != 1:
        return
    name, sign = _COMPARISONS.get(type(compare.ops[0]), ("", ""))
    left, right = compare.left, compare.comparators[0]
    other = right if node is left else left
    if not name or is_none(other) or is_text(other) or not is_symbolic(node, ctx):
        return
    if _is_condition(compare, ctx):
        return
    if node is right and is_symbolic(left, ctx):
        return  # reported for the left one
    whole, before, after = ctx.span(compare), ctx.span(left), ctx.span(right)
    if ctx.module.unit.code[before.end : after.start].strip() != sign:
        return
    message = (
        f"`{sign}` of a symbolic tensor compares objects in Keras 3 and is always "
        f"{name == 'not_equal'}: `keras.ops.{name}` compares numbers"
    )
    yield _as_call(whole, before, after, name, message, ctx)


def _is_condition(node: ast.expr, ctx: RuleContext) -> bool:
    """Whether Python asks if it is true: a question about objects, which no tensor answers."""
    parent = ctx.module.parent(node)
    if isinstance(parent, ast.BoolOp | ast.Assert):
        return True
    if isinstance(parent, ast.UnaryOp):
        return isinstance(parent.op, ast.Not)
    return isinstance(parent, ast.If | ast.While | ast.IfExp) and parent.test is node


def _as_call(
    whole: Span, left: Span, right: Span, name: str, message: str, ctx: RuleContext
) -> Finding:
    """`left + right` → `ops.add(left, right)`."""
    text, needs = ctx.spell(f"keras.ops.{name}")
    edits = (
        insert(whole.start, f"{text}(", rank=1),
        replace(Span(left.end, right.start), ", "),
        insert(whole.end, ")", rank=-2),
    )
    made = fix(*edits, needs=needs)
    return Finding(whole, message, Safety.SAFE, made, context=Context.MODEL)


def _is_numpy(node: ast.Call, ctx: RuleContext) -> bool:
    symbol = ctx.module.symbol(node.func)
    return symbol is not None and symbol.name.startswith("numpy.")
