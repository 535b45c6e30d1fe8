"""KS211: Slice or NumPy operand that a symbolic tensor does not take."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.model import Context, Safety, Span
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, insert, replace
from kerashift.engine.rules.members import enclosing_method

_FUNCTIONS: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.MatMult: "matmul",
    ast.Pow: "power",
}
_DEPTH = 8
_HEAD = "import numpy as np\nfrom tensorflow import keras\n\nx = keras.Input(batch_shape=(3, 2))\n"
_KERAS = "import numpy as np\nimport keras\n\nx = keras.Input(batch_shape=(3, 2))\n"
_OPS = _KERAS.replace("import keras\n", "import keras\nfrom keras import ops\n")
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
        is_slice = isinstance(node.slice, ast.Slice) and isinstance(node.ctx, ast.Load)
        if not is_slice or not _is_symbolic(node.value, ctx):
            return
        made = fix(insert(ctx.span(node.slice).end, ", ..."))
        message = "Keras 3 takes no bare slice of a symbolic tensor: add an ellipsis"
        yield Finding(ctx.span(node), message, Safety.SAFE, made, context=Context.MODEL)

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        parent = ctx.module.parent(node)
        if ctx.is_keras3 or not isinstance(parent, ast.BinOp) or parent.left is not node:
            return ()
        if not _is_numpy(node, ctx) or not _is_symbolic(parent.right, ctx):
            return ()
        return self._operation(parent, ctx)

    def _operation(self, node: ast.BinOp, ctx: RuleContext) -> Iterable[Finding]:
        name = _FUNCTIONS.get(type(node.op))
        if name is None:
            return
        whole, left, right = (ctx.span(part) for part in (node, node.left, node.right))
        between = ctx.module.unit.code[left.end : right.start]
        if between.strip() not in ("+", "-", "*", "/", "@", "**"):
            return  # parentheses or a comment between them
        text, needs = ctx.spell(f"keras.ops.{name}")
        edits = (
            insert(whole.start, f"{text}(", rank=1),
            replace(Span(left.end, right.start), ", "),
            insert(whole.end, ")", rank=-2),
        )
        message = "A NumPy value on the left cannot take a symbolic tensor: `keras.ops` can"
        made = fix(*edits, needs=needs)
        yield Finding(whole, message, Safety.SAFE, made, context=Context.MODEL)

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
            "a list",
            "import keras\n\nlayers = [keras.layers.ReLU()]\nfor layer in layers[1:]:\n    pass\n",
            None,
        ),
    )


def _is_symbolic(node: ast.expr, ctx: RuleContext) -> bool:
    """Whether an expression surely is a tensor of a functional model that is being built."""
    if enclosing_method(ctx.module, node) is not None:
        return False
    return ctx.kind(node) is Kind.TENSOR and _comes_from_input(node, ctx, 0)


def _comes_from_input(node: ast.expr, ctx: RuleContext, depth: int) -> bool:
    """Whether it is `keras.Input(…)`, or a layer's call on what comes from one."""
    if depth > _DEPTH:
        return False
    if isinstance(node, ast.Name):
        scope = ctx.module.tree.scopes.get(node)
        found = scope.lookup(node.id) if scope is not None else None
        values = [binding.value for binding in found[1]] if found is not None else []
        return bool(values) and all(
            value is not None and _comes_from_input(value, ctx, depth + 1) for value in values
        )
    if not isinstance(node, ast.Call):
        return False
    symbol = ctx.module.symbol(node.func)
    if symbol is not None and symbol.is_keras and symbol.name.rpartition(".")[2] == "Input":
        return True
    return any(_comes_from_input(argument, ctx, depth + 1) for argument in node.args)


def _is_numpy(node: ast.Call, ctx: RuleContext) -> bool:
    symbol = ctx.module.symbol(node.func)
    return symbol is not None and symbol.name.startswith("numpy.")
