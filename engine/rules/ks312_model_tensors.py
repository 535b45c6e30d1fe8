"""KS312: the tensors of a model: of a Sequential, and of a model made with lists of one."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kerashift.engine.analysis.scopes import Kind as BindingKind
from kerashift.engine.model import Context, Safety, Span
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, replace
from kerashift.engine.rules.receivers import bindings_of, made_by
from kerashift.engine.rules.sequentials import is_sequential, may_be_sequential

_MODEL = ("keras.Model", "keras.models.Model")
_ONE = "It is right for a model of one input and one output, as a `Sequential` is."
_OLD = "import numpy as np\nfrom tensorflow import keras\n\n"
_NEW = "import numpy as np\nimport keras\n\n"
_STACK = (
    "model = keras.Sequential([keras.Input((3,)),"
    " keras.layers.Dense(2, kernel_initializer='ones')])\n"
    "both = keras.Model({}, [model.layers[0].output, {}])\n"
    "result = both.predict(np.ones((1, 3)), verbose=0)\n"
)
_BASE = (
    "x = keras.Input((3,))\nbase = keras.Model({}, {})\n"
    "y = keras.layers.Flatten()({}.output)\n"
    "result = keras.Model({}.input, y).predict(np.ones((1, 3)), verbose=0)\n"
)
_LOADED = (
    "net = keras.Sequential([keras.Input((3,)),"
    " keras.layers.Dense(2, kernel_initializer='ones')])\n"
    "net.save('net.keras')\nmodel = keras.models.load_model('net.keras')\n"
    "part = keras.Model(inputs={}, outputs={})\n"
    "result = part.predict(np.ones((1, 3)), verbose=0)\n"
)
_GIVEN = (
    "\ndef part(model):\n    return keras.Model({}, keras.layers.ReLU()({}))\n\n\n"
    "def make():\n    net = keras.Sequential([keras.Input((3,))])\n"
    "    net.add(keras.layers.Dense(2, kernel_initializer='ones'))\n    return net\n\n\n"
    "net = make()\nresult = part(net).predict(np.ones((1, 3)), verbose=0)\n"
)


class ModelTensors(Rule):
    code = "KS312"
    name = "model-tensors"
    reference_url = "https://keras.io/guides/sequential_model/"

    def other(self, node: ast.AST, ctx: RuleContext) -> Iterable[Finding]:
        if not isinstance(node, ast.Attribute) or node.attr not in ("input", "output"):
            return
        if ctx.stays or not isinstance(node.ctx, ast.Load):
            return
        made = made_by(ctx, node.value)
        if made is not None and made.name in _MODEL:
            yield from _of_lists(node, ctx)
        elif made is not None and is_sequential(made):
            yield _of_sequential(node, ctx)
        elif may_be_sequential(node.value, ctx):
            yield _of_some_model(node, ctx)

    examples = (
        Example(
            "the output of a stack of layers",
            _OLD + _STACK.format("model.input", "model.output"),
            _NEW + _STACK.format("model.inputs[0]", "model.outputs[0]"),
            compare="result",
        ),
        Example(
            "a model made with lists of one",
            _OLD + _BASE.format("inputs=[x]", "outputs=[keras.layers.ReLU()(x)]", "base", "base"),
            _NEW + _BASE.format("inputs=x", "outputs=keras.layers.ReLU()(x)", "base", "base"),
            compare="result",
        ),
        Example(
            "the input of a stack in a method",
            "import keras\n\n\nclass T:\n    def __init__(self):\n"
            "        self.net = keras.models.Sequential([keras.layers.Dense(1)])\n\n"
            "    def grads(self):\n        return keras.Model(self.net.input, self.net.output)\n",
            "import keras\n\n\nclass T:\n    def __init__(self):\n"
            "        self.net = keras.models.Sequential([keras.layers.Dense(1)])\n\n"
            "    def grads(self):\n"
            "        return keras.Model(self.net.inputs[0], self.net.outputs[0])\n",
        ),
        Example(
            "a model from a file",
            _OLD + _LOADED.format("model.input", "model.output"),
            _NEW + _LOADED.format("model.inputs", "model.outputs[0]"),
            compare="result",
        ),
        Example(
            "a stack of layers that a function is given",
            _OLD + _GIVEN.format("model.input", "model.output"),
            _NEW + _GIVEN.format("model.inputs", "model.outputs[0]"),
            compare="result",
        ),
        Example(
            "a function that is given a model of another kind",
            "import keras\n\n\ndef part(model):\n"
            "    return keras.Model(model.input, model.output)\n\n\nx = keras.Input((3,))\n"
            "part(keras.Model(x, keras.layers.ReLU()(x)))\n",
            None,
        ),
        Example(
            "a model that is made without lists",
            _NEW + "x = keras.Input((3,))\nbase = keras.Model(x, keras.layers.ReLU()(x))\n"
            "print(base.output)\n",
            None,
        ),
        Example(
            "a model with several outputs",
            _NEW + "x = keras.Input((3,))\nbase = keras.Model([x], [x, x])\nprint(base.output)\n",
            None,
        ),
        Example(
            "the output of a layer",
            _NEW + "layer = keras.layers.Dense(2)\nprint(layer.output)\n",
            None,
        ),
        Example(
            "a model of which nothing is known",
            _NEW + "\n\ndef cam(model):\n    return keras.Model(model.input, model.output)\n",
            None,
        ),
    )


def _of_sequential(node: ast.Attribute, ctx: RuleContext) -> Finding:
    end = ctx.span(node).end
    new = f"{node.attr}s[0]"
    message = f"A Sequential that was not called has no `{node.attr}` in Keras 3: `{new}`"
    change = fix(replace(Span(end - len(node.attr), end), new))
    return Finding(ctx.span(node), message, Safety.SAFE, change, context=Context.MODEL)


def _of_some_model(node: ast.Attribute, ctx: RuleContext) -> Finding:
    """Of a model that may be a `Sequential`: from a file, or as an argument."""
    end = ctx.span(node).end
    new = f"{node.attr}s" if _is_inputs(node, ctx) else f"{node.attr}s[0]"
    message = f"A Sequential that was not called has no `{node.attr}` in Keras 3: `{new}`"
    change = fix(replace(Span(end - len(node.attr), end), new))
    return Finding(ctx.span(node), message, Safety.REVIEW, change, _ONE, context=Context.MODEL)


def _is_inputs(node: ast.Attribute, ctx: RuleContext) -> bool:
    """Whether it is what `Model(inputs, outputs)` takes as its inputs, which may be several."""
    if node.attr != "input":
        return False
    parent = ctx.module.parent(node)
    keyword = parent if isinstance(parent, ast.keyword) else None
    call = ctx.module.parent(parent) if keyword is not None and parent is not None else parent
    if not isinstance(call, ast.Call):
        return False
    symbol = ctx.module.symbol(call.func, ctx.module.tree.scopes.get(call))
    if symbol is None or symbol.name not in _MODEL:
        return False
    return keyword.arg == "inputs" if keyword is not None else call.args[:1] == [node]


def _of_lists(node: ast.Attribute, ctx: RuleContext) -> Iterator[Finding]:
    """`model.output` is a list in Keras 3 if the model was made with one."""
    call = _making(node.value, ctx)
    if call is None:
        return
    place = 0 if node.attr == "input" else 1
    given = next((k.value for k in call.keywords if k.arg == f"{node.attr}s"), None)
    if given is None and len(call.args) > place:
        given = call.args[place]
    if not isinstance(given, ast.List) or len(given.elts) != 1:
        return
    if isinstance(given.elts[0], ast.Starred) or _is_indexed(node, ctx):
        return
    span = ctx.span(given)
    message = (
        f"A model made with a list has a list as its `{node.attr}` in Keras 3: "
        "made without the list, it has a tensor"
    )
    edit = replace(span, ctx.span(given.elts[0]))
    yield Finding(ctx.span(node), message, Safety.SAFE, fix(edit), context=Context.MODEL)


def _making(node: ast.expr, ctx: RuleContext) -> ast.Call | None:
    """The call that made the model which a name holds."""
    if not isinstance(node, ast.Name):
        return None
    found = bindings_of(node.id, ctx.module.tree.scopes.get(node))
    made = [b.value for b in found if b.kind is BindingKind.ASSIGN]
    is_call = len(made) == len(found) == 1 and isinstance(made[0], ast.Call)
    return made[0] if is_call and isinstance(made[0], ast.Call) else None


def _is_indexed(node: ast.Attribute, ctx: RuleContext) -> bool:
    parent = ctx.module.parent(node)
    return isinstance(parent, ast.Subscript) and parent.value is node
