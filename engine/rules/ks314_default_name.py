"""KS314: names that Keras gives, and numbers of layers, which are others in Keras 3."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.analysis.scopes import Function
from kerashift.engine.model import Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, replace
from kerashift.engine.rules.projecttexts import named_texts
from kerashift.engine.rules.receivers import Sureness, bindings_of, is_model

_GIVEN = re.compile(r"(input|model)(?:_(\d+))?$")
_CALLS = ("fit", "evaluate", "predict", "train_on_batch", "test_on_batch", "predict_on_batch")
_DATA = (
    "Keras 3 does not know an input as {0} that was not named so: give it the name, "
    "`keras.Input(…, name={0})`."
)
_COUNT = "The number behind the name counts what the program has made before."
_OLD = "import numpy as np\nfrom tensorflow import keras\n\n"
_NEW = "import numpy as np\nimport keras\n\n"
_MODEL = (
    "keras.backend.clear_session()\nx = keras.Input((3,))\n"
    "model = keras.Model(x, keras.layers.Dense(1, kernel_initializer='ones')(x))\n"
)
_SUM = (
    "x = keras.Input((3,))\ny = keras.layers.Dense(3)(x)\nz = keras.layers.ReLU()(x + y)\n"
    "model = keras.Model(x, z)\n"
)


class DefaultName(Rule):
    code = "KS314"
    name = "default-name"
    reference_url = "https://keras.io/api/layers/core_layers/input/"

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        func = node.func
        if ctx.stays or not isinstance(func, ast.Attribute):
            return
        if func.attr == "get_layer":
            names = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "name")]
            for name in names:
                yield from _given(name, ctx)
        elif func.attr in _CALLS and is_model(ctx, func.value) >= Sureness.LIKELY:
            for value in (*node.args[:1], *(k.value for k in node.keywords if k.arg == "x")):
                for key in value.keys if isinstance(value, ast.Dict) else ():
                    if key is not None and _old_name(key, ctx):
                        yield Finding(ctx.span(key), _DATA.format(ctx.text(key)), Safety.MANUAL)

    def other(self, node: ast.AST, ctx: RuleContext) -> Iterable[Finding]:
        """`model.layers[3]` of a model that was made with operators on tensors."""
        if ctx.stays or not isinstance(node, ast.Subscript) or not _is_index(node.slice):
            return
        layers = node.value
        if not (isinstance(layers, ast.Attribute) and layers.attr == "layers"):
            return
        model = layers.value
        if not isinstance(model, ast.Name) or ctx.kind(model) is not Kind.MODEL:
            return
        made = bindings_of(model.id, ctx.module.tree.scopes.get(model))
        if len(made) != 1 or not isinstance(made[0].value, ast.Call):
            return
        symbol = ctx.module.symbol(made[0].value.func)
        if symbol is None or symbol.name not in ("keras.Model", "keras.models.Model"):
            return
        if _uses_operators(ctx.module.tree.within.get(made[0].value), ctx):
            message = (
                "Operators on tensors (`+`, `*`) made layers in Keras 2 and make none in Keras 3: "
                "this index may mean another layer. Name the layer and use `get_layer(name)`."
            )
            yield Finding(ctx.span(node), message, Safety.MANUAL)

    examples = (
        Example(
            "an input that was not named",
            _OLD + _MODEL + "result = model.get_layer('input_1').output.shape[-1]\n",
            _NEW + _MODEL + "result = model.get_layer('input_layer').output.shape[-1]\n",
            compare="result",
        ),
        Example(
            "data by the name of an input that was not named",
            _NEW + _MODEL + "model.predict({'input_1': np.ones((1, 3))}, verbose=0)\n",
            _NEW + _MODEL + "model.predict({'input_1': np.ones((1, 3))}, verbose=0)\n",
        ),
        Example(
            "a model in a model",
            "import keras\n\n\ndef base(net):\n    return net.get_layer('model_1')\n",
            "import keras\n\n\ndef base(net):\n    return net.get_layer('functional_1')\n",
        ),
        Example(
            "a layer by its number after an operator",
            _NEW + _SUM + "print(model.layers[2])\n",
            _NEW + _SUM + "print(model.layers[2])\n",
        ),
        Example(
            "a name that the project gives",
            "import keras\n\nx = keras.Input((3,), name='input_1')\n\n\ndef f(net):\n"
            "    return net.get_layer('input_1')\n",
            None,
        ),
        Example(
            "a layer by its number",
            _NEW + "x = keras.Input((3,))\nmodel = keras.Model(x, keras.layers.ReLU()(x))\n"
            "print(model.layers[1])\n",
            None,
        ),
        Example(
            "another dictionary",
            "import keras\n\nsettings = {'input_1': 3}\nprint(keras, settings.get('input_1'))\n",
            None,
        ),
    )


def _given(node: ast.expr, ctx: RuleContext) -> Iterator[Finding]:
    found = _old_name(node, ctx)
    if found is None:
        return
    new = _keras3_name(found[1], int(found[2] or 0))
    quote = ctx.text(node)[:1]
    message = f"Keras 3 calls `{new}` what Keras 2 called `{found[0]}` by itself"
    change = fix(replace(ctx.span(node), f"{quote}{new}{quote}"))
    yield Finding(ctx.span(node), message, Safety.REVIEW, change, _COUNT)


def _old_name(node: ast.expr, ctx: RuleContext) -> re.Match[str] | None:
    """The name as Keras 2 gave it, if a text is one and the project gives it to nothing."""
    if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        return None
    return None if node.value in named_texts(ctx) else _GIVEN.match(node.value)


def _keras3_name(kind: str, number: int) -> str:
    """`input_1` is the first input, `model` the first model."""
    if kind == "model":
        return f"functional_{number}" if number else "functional"
    return f"input_layer_{number - 1}" if number > 1 else "input_layer"


def _is_index(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant) and isinstance(node.value, int) and node.value != 0


def _uses_operators(function: Function | None, ctx: RuleContext) -> bool:
    """Whether the function (or the module outside of functions) computes with tensors."""
    root = ctx.module.tree.module if function is None else function.node
    for node in ast.walk(root):
        if isinstance(node, ast.BinOp) and Kind.TENSOR in (
            ctx.kind(node.left),
            ctx.kind(node.right),
        ):
            return True
    return False
