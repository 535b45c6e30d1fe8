"""KS316: NumPy where tensors are: arrays beside them in layers, and functions around results."""

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
_READS = frozenset(
    {"array", "asarray", "mean", "sum", "max", "min", "argmax", "argmin", "argsort", "std"}
    | {"squeeze", "round", "abs", "clip", "concatenate", "stack", "save", "reshape", "transpose"}
    | {"where", "sort", "exp", "log", "sqrt", "square", "expand_dims", "allclose"}
)
_OPS = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide"}
_OLD = "import numpy as np\nfrom tensorflow import keras\n\n"
_NEW = "import numpy as np\nimport keras\n\n"
_OPS_NEW = "import numpy as np\nimport keras\nfrom keras import ops\n\n"
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
        if name in _MADE and context is Context.MODEL and _in_method(ref):
            yield from _beside(ref.call, context, ctx)
        if name in _READS and context is Context.HOST:
            yield from _around(ref.call, ctx)

    examples = (
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
            "an array behind a symbolic tensor",
            _NEW + "x = keras.Input((3,))\ny = x * np.ones(3, 'float32')\n",
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


def _in_method(ref: Reference) -> bool:
    """Whether code stands in a method, where tensors are real ones."""
    function = ref.function
    while function is not None:
        if function.owner is not None:
            return True
        function = function.outer
    return False


def _beside(call: ast.Call, context: Context, ctx: RuleContext) -> Iterator[Finding]:
    """A NumPy array in arithmetic with a tensor; beside symbolic tensors that is KS211."""
    parent = ctx.module.parent(call)
    if not isinstance(parent, ast.BinOp) or type(parent.op) not in _OPS:
        return
    is_left = parent.left is call
    other = parent.right if is_left else parent.left
    if not isinstance(other, ast.Name) or not _is_given_by_layer(other, ctx):
        return
    span = ctx.span(call)
    function, needs = ctx.spell(f"keras.ops.{_OPS[type(parent.op)]}")
    cast, more = ctx.spell("keras.ops.cast")
    array = (f"{cast}(", span, f", {other.id}.dtype)")
    left = array if is_left else (ctx.span(other),)
    right = (ctx.span(other),) if is_left else array
    whole = ctx.span(parent)
    edit = replace(whole, f"{function}(", *left, ", ", *right, ")")
    message = "PyTorch takes no array of NumPy beside a tensor: it is made one of the same dtype"
    change = fix(edit, needs=(*needs, *more))
    yield Finding(whole, message, Safety.SAFE, change, "", Target.MULTI_BACKEND, context)


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


def _is_given_by_layer(node: ast.Name, ctx: RuleContext) -> bool:
    """Whether a name holds what a layer gives when it is called."""
    value = _value(node, ctx)
    return isinstance(value, ast.Call) and ctx.kind(value.func) in (Kind.LAYER, Kind.MODEL)
