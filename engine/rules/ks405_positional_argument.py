"""KS405: Argument by position whose place changed."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kerashift.engine.analysis.kinds import owner_class
from kerashift.engine.analysis.module import Definition, Reference
from kerashift.engine.analysis.symbols import Origin, Symbol
from kerashift.engine.model import Fix, Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.calls import CallEditor, CallError
from kerashift.engine.rules.members import lineage, method
from kerashift.engine.rules.owners import class_of
from kerashift.engine.rules.receivers import Sureness, is_model, made_by
from kerashift.engine.tables import positional
from kerashift.engine.tables.moves import new_path
from kerashift.engine.tables.positional import Order

_OLD_SGD = ("learning_rate", "momentum", "decay", "nesterov")


class PositionalArgument(Rule):
    code = "KS405"
    name = "positional-argument"

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        call = ref.call
        if call is None or not call.args or not ref.symbol.is_keras or ctx.stays:
            return ()
        if ref.symbol.origin is Origin.LEGACY:
            return ()
        path = ref.symbol.name
        order = positional.of_callable(path) or positional.of_callable(new_path(path) or path)
        if _is_old_sgd(ref.symbol, call):
            order = Order(_OLD_SGD, 2, row=path)
        return _findings(call, path.rpartition(".")[2], order, ctx)

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        if not node.args or ctx.stays:
            return ()
        func = node.func
        if isinstance(func, ast.Attribute) and func.attr == "__init__":
            return _base_init(node, func, ctx)
        if isinstance(func, ast.Attribute) and func.attr in positional.method_names():
            return _method(node, func, ctx)
        if len(node.args) > 1 and isinstance(func, ast.Name | ast.Attribute | ast.Call):
            made = made_by(ctx, func)
            if made is not None and made.is_keras and made.origin is not Origin.LEGACY:
                order = positional.of_method(new_path(made.name) or made.name, "__call__")
                return _findings(node, made.name.rpartition(".")[2], order, ctx)
        return ()

    examples = (
        Example(
            "metrics in compile",
            "from tensorflow import keras\nimport numpy as np\n"
            "model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])\n"
            'model.compile("sgd", "mse", ["mae"])\n'
            "model.set_weights([np.ones((2, 1)), np.zeros(1)])\n"
            "result = model.evaluate(np.ones((4, 2)), np.zeros((4, 1)), verbose=0)\n",
            "import keras\nimport numpy as np\n"
            "model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])\n"
            'model.compile("sgd", "mse", metrics=["mae"])\n'
            "model.set_weights([np.ones((2, 1)), np.zeros(1)])\n"
            "result = model.evaluate(np.ones((4, 2)), np.zeros((4, 1)), verbose=0)\n",
            compare="result",
        ),
        Example(
            "base of a loss",
            "from tensorflow import keras\n\n\n"
            "class Mine(keras.losses.Loss):\n"
            '    def __init__(self, reduction="sum", name="mine"):\n'
            "        super().__init__(reduction, name)\n\n"
            "    def call(self, y_true, y_pred):\n"
            "        return y_true - y_pred\n\n\n"
            "loss = Mine()\nresult = [loss.reduction, loss.name]\n",
            "import keras\n\n\n"
            "class Mine(keras.losses.Loss):\n"
            '    def __init__(self, reduction="sum", name="mine"):\n'
            "        super().__init__(reduction=reduction, name=name)\n\n"
            "    def call(self, y_true, y_pred):\n"
            "        return y_true - y_pred\n\n\n"
            "loss = Mine()\nresult = [loss.reduction, loss.name]\n",
            compare="result",
        ),
        Example(
            "base of a metric, called the old way",
            "from tensorflow.keras.metrics import Metric\n\n\n"
            "class Mine(Metric):\n"
            '    def __init__(self, name="mine", **kwargs):\n'
            "        super(Mine, self).__init__(name, **kwargs)\n\n\n"
            "result = Mine.__name__\n",
            "from keras.metrics import Metric\n\n\n"
            "class Mine(Metric):\n"
            '    def __init__(self, name="mine", **kwargs):\n'
            "        super(Mine, self).__init__(name=name, **kwargs)\n\n\n"
            "result = Mine.__name__\n",
            compare="result",
        ),
        Example(
            "name of a model",
            "from tensorflow import keras\n"
            'result = keras.Sequential([keras.Input((2,), 4, "x"), keras.layers.Dense(1)], '
            '"net").name\n',
            "import keras\n"
            'result = keras.Sequential([keras.Input((2,), 4, name="x"), '
            'keras.layers.Dense(1)], name="net").name\n',
            compare="result",
        ),
        Example(
            "attention mask",
            "from tensorflow import keras\nimport numpy as np\n"
            'attend = keras.layers.MultiHeadAttention(1, 2, kernel_initializer="ones")\n'
            "x = np.arange(6.0).reshape((1, 3, 2)) / 6\n"
            "mask = np.array([[[True, False, False], [True, True, False], [True, True, True]]])\n"
            "result = attend(x, x, x, mask)\n",
            "import keras\nimport numpy as np\n"
            'attend = keras.layers.MultiHeadAttention(1, 2, kernel_initializer="ones")\n'
            "x = np.arange(6.0).reshape((1, 3, 2)) / 6\n"
            "mask = np.array([[[True, False, False], [True, True, False], [True, True, True]]])\n"
            "result = attend(x, x, x, attention_mask=mask)\n",
            compare="result",
        ),
        Example(
            "stand-alone Keras 2 had the decay third",
            "import keras\noptimizer = keras.optimizers.SGD(0.1, 0.9, 0.0, True)\n",
            "import keras\noptimizer = keras.optimizers.SGD(0.1, 0.9, nesterov=True)\n",
        ),
        Example(
            "two arguments of compile",
            'import keras\nmodel = keras.Sequential()\nmodel.compile("sgd", "mse")\n',
            None,
        ),
        Example(
            "arguments that are not in sight",
            "import keras\nmodel = keras.Sequential()\nmodel.compile(*arguments)\n",
            None,
        ),
        Example("a regular expression", 'import re\npattern = re.compile("a", re.I)\n', None),
        Example(
            "a metric on another base",
            "import keras\n\n\nclass Mine(keras.metrics.Mean):\n"
            '    def __init__(self, name="mine"):\n        super().__init__(name)\n',
            None,
        ),
        Example("names that are given", 'import keras\nkeras.Input((2,), name="x")\n', None),
        Example(
            "a recurrent layer's single input",
            "import keras\nlayer = keras.layers.LSTM(4)\ny = layer(keras.Input((3, 2)))\n",
            None,
        ),
    )


def _is_old_sgd(symbol: Symbol, call: ast.Call) -> bool:
    """`SGD(lr, momentum, decay, nesterov)`: a number third, of bare `keras`."""
    if symbol.name != "keras.optimizers.SGD":
        return False
    third = call.args[2] if len(call.args) > 2 else None
    return (
        symbol.origin is Origin.KERAS
        and isinstance(third, ast.Constant)
        and isinstance(third.value, float | int)
        and not isinstance(third.value, bool)
    )


def _method(node: ast.Call, func: ast.Attribute, ctx: RuleContext) -> Iterable[Finding]:
    """`x.method(…)`, by the class of `x`; `add_weight` has a rule of its own."""
    if func.attr == "add_weight":
        return ()
    path, sureness = class_of(ctx, func.value)
    if func.attr == "compile" and not path:
        # Three arguments by position: nothing else does that.
        sureness = is_model(ctx, func.value)
        needed = Sureness.UNKNOWN if ctx.uses_keras else Sureness.LIKELY
        path = "keras.Model" if sureness >= needed else ""
    order = positional.of_method(path, func.attr) if path else None
    return _findings(node, func.attr, order, ctx)


def _base_init(call: ast.Call, func: ast.Attribute, ctx: RuleContext) -> Iterator[Finding]:
    """`super().__init__(…)` of a class whose next `__init__` is the library's."""
    owner = owner_class(ctx.module, call)
    called = func.value
    by_super = isinstance(called, ast.Call) and isinstance(called.func, ast.Name)
    if owner is None or not by_super or ast.unparse(called).partition("(")[0] != "super":
        return
    for base in lineage(ctx.module, owner):
        if isinstance(base, Symbol):
            known = base.is_keras and base.origin is not Origin.LEGACY
            order = positional.of_callable(base.name) if known else None
            yield from _findings(call, "super().__init__", order, ctx)
            return
        if not isinstance(base, Definition) or not isinstance(base.node, ast.ClassDef):
            return
        if method(base.node, "__init__") is not None:
            return


def _findings(
    call: ast.Call, name: str, order: Order | None, ctx: RuleContext
) -> Iterator[Finding]:
    if order is None or len(call.args) <= order.kept:
        return
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return
    span, context = ctx.span(call.func), ctx.context(call)
    moved = order.parameters[order.kept : len(call.args)]
    words = ", ".join(f"`{m}`" for m in moved) or "what comes here"
    message = f"Keras 3 has other places for {words} in `{name}`"
    try:
        editor = CallEditor(ctx.module, call)
    except CallError:
        return
    given = [a for a in editor.arguments if a.keyword is None]
    if len(given) > len(order.parameters):
        advice = f"{message}; name all arguments after the first {order.kept}"
        yield Finding(span, advice, Safety.MANUAL, context=context, row=order.row)
        return
    for argument in given[order.kept :]:
        editor.set_keyword(argument, order.parameters[argument.index])
    safety = Safety.REVIEW if order.caution else Safety.SAFE
    made, doubt = Fix(editor.build()), order.caution
    yield Finding(span, message, safety, made, doubt, context=context, row=order.row)
