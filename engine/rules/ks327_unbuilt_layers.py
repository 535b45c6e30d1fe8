"""KS327: layers that are still without weights when their owner is built."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.model import Context, Safety, Span
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix
from kerashift.engine.rules.classlines import NoPlace, build_slot, shape_parameter
from kerashift.engine.rules.innerlayers import argument, leaves_unbuilt
from kerashift.engine.rules.latemoves import moves_of

_CAUTION = "`call` must run on symbolic tensors, whose batch size is not known."
_BUILT = (
    "Keras 3 does not trace `call` where `compute_output_shape` is there, so that the layers in it "
    "have no weights before it runs, and lose them when it is loaded"
)
_MODEL = (
    "Keras 3 leaves the layers of a model without weights where `build` is written by hand: "
    "`summary` shows none, and a saved model is loaded without them"
)
_OLD = "import numpy as np\nfrom tensorflow import keras\n\n\n"
_NEW = "import numpy as np\nimport keras\n\n\n"
_LAYER = (
    "class L(keras.layers.Layer):\n    def __init__(self, **kwargs):\n"
    "        super().__init__(**kwargs)\n        self.dense = keras.layers.Dense(2)\n{}\n"
    "    def call(self, x):\n        return self.dense(x)\n\n"
    "    def compute_output_shape(self, input_shape):\n        return (input_shape[0], 2)\n\n\n"
)
_ADDED = (
    "\n    def build(self, input_shape):\n"
    "        keras.Operation.compute_output_spec(self, keras.KerasTensor(input_shape))\n"
    "        super().build(input_shape)\n"
)
_USE = (
    "x = keras.Input((3,))\nmodel = keras.Model(x, L()(x))\nresult = [len(model.get_weights())]\n"
)
_RELOAD = (
    "x = np.ones((1, 3))\ny = model.predict(x, verbose=0)\nmodel.save('m.keras')\n"
    "again = keras.models.load_model('m.keras', custom_objects={'L': L})\n"
    "result = [len(model.get_weights()), np.abs(again.predict(x, verbose=0) - y).max()]\n"
)
_OWN = (
    "class L(keras.Model):\n    def __init__(self, **kwargs):\n"
    "        super().__init__(**kwargs)\n        self.dense = keras.layers.Dense(2)\n\n"
    "    def build(self, shape):\n{}        super().build(shape)\n\n"
    "    def call(self, x):\n        return self.dense(x)\n\n\nmodel = L()\n"
)
_TRACED = "        keras.Operation.compute_output_spec(self, keras.KerasTensor(shape))\n"


class UnbuiltLayers(Rule):
    code = "KS327"
    name = "unbuilt-layers"
    reference_url = "https://keras.io/guides/making_new_layers_and_models_via_subclassing/"

    def class_def(self, node: ast.ClassDef, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.stays or not leaves_unbuilt(ctx, node):
            return
        if moves_of(ctx, node).moved:
            return  # what is moved to `build` must stand before the line that runs `call`
        name = ctx.module.unit.code.index(node.name, ctx.span(node).start + len("class"))
        span = Span(name, name + len(node.name))
        message = _MODEL if ctx.class_kind(node) is Kind.MODEL else _BUILT
        try:
            shape = shape_parameter(node)
            given = argument(node, shape)
            slot = build_slot(ctx, node)
        except NoPlace as reason:
            text = f"{message}. Build each of them in `build`, by hand: {reason}."
            yield Finding(span, text, Safety.MANUAL, context=Context.MODEL)
            return
        operation, needs = ctx.spell("keras.Operation")
        tensor, more = ctx.spell("keras.KerasTensor")
        line = f"{operation}.compute_output_spec(self, {given.format(tensor)})"
        change = fix(slot.edit([[line]]), needs=(*needs, *more))
        yield Finding(span, message, Safety.REVIEW, change, _CAUTION, context=Context.MODEL)

    examples = (
        Example(
            "a layer that says its output shape",
            _OLD + _LAYER.format("") + _USE + _RELOAD,
            _NEW + _LAYER.format(_ADDED) + _USE + _RELOAD,
            compare="result",
        ),
        Example(
            "a layer with a build of its own",
            _OLD + _LAYER.format(_ADDED.replace(_ADDED.splitlines()[2] + "\n", "")) + _USE,
            _NEW + _LAYER.format(_ADDED) + _USE,
            compare="result",
        ),
        Example(
            "a model with a build of its own",
            _OLD + _OWN.format("") + _RELOAD,
            _NEW + _OWN.format(_TRACED) + _RELOAD,
            compare="result",
        ),
        Example(
            "a call with several arguments",
            _NEW + _LAYER.format("").replace("call(self, x)", "call(self, x, state)"),
            _NEW + _LAYER.format("").replace("call(self, x)", "call(self, x, state)"),
        ),
        Example(
            "a layer that leaves its output shape to Keras",
            _NEW + _LAYER.format("").partition("    def compute_output_shape")[0],
            None,
        ),
        Example(
            "a layer that builds its layers",
            _NEW
            + _LAYER.format(
                "\n    def build(self, input_shape):\n        self.dense.build(input_shape)\n"
            ),
            None,
        ),
        Example(
            "a layer with weights of its own only",
            _NEW
            + _LAYER.format("").replace(
                "self.dense = keras.layers.Dense(2)", "self.dense = keras.layers.ReLU()"
            ),
            None,
        ),
        Example(
            "a model without a build",
            _NEW
            + "class M(keras.Model):\n    def __init__(self):\n        super().__init__()\n"
            + "        self.dense = keras.layers.Dense(2)\n\n"
            + "    def call(self, x):\n        return self.dense(x)\n",
            None,
        ),
    )
