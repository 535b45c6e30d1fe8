"""KS207: Augmented assignment to a tensor."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.analysis.scopes import Kind as BindingKind
from kerashift.engine.analysis.scopes import Scope
from kerashift.engine.model import Context, Safety, Span, Target
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, insert, replace

_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.MatMult: "@",
}
_ATOMS = (ast.Name, ast.Call, ast.Constant, ast.Attribute, ast.Subscript)
_NUMBERS = ("shape", "int_shape", "ndim", "rank", "size", "epsilon", "floatx", "image_data_format")
_TENSOR_SPACES = ("tf.", "keras.backend.", "keras.ops.", "keras.random.", "keras.activations.")
_DEPTH = 6


class InPlaceOperator(Rule):
    code = "KS207"
    name = "in-place-operator"
    target = Target.MULTI_BACKEND
    reference_url = "https://pytorch.org/docs/stable/notes/autograd.html#in-place-operations"

    def other(self, node: ast.AST, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.is_keras3 or not isinstance(node, ast.AugAssign):
            return
        symbol = _OPERATORS.get(type(node.op))
        target = node.target
        if symbol is None or not isinstance(target, ast.Name):
            return
        if ctx.context(node) is not Context.MODEL:
            return
        scope = ctx.module.tree.scopes[node]
        if _builds_graph(scope, ctx):
            return
        if not (_is_tensor(node.value, scope, ctx) or _name_is_tensor(target.id, scope, ctx)):
            return
        whole = ctx.span(node)
        start = ctx.span(target).end
        sign = ctx.module.unit.code.index(f"{symbol}=", start)
        edits = [replace(Span(sign, sign + len(symbol) + 1), f"= {target.id} {symbol}")]
        if not isinstance(node.value, _ATOMS) or "(" in ctx.module.unit.code[sign : _at(node, ctx)]:
            edits += [insert(sign + len(symbol) + 1, " (", rank=1), insert(whole.end, ")", rank=-2)]
            space = sign + len(symbol) + 1
            if ctx.module.unit.code[space : space + 1] == " ":
                edits[1] = replace(Span(space, space + 1), " (")
        message = f"`{target.id} {symbol}= …` changes the tensor in place on PyTorch"
        yield Finding(whole, message, Safety.SAFE, fix(*edits), context=Context.MODEL)

    examples = (
        Example(
            "a mask is subtracted",
            "from tensorflow import keras\nimport numpy as np\n\n\n"
            "class Mask(keras.layers.Layer):\n    def call(self, inputs):\n"
            "        x = inputs\n        x -= 2.0 * inputs + 1.0\n        return x + inputs\n\n\n"
            "result = Mask()(np.ones((1, 2), 'float32'))\n",
            "import keras\nimport numpy as np\n\n\n"
            "class Mask(keras.layers.Layer):\n    def call(self, inputs):\n"
            "        x = inputs\n        x = x - (2.0 * inputs + 1.0)\n"
            "        return x + inputs\n\n\n"
            "result = Mask()(np.ones((1, 2), 'float32'))\n",
            compare="result",
        ),
        Example(
            "a single value needs no parentheses",
            "def loss(y_true, y_pred):\n    y_pred /= y_true\n    return y_pred\n\n\n"
            "import keras\n",
            "def loss(y_true, y_pred):\n    y_pred = y_pred / y_true\n    return y_pred\n\n\n"
            "import keras\n",
        ),
        Example(
            "numbers and lists",
            "import keras\n\n\ndef build(filters):\n    inputs = keras.Input((3,))\n"
            "    names = []\n    filters *= 2\n    names += ['a']\n"
            "    return keras.Model(inputs, inputs)\n",
            None,
        ),
        Example(
            "a symbolic tensor of a functional model",
            "import keras\nfrom keras import layers\n\n\ndef block(x):\n"
            "    y = keras.ops.relu(x)\n    y += layers.Dense(3)(y)\n    return y\n\n\n"
            "inputs = keras.Input((3,))\nmodel = keras.Model(inputs, block(inputs))\n",
            None,
        ),
        Example("outside of the model", "import keras\n\ntotal = 0\ntotal += 1\n", None),
    )


def _builds_graph(scope: Scope, ctx: RuleContext) -> bool:
    """Whether the function makes layers and calls them at once: its tensors are symbolic, and
    an augmented assignment to one of these makes a new one."""
    if not isinstance(scope.node, ast.FunctionDef):
        return False
    for node in ast.walk(scope.node):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Call):
            symbol = ctx.module.symbol(node.func.func)
            if symbol is not None and symbol.name.startswith("keras.layers."):
                return True
    return False


def _at(node: ast.AugAssign, ctx: RuleContext) -> int:
    return ctx.span(node.value).start


def _name_is_tensor(name: str, scope: Scope, ctx: RuleContext, depth: int = 0) -> bool:
    """Whether one of the bindings of a name gives it a tensor."""
    found = scope.lookup(name)
    if found is None or depth > _DEPTH:
        return False
    where, bindings = found
    for binding in bindings:
        if binding.kind is BindingKind.PARAMETER and _is_tensor_parameter(name, where, ctx):
            return True
        value = binding.value if binding.kind is BindingKind.ASSIGN else None
        if value is not None and _is_tensor(value, where, ctx, depth + 1):
            return True
    return False


def _is_tensor_parameter(name: str, scope: Scope, ctx: RuleContext) -> bool:
    """The first parameter of `call`, and both of a loss or metric."""
    node = scope.node
    if not isinstance(node, ast.FunctionDef | ast.Lambda):
        return False
    names = [a.arg for a in node.args.args]
    if "y_true" in names and "y_pred" in names:
        return name in ("y_true", "y_pred")
    return isinstance(node, ast.FunctionDef) and node.name == "call" and names[1:2] == [name]


def _is_tensor(node: ast.expr, scope: Scope, ctx: RuleContext, depth: int = 0) -> bool:
    """Whether an expression surely gives a tensor."""
    if depth > _DEPTH:
        return False
    if isinstance(node, ast.BinOp):
        return any(_is_tensor(n, scope, ctx, depth + 1) for n in (node.left, node.right))
    if isinstance(node, ast.UnaryOp):
        return _is_tensor(node.operand, scope, ctx, depth + 1)
    if isinstance(node, ast.Name):
        return _name_is_tensor(node.id, scope, ctx, depth + 1)
    if isinstance(node, ast.Call):
        symbol = ctx.module.symbol(node.func)
        if symbol is None:
            return ctx.kind(node) is Kind.TENSOR
        last = symbol.name.rpartition(".")[2]
        return symbol.name.startswith(_TENSOR_SPACES) and last.islower() and last not in _NUMBERS
    return False
