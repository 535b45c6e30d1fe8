"""KS322: A schedule of LearningRateScheduler that gives a tensor."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kerashift.engine.analysis.callables import functions_of
from kerashift.engine.analysis.scopes import Scope
from kerashift.engine.analysis.values import Value
from kerashift.engine.model import Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, insert
from kerashift.engine.rules.receivers import bindings_of

_NAME = "keras.callbacks.LearningRateScheduler"
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_OLD = "import numpy as np\nimport tensorflow as tf\nfrom tensorflow import keras\n\n"
_NEW = "import numpy as np\nfrom keras import ops\nimport keras\n\n"
_KERAS = "import math\nimport keras\n\n"
_RUN = (
    "model = keras.Sequential([keras.layers.Dense(1, kernel_initializer='ones')])\n"
    "model.compile('sgd', 'mse')\nx = np.array([[1.0, 2.0], [3.0, -1.0]])\n"
    "model.fit(x, x[:, :1], epochs=3, verbose=0, callbacks=[schedule])\n"
    "result = model.get_weights()[0]\n"
)


class ScheduleOfTensors(Rule):
    code = "KS322"
    name = "schedule-of-tensors"
    reference_url = "https://keras.io/api/callbacks/learning_rate_scheduler/"

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        symbol = None if ctx.stays else ctx.module.symbol(node.func)
        if symbol is None or symbol.name != _NAME:
            return
        given = [*node.args[:1], *(k.value for k in node.keywords if k.arg == "schedule")]
        for module, function in functions_of(ctx.module, given):
            if module is ctx.module:
                scope = module.tree.functions[function].scope
                for value in _returned(function):
                    if _may_be_tensor(ctx, value, scope):
                        yield _finding(ctx, value)

    examples = (
        Example(
            "a decay in TensorFlow",
            _OLD + "\ndef decay(epoch, lr):\n    if epoch < 1:\n        return lr\n"
            "    return lr * tf.math.exp(-0.1)\n\n\n"
            "schedule = keras.callbacks.LearningRateScheduler(decay)\n" + _RUN,
            _NEW + "\ndef decay(epoch, lr):\n    if epoch < 1:\n        return lr\n"
            "    return float(lr * ops.exp(-0.1))\n\n\n"
            "schedule = keras.callbacks.LearningRateScheduler(decay)\n" + _RUN,
            compare="result",
        ),
        Example(
            "a lambda, and a name that is set anew",
            _OLD + "\ndef decay(epoch, lr):\n    if epoch > 0:\n"
            "        lr = lr * keras.backend.exp(-0.1)\n    return lr\n\n\n"
            "other = keras.callbacks.LearningRateScheduler(\n"
            "    schedule=lambda epoch, lr: lr if epoch < 1 else tf.sqrt(lr)  # slower\n)\n"
            "schedule = keras.callbacks.LearningRateScheduler(decay)\n" + _RUN,
            _NEW + "\ndef decay(epoch, lr):\n    if epoch > 0:\n"
            "        lr = lr * ops.exp(-0.1)\n    return float(lr)\n\n\n"
            "other = keras.callbacks.LearningRateScheduler(\n"
            "    schedule=lambda epoch, lr: float(lr if epoch < 1 else ops.sqrt(lr))  # slower\n)\n"
            "schedule = keras.callbacks.LearningRateScheduler(decay)\n" + _RUN,
            compare="result",
        ),
        Example(
            "a schedule of numbers",
            _KERAS + "\ndef decay(epoch, lr):\n    if epoch > 2:\n"
            "        lr = lr * math.exp(-0.1)\n    return lr\n\n\n"
            "schedule = keras.callbacks.LearningRateScheduler(decay)\n",
            None,
        ),
        Example(
            "made a number already",
            _KERAS + "schedule = keras.callbacks.LearningRateScheduler(\n"
            "    lambda epoch, lr: float(lr * keras.ops.exp(-0.1))\n)\n",
            None,
        ),
        Example(
            "a schedule that the optimizer takes",
            _KERAS + "\nclass Decay(keras.optimizers.schedules.LearningRateSchedule):\n"
            "    def __call__(self, step):\n        return 0.1 * keras.ops.exp(-0.1)\n\n\n"
            "optimizer = keras.optimizers.SGD(Decay())\n",
            None,
        ),
        Example(
            "a function that nobody hands to the callback",
            _KERAS + "\ndef decay(epoch, lr):\n    return lr * keras.ops.exp(-0.1)\n",
            None,
        ),
    )


def _returned(function: ast.AST) -> Iterator[ast.expr]:
    """What a function gives back, without the functions in it."""
    if isinstance(function, ast.Lambda):
        yield function.body
        return
    for child in ast.iter_child_nodes(function):
        if isinstance(child, ast.Return) and child.value is not None:
            yield child.value
        elif not isinstance(child, _FUNCTIONS):
            yield from _returned(child)


def _may_be_tensor(ctx: RuleContext, node: ast.expr, scope: Scope) -> bool:
    """Whether a value is a tensor in one case at least; `float` does no harm to numbers."""
    if isinstance(node, ast.IfExp):
        return any(_may_be_tensor(ctx, part, scope) for part in (node.body, node.orelse))
    if isinstance(node, ast.Name):
        values = [binding.value for binding in bindings_of(node.id, scope)]
        return any(value is not None and _is_tensor(ctx, value) for value in values)
    return _is_tensor(ctx, node)


def _is_tensor(ctx: RuleContext, node: ast.expr) -> bool:
    return ctx.tensors.of(node) is Value.TENSOR


def _finding(ctx: RuleContext, value: ast.expr) -> Finding:
    span = ctx.span(value)
    message = "The schedule gives a tensor, and Keras 3 wants a float"
    edits = (insert(span.start, "float(", rank=1), insert(span.end, ")", rank=-2))
    return Finding(span, message, Safety.SAFE, fix(*edits))
