"""KS412: optimizers and layers of other libraries, or of the old kind, handed to Keras 3."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.analysis.module import Definition
from kerashift.engine.model import Context, Fix, Safety, Span
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, insert
from kerashift.engine.rules.calls import CallEditor, CallError
from kerashift.engine.rules.compilecalls import compiled
from kerashift.engine.rules.members import derives_from, methods
from kerashift.engine.rules.receivers import bindings_of, made_by

_OPTIMIZERS = {
    "GradientDescentOptimizer": ("keras.optimizers.SGD", ("learning_rate",), {}, ""),
    "MomentumOptimizer": ("keras.optimizers.SGD", ("learning_rate", "momentum"), {}, ""),
    "AdamOptimizer": (
        "keras.optimizers.Adam",
        ("learning_rate", "beta1", "beta2", "epsilon"),
        {"beta1": "beta_1", "beta2": "beta_2"},
        "epsilon=1e-08",
    ),
}
_OLD_METHODS = {
    "_resource_apply_dense": "`update_step(self, gradient, variable, learning_rate)`",
    "_resource_apply_sparse": "`update_step(self, gradient, variable, learning_rate)`",
    "_create_slots": "`build(self, variables)` with `self.add_variable_from_reference`",
    "get_updates": "`update_step(self, gradient, variable, learning_rate)`",
}
_SEQUENTIAL = ("keras.Sequential", "keras.models.Sequential")
_OLD = "import numpy as np\nimport tensorflow as tf\nfrom tensorflow import keras\n\n"
_NEW = "import numpy as np\nimport keras\n\n"
_MODEL = (
    "model = keras.Sequential([keras.layers.Dense(1, kernel_initializer='ones')])\n"
    "model.compile({}, 'mse')\nfor _ in range(3):\n"
    "    model.train_on_batch(np.ones((2, 2)), np.ones((2, 1)))\nresult = model.get_weights()\n"
)
_HUB = (
    "import keras\nimport tensorflow_hub as hub\n\nmodel = keras.Sequential([\n"
    "    hub.KerasLayer('folder'),\n    keras.layers.Dense(1),\n])\n"
)
_STEP = (
    "import keras\n\n\nclass Slow(keras.optimizers.SGD):\n"
    "    def update_step(self, gradient, variable{0}):\n"
    "        super().update_step(gradient * 0.5, variable{1})\n"
)
_SLOTS = (
    "import keras\n\n\nclass Mine(keras.optimizers.Optimizer):\n"
    "    def _create_slots(self, variables):\n        pass\n\n"
    "    def _resource_apply_dense(self, grad, var):\n        return var.assign_sub(grad)\n"
)


class ForeignObject(Rule):
    code = "KS412"
    name = "foreign-object"
    reference_url = "https://keras.io/api/optimizers/"

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.stays:
            return
        optimizer = compiled(node, ctx).get("optimizer")
        if optimizer is not None:
            yield from _optimizer(optimizer, ctx)
        for layer in _added(node, ctx):
            yield from _layer(layer, ctx)

    def class_def(self, node: ast.ClassDef, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.stays or ctx.class_kind(node) is not Kind.OPTIMIZER:
            return
        for item in methods(node):
            if item.name in _OLD_METHODS:
                message = (
                    f"Keras 3 never calls `{item.name}` of an optimizer: write "
                    f"{_OLD_METHODS[item.name]}, and call `super().__init__(learning_rate=…)`."
                )
                yield Finding(_name(item, ctx), message, Safety.MANUAL, context=Context.MODEL)
            elif item.name == "update_step":
                yield from _step(item, ctx)

    examples = (
        Example(
            "gradient descent of TensorFlow",
            _OLD + _MODEL.format("tf.compat.v1.train.GradientDescentOptimizer(0.1)"),
            _NEW + _MODEL.format("keras.optimizers.SGD(0.1)"),
            compare="result",
        ),
        Example(
            "Adam of TensorFlow, in a variable",
            _OLD
            + "adam = tf.compat.v1.train.AdamOptimizer(0.1, beta1=0.8)\n"
            + _MODEL.format("adam"),
            _NEW
            + "adam = keras.optimizers.Adam(0.1, beta_1=0.8, epsilon=1e-08)\n"
            + _MODEL.format("adam"),
            compare="result",
        ),
        Example(
            "a step without the learning rate",
            _STEP.format("", ""),
            _STEP.format(", learning_rate=None", ", learning_rate"),
        ),
        Example("an optimizer of the old kind", _SLOTS, _SLOTS),
        Example("a layer of TensorFlow Hub", _HUB, _HUB),
        Example(
            "a module of TensorFlow",
            "import tensorflow as tf\nimport keras\n\n\nclass Net(tf.Module):\n"
            "    def __call__(self, x):\n        return x\n\n\n"
            "model = keras.Sequential()\nmodel.add(Net())\n",
            "import tensorflow as tf\nimport keras\n\n\nclass Net(tf.Module):\n"
            "    def __call__(self, x):\n        return x\n\n\n"
            "model = keras.Sequential()\nmodel.add(Net())\n",
        ),
        Example(
            "optimizers and layers of Keras",
            "import keras\n\nmodel = keras.Sequential([keras.layers.Dense(1)])\n"
            "model.compile(keras.optimizers.SGD(0.1), 'mse')\n",
            None,
        ),
        Example(
            "a step of Keras 3",
            _STEP.format(", learning_rate", ", learning_rate"),
            None,
        ),
        Example(
            "an optimizer of TensorFlow that Keras never sees",
            "import tensorflow as tf\nimport keras\n\n"
            "opt = tf.compat.v1.train.GradientDescentOptimizer(0.1)\nprint(keras, opt)\n",
            None,
        ),
    )


def _followed(node: ast.expr, ctx: RuleContext) -> ast.Call | None:
    """The call that makes what an expression holds."""
    if isinstance(node, ast.Call):
        return node
    if isinstance(node, ast.Name):
        found = bindings_of(node.id, ctx.module.tree.scopes.get(node))
        value = found[0].value if len(found) == 1 else None
        return value if isinstance(value, ast.Call) else None
    return None


def _optimizer(node: ast.expr, ctx: RuleContext) -> Iterator[Finding]:
    made = _followed(node, ctx)
    symbol = ctx.module.symbol(made.func, ctx.module.tree.scopes.get(made)) if made else None
    if made is None or symbol is None or not symbol.is_tf or ".train." not in symbol.name:
        return
    span = ctx.span(made)
    message = f"Keras 3 takes no optimizers of TensorFlow: `{symbol.name}`"
    row = _OPTIMIZERS.get(symbol.name.rpartition(".")[2])
    change = _replaced(made, row, ctx) if row is not None else None
    if row is None or change is None:
        text = f"{message}. Use the optimizer of that name of `keras.optimizers`."
        yield Finding(span, text, Safety.MANUAL)
        return
    yield Finding(span, f"{message} is `{row[0]}`", Safety.SAFE, change)


def _replaced(
    call: ast.Call, row: tuple[str, tuple[str, ...], dict[str, str], str], ctx: RuleContext
) -> Fix | None:
    path, params, names, added = row
    try:
        editor = CallEditor(ctx.module, call)
    except CallError:
        return None
    bound = editor.bind(params)
    if not bound.is_certain:
        return None
    for name, argument in bound.by_name.items():
        if name in names and (argument.keyword is not None or argument.index > 0):
            editor.set_keyword(argument, names[name])
        elif argument.keyword is None and argument.index > 0:
            editor.set_keyword(argument, name)
    if added and added.partition("=")[0] not in bound.by_name:
        editor.add(added)
    text, needs = ctx.spell(path)
    editor.rename(text)
    return Fix(editor.build(), needs)


def _added(node: ast.Call, ctx: RuleContext) -> Iterator[ast.expr]:
    """What is put into a Sequential: items of its list, or what `add` is given."""
    symbol = ctx.module.symbol(node.func, ctx.module.tree.scopes[node])
    if symbol is not None and symbol.name in _SEQUENTIAL and node.args:
        first = node.args[0]
        yield from first.elts if isinstance(first, ast.List | ast.Tuple) else ()
    func = node.func
    if isinstance(func, ast.Attribute) and func.attr == "add" and len(node.args) == 1:
        made = made_by(ctx, func.value)
        if made is not None and made.name in _SEQUENTIAL:
            yield node.args[0]


def _layer(node: ast.expr, ctx: RuleContext) -> Iterator[Finding]:
    made = _followed(node, ctx)
    if made is None:
        return
    what = ""
    root = made.func
    while isinstance(root, ast.Attribute):
        root = root.value
    if isinstance(root, ast.Name):
        found = bindings_of(root.id, ctx.module.tree.scopes.get(root))
        if any(b.path.partition(".")[0] == "tensorflow_hub" for b in found):
            what = "of TensorFlow Hub"
    target = ctx.module.resolve(made.func, ctx.module.tree.scopes.get(made))
    if isinstance(target, Definition) and _is_module(target):
        what = "that is a tf.Module"
    if what:
        message = (
            f"Keras 3 takes no layer {what} in a model. Keep it in a layer of your own that calls "
            "it in `call`; it runs on TensorFlow only."
        )
        yield Finding(ctx.span(node), message, Safety.MANUAL, context=Context.MODEL)


def _is_module(found: Definition) -> bool:
    node = found.node
    return isinstance(node, ast.ClassDef) and derives_from(found.module, node, "tf.Module")


def _step(item: ast.FunctionDef, ctx: RuleContext) -> Iterator[Finding]:
    """`update_step(self, gradient, variable)`."""
    arguments = item.args
    if len(arguments.args) != 3 or arguments.vararg or arguments.kwonlyargs:
        return
    edits = [insert(ctx.span(arguments.args[-1]).end, ", learning_rate=None")]
    for node in ast.walk(item):
        if isinstance(node, ast.Call) and _is_super_step(node) and len(node.args) == 2:
            edits.append(insert(ctx.span(node.args[-1]).end, ", learning_rate"))
    message = "Keras 3 hands the learning rate to `update_step`"
    change = Fix(tuple(edits))
    yield Finding(_name(item, ctx), message, Safety.SAFE, change, context=Context.MODEL)


def _is_super_step(node: ast.Call) -> bool:
    func = node.func
    return (
        isinstance(func, ast.Attribute)
        and func.attr == "update_step"
        and isinstance(func.value, ast.Call)
        and isinstance(func.value.func, ast.Name)
        and func.value.func.id == "super"
    )


def _name(item: ast.FunctionDef, ctx: RuleContext) -> Span:
    """The name of a function in its definition."""
    start = ctx.module.unit.code.index(item.name, ctx.span(item).start + len("def"))
    return Span(start, start + len(item.name))
