"""KS305: Removed forms of add_loss and add_metric."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.model import Safety
from kerashift.engine.rules.addedloss import model_loss_fix
from kerashift.engine.rules.addedmetrics import added_metrics
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix
from kerashift.engine.rules.calls import CallEditor, CallError
from kerashift.engine.rules.members import creates_state, enclosing_method, inherits_method
from kerashift.engine.rules.receivers import Sureness, is_model

_KINDS = (Kind.LAYER, Kind.MODEL)
_LATER = (
    "Keras 3 takes a loss in call() only: make the tensor's computation a layer that calls "
    "self.add_loss(…) in its call() and gives its input back."
)
_LAYER = "Keras 3 takes a loss in call() only: a layer behind the output of the model adds it"
_LOGGED = (
    "The model has one layer more, which names its output; of a loss with a number for each sample "
    "the logs show the sum, no longer the mean."
)
_FUNCTION = "Keras 3 takes a tensor: compute the loss in call() and hand over the result."
_WEIGHT = (
    "Keras 3 takes no functions here: pass `regularizer=` to add_weight, or compute the loss in "
    "call() and hand over the tensor."
)
_METRIC = (
    "Keras 3 has no add_metric: make a keras.metrics.Mean(name=…) in __init__ and call its "
    "update_state(value) in call(), or pass the metric to compile()."
)
_ON_JAX = (
    "On JAX a training loop of Keras cannot update a metric in call(): leave it out there, or give "
    "it to compile()."
)
_LAYER_CODE = (
    "import keras\n\nclass L(keras.layers.Layer):\n    def call(self, x):\n        self.add_loss("
)
_USE = ")\n        return x\n\nlayer = L()\nlayer(keras.utils.normalize([[3.0, 4.0]]))\n" + (
    "result = layer.losses[0] + 0.0\n"
)
_METRICS = (
    "import keras\n\n\nclass M(keras.Model):\n    def __init__(self):\n        super().__init__()\n"
    "        self.d = keras.layers.Dense(2, kernel_initializer='ones')\n"
    "        self.top = keras.metrics.Mean(name='top')\n"
)
_ADDED = (
    "\n    def call(self, x):\n        y = self.d(x)\n"
    "        self.add_metric(y[0, 0] * 2.0, name='double', aggregation='mean')\n"
    "        self.add_metric(self.top(y[0]))\n        return y\n"
)
_UPDATED = (
    "        self.double_metric = keras.metrics.Mean(name='double')\n"
    "\n    def call(self, x):\n        y = self.d(x)\n"
    "        self.double_metric.update_state(y[0, 0] * 2.0)\n"
    "        self.top.update_state(y[0])\n        return y\n"
)
_TRAINED = (
    "\n\nmodel = M()\nmodel.compile('sgd', 'mse')\nx = np.arange(12.0).reshape(4, 3) / 10.0\n"
    "seen = model.fit(x, x[:, :2], 2, epochs=3, shuffle=False, verbose=0).history\n"
    "tested = model.evaluate(x, x[:, :2], 2, verbose=0, return_dict=True)\n"
    "result = [[seen[n], tested[n]] for n in ('loss', 'double', 'top')]\n"
)
_FUNCTIONAL = (
    "import keras\n\nx = keras.Input((3,))\nmodel = keras.Model(x, keras.layers.Dense(2)(x))\n"
)
_BEFORE = "import numpy as np\nimport keras\nfrom tensorflow.keras import backend as K\n\n"
_AFTER = "import numpy as np\nimport keras\nfrom keras import ops\n\n"
_WITH_LOSS = (
    "x = keras.Input((3,))\nh = keras.layers.Dense(2, kernel_initializer='ones')(x)\n"
    "model = keras.Model(x, keras.layers.Dense(1, kernel_initializer='ones')(h))\n{}{}"
    "model.compile(keras.optimizers.SGD(0.01), 'mse')\n"
    "model.fit(np.ones((4, 3)), np.ones((4, 1)), verbose=0)\nresult = model.get_weights()\n"
)
_BY_MODEL = "model.add_loss(K.mean(K.square(h)))\n"
_BY_LAYER = (
    "model = keras.Model(model.inputs, AddLoss()([model.outputs[0], ops.mean(ops.square(h))]),"
    " name=model.name)\n"
)
_ADDING = (
    "@keras.saving.register_keras_serializable()\nclass AddLoss(keras.layers.Layer):\n"
    '    """Adds its second input to the losses of the model, and gives the first."""\n\n'
    "    def call(self, inputs):\n        outputs, loss = inputs\n        self.add_loss(loss)\n"
    "        return outputs\n\n\n"
)


class SymbolicAddLoss(Rule):
    code = "KS305"
    name = "symbolic-add-loss"

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        func = node.func
        if ctx.is_keras3 or not isinstance(func, ast.Attribute):
            return ()
        if func.attr == "add_metric" and _is_keras_object(node, func, ctx):
            return _add_metric(node, ctx)
        if func.attr == "add_loss" and _is_keras_object(node, func, ctx):
            return _add_loss(node, func, ctx)
        return ()

    examples = (
        Example(
            "the inputs of a loss",
            _LAYER_CODE + "2.0 * x[0, 0], inputs=True" + _USE,
            _LAYER_CODE + "2.0 * x[0, 0]" + _USE,
            compare="result",
        ),
        Example(
            "a function of no arguments in call",
            _LAYER_CODE + "lambda: x[0, 0] * 2.0" + _USE,
            _LAYER_CODE + "x[0, 0] * 2.0" + _USE,
            compare="result",
        ),
        Example(
            "a loss added to a finished model",
            _BEFORE + _WITH_LOSS.format("", _BY_MODEL),
            _AFTER + _WITH_LOSS.format(_ADDING, _BY_LAYER),
            compare="result",
        ),
        Example(
            "a loss added to a model that is compiled",
            _FUNCTIONAL + "model.compile('sgd')\nmodel.add_loss(model.output)\n",
            _FUNCTIONAL + "model.compile('sgd')\nmodel.add_loss(model.output)\n",
        ),
        Example(
            "a loss added to a model that something else holds",
            _FUNCTIONAL + "nets = {'a': model}\nmodel.add_loss(model.output)\n",
            _FUNCTIONAL + "nets = {'a': model}\nmodel.add_loss(model.output)\n",
        ),
        Example(
            "a metric",
            _FUNCTIONAL + "model.add_metric(model.output, name='m')\n",
            _FUNCTIONAL + "model.add_metric(model.output, name='m')\n",
        ),
        Example(
            "metrics in call",
            "import numpy as np\n" + _METRICS + _ADDED + _TRAINED,
            "import numpy as np\n" + _METRICS + _UPDATED + _TRAINED,
        ),
        Example("a loss in call", _LAYER_CODE + "x[0, 0]" + _USE, None),
        Example(
            "another object's method",
            "import keras\n\n\ndef f(board):\n    board.add_metric('loss', keras.Input((3,)))\n",
            None,
        ),
    )


def _is_keras_object(node: ast.Call, func: ast.Attribute, ctx: RuleContext) -> bool:
    value = func.value
    found = enclosing_method(ctx.module, node)
    if isinstance(value, ast.Name) and value.id == "self":
        if found is None or ctx.class_kind(found[0]) not in _KINDS:
            return False
        return not inherits_method(ctx.module, found[0], func.attr)
    called = value.func if isinstance(value, ast.Call) else None
    if isinstance(called, ast.Name) and called.id == "super":
        return found is not None and ctx.class_kind(found[0]) in _KINDS
    return ctx.kind(value) in _KINDS or is_model(ctx, value) >= Sureness.LIKELY


def _add_metric(node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
    span, context = ctx.span(node), ctx.context(node)
    found = enclosing_method(ctx.module, node)
    added = added_metrics(ctx, found[0]) if found is not None else None
    if added is None or node not in added.rewritten:
        reason = added.refused.get(node, "") if added is not None else ""
        text = f"{_METRIC} By hand: {reason}." if reason else _METRIC
        yield Finding(span, text, Safety.MANUAL, context=context)
    elif node is added.first:
        message = "Keras 3 has no add_metric: a metric of the layer is updated in call()"
        yield Finding(span, message, Safety.REVIEW, added.fix, _ON_JAX, context=context)


def _add_loss(node: ast.Call, func: ast.Attribute, ctx: RuleContext) -> Iterable[Finding]:
    span, context = ctx.span(node), ctx.context(node)
    found = enclosing_method(ctx.module, node)
    is_own = isinstance(func.value, ast.Name | ast.Call) and found is not None
    if isinstance(func.value, ast.Name) and func.value.id != "self":
        is_own = False
    made = None if is_own else model_loss_fix(ctx, node)
    if made is not None:
        yield Finding(span, _LAYER, Safety.REVIEW, made, _LOGGED, context=context)
        return
    if not is_own:
        yield Finding(span, _LATER, Safety.MANUAL, context=context)
        return
    assert found is not None
    try:
        editor = CallEditor(ctx.module, node)
    except CallError:
        return
    bound = editor.bind(("losses", "inputs"))
    loss, inputs = bound.by_name.get("losses"), bound.by_name.get("inputs")
    is_function = loss is not None and isinstance(loss.value, ast.Lambda)
    if creates_state(found[0], found[1].name):
        text = _WEIGHT if is_function else _LATER
        yield Finding(span, text, Safety.MANUAL, context=context)
        return
    if loss is None or not bound.is_certain:
        return
    if inputs is not None:
        editor.drop(inputs)
    if loss.keyword is not None:
        editor.set_keyword(loss, "loss")
    if is_function:
        assert isinstance(loss.value, ast.Lambda)
        if loss.value.args.args:
            yield Finding(span, _FUNCTION, Safety.MANUAL, context=context)
            return
        editor.set_value(loss, ctx.span(loss.value.body))
    edits = editor.build()
    if edits:
        message = "Keras 3 takes one tensor, in call(), and no `inputs`"
        yield Finding(span, message, Safety.SAFE, fix(*edits), context=context)
