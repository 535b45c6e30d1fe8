"""KS316: NumPy where tensors are: beside symbolic tensors, and around what a model gives."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.analysis.module import Reference
from kerashift.engine.analysis.scopes import Kind as BindingKind
from kerashift.engine.model import Context, Safety, Target
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, replace
from kerashift.engine.rules.receivers import bindings_of

_MADE = frozenset({"ones", "zeros", "full", "array", "arange", "linspace", "eye", "asarray"})
_SCALARS = frozenset({"sqrt", "log", "exp", "float32", "float64", "sin", "cos", "power", "log2"})
_READS = frozenset(
    {"array", "asarray", "mean", "sum", "max", "min", "argmax", "argmin", "argsort", "std"}
    | {"squeeze", "round", "abs", "clip", "concatenate", "stack", "save", "reshape", "transpose"}
    | {"where", "sort", "exp", "log", "sqrt", "square", "expand_dims", "allclose"}
)
_MAX_DEPTH = 50
_OPS = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide"}
_OLD = "import numpy as np\nfrom tensorflow import keras\n\n"
_NEW = "import numpy as np\nimport keras\n\n"
_OPS_NEW = "import numpy as np\nimport keras\nfrom keras import ops\n\n"
_GRAPH = (
    "x = keras.Input((3,))\ny = keras.layers.ReLU()({})\n"
    "result = keras.Model(x, y).predict(np.ones((1, 3)), verbose=0)\n"
)
_LAYER = (
    "class Scale(keras.layers.Layer):\n    def __init__(self):\n        super().__init__()\n"
    "        self.d = keras.layers.Dense(3, kernel_initializer='ones')\n\n"
    "    def call(self, x):\n        y = self.d(x)\n        return {}\n\n\n"
    "model = keras.Sequential([Scale()])\nmodel.compile('sgd', 'mse')\n"
    "model.train_on_batch(np.ones((1, 3)), np.ones((1, 3)))\n"
    "result = model.predict(np.ones((1, 3)), verbose=0)\n"
)
_HOST = (
    "model = keras.Sequential([keras.layers.Dense(2, kernel_initializer='ones')])\n"
    "y = model(np.ones((1, 3)))\nresult = {}\n"
)


class NumpyAndTensors(Rule):
    code = "KS316"
    name = "numpy-and-tensors"
    reference_url = "https://keras.io/api/ops/"

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        name = ref.symbol.name
        if ref.call is None or ctx.stays or not name.startswith("numpy."):
            return
        name = name.removeprefix("numpy.")
        context = ctx.contexts.of_function(ref.function)
        if context in (Context.DATA, Context.BOTH):
            return
        if name in _MADE or name in _SCALARS:
            yield from _beside(ref.call, name, context, ctx)
        if name in _READS and context is Context.HOST:
            yield from _around(ref.call, ctx)

    examples = (
        Example(
            "a number of NumPy before a symbolic tensor",
            _OLD + _GRAPH.format("np.sqrt(2.0) * x"),
            _NEW + _GRAPH.format("float(np.sqrt(2.0)) * x"),
            compare="result",
        ),
        Example(
            "an array before a symbolic tensor",
            _OLD + _GRAPH.format("np.ones(3) - x"),
            _OPS_NEW + _GRAPH.format("ops.subtract(ops.cast(np.ones(3), x.dtype), x)"),
            compare="result",
        ),
        Example(
            "an array beside a tensor in a layer",
            _OLD + _LAYER.format("y + np.ones(3)"),
            _OPS_NEW + _LAYER.format("ops.add(y, ops.cast(np.ones(3), y.dtype))"),
            compare="result",
        ),
        Example(
            "what a model gives",
            _OLD + _HOST.format("np.argmax(y, axis=-1)"),
            _OPS_NEW + _HOST.format("np.argmax(ops.convert_to_numpy(y), axis=-1)"),
            compare="result",
        ),
        Example(
            "what a model predicts",
            _NEW + "model = keras.Sequential([keras.layers.Dense(2)])\n"
            "y = model.predict(np.ones((1, 3)))\nprint(np.argmax(y), np.mean(y))\n",
            None,
        ),
        Example(
            "numbers behind a tensor",
            _NEW + _GRAPH.format("x * float(np.sqrt(2.0))"),
            None,
        ),
        Example(
            "arrays among themselves",
            _NEW + "a = np.ones(3) * 2 + np.sqrt(2.0) * np.ones(3)\nprint(keras, np.mean(a))\n",
            None,
        ),
        Example(
            "a number of NumPy in a layer",
            _NEW + _LAYER.format("y / float(np.log(2.0))"),
            None,
        ),
    )


def _beside(call: ast.Call, name: str, context: Context, ctx: RuleContext) -> Iterator[Finding]:
    """A NumPy value in arithmetic with a tensor."""
    parent = ctx.module.parent(call)
    if not isinstance(parent, ast.BinOp) or type(parent.op) not in _OPS:
        return
    is_left = parent.left is call
    other = parent.right if is_left else parent.left
    if not isinstance(other, ast.Name) or not _is_keras_tensor(other, ctx):
        return
    symbolic = context is Context.HOST or _is_symbolic(other, ctx)
    span = ctx.span(call)
    if name in _SCALARS:
        if is_left and symbolic:
            message = "A number of NumPy stands before a symbolic tensor: it is made a float"
            change = fix(replace(span, "float(", span, ")"))
            yield Finding(span, message, Safety.SAFE, change, context=context)
        return
    if symbolic and not is_left:
        return  # that works, and the layers behind it see the dtype of the tensor
    function, needs = ctx.spell(f"keras.ops.{_OPS[type(parent.op)]}")
    cast, more = ctx.spell("keras.ops.cast")
    array = (f"{cast}(", span, f", {other.id}.dtype)")
    left = array if is_left else (ctx.span(other),)
    right = (ctx.span(other),) if is_left else array
    whole = ctx.span(parent)
    edit = replace(whole, f"{function}(", *left, ", ", *right, ")")
    message = "An array of NumPy meets a tensor: it is made a tensor of the same dtype"
    target = Target.KERAS3 if symbolic else Target.MULTI_BACKEND
    change = fix(edit, needs=(*needs, *more))
    yield Finding(whole, message, Safety.SAFE, change, "", target, context)


def _around(call: ast.Call, ctx: RuleContext) -> Iterator[Finding]:
    """`np.argmax(model(x))`: PyTorch gives no array of a tensor with a gradient."""
    if not call.args or not _is_given_by_model(call.args[0], ctx):
        return
    text, needs = ctx.spell("keras.ops.convert_to_numpy")
    span = ctx.span(call.args[0])
    message = "PyTorch makes no array of what a model gives: `ops.convert_to_numpy` does"
    change = fix(replace(span, f"{text}(", span, ")"), needs=needs)
    yield Finding(span, message, Safety.SAFE, change, "", Target.MULTI_BACKEND)


def _value(node: ast.Name, ctx: RuleContext) -> ast.expr | None:
    """What a name was set to, where it is set once."""
    found = bindings_of(node.id, ctx.module.tree.scopes.get(node))
    is_one = len(found) == 1 and found[0].kind is BindingKind.ASSIGN
    return found[0].value if is_one else None


def _is_given_by_model(node: ast.expr, ctx: RuleContext) -> bool:
    """Whether an expression is what a model gives when it is called."""
    if isinstance(node, ast.Name):
        value = _value(node, ctx)
        return isinstance(value, ast.Call) and _is_given_by_model(value, ctx)
    if isinstance(node, ast.Subscript):
        return _is_given_by_model(node.value, ctx)
    return isinstance(node, ast.Call) and ctx.kind(node.func) is Kind.MODEL


def _is_keras_tensor(node: ast.Name, ctx: RuleContext) -> bool:
    """Whether a name holds an input of Keras, or what a layer gives."""
    value = _value(node, ctx)
    return isinstance(value, ast.Call) and (
        _is_input(value, ctx) or ctx.kind(value.func) in (Kind.LAYER, Kind.MODEL)
    )


def _is_symbolic(node: ast.Name, ctx: RuleContext, depth: int = 0) -> bool:
    """Whether the tensor comes from a `keras.Input` of the same function."""
    value = _value(node, ctx)
    if not isinstance(value, ast.Call) or depth > _MAX_DEPTH:
        return False
    if _is_input(value, ctx):
        return True
    return any(isinstance(a, ast.Name) and _is_symbolic(a, ctx, depth + 1) for a in value.args)


def _is_input(call: ast.Call, ctx: RuleContext) -> bool:
    symbol = ctx.module.symbol(call.func, ctx.module.tree.scopes.get(call))
    return symbol is not None and symbol.name in ("keras.Input", "keras.layers.Input")
