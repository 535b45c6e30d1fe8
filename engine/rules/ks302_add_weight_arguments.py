"""KS302: add_weight with a positional name or removed arguments."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.model import Context, Fix, Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.calls import CallEditor, CallError
from kerashift.engine.rules.expressions import is_text
from kerashift.engine.rules.members import enclosing_method, inherits_method
from kerashift.engine.rules.weightcall import LAYER, METRIC, Changes, is_name_first

_KINDS = (Kind.LAYER, Kind.MODEL, Kind.METRIC)
_ADD_VARIABLE = frozenset(
    {"shape", "initializer", "dtype", "trainable", "autocast", "regularizer", "constraint", "name"}
)
_LAYER_CODE = (
    "import keras\n\nclass L(keras.layers.Layer):\n"
    "    def build(self, input_shape):\n        self.w = "
)
_BUILD = "\n\nlayer = L()\nlayer.build((1, 2))\nresult = layer.w + 1.0\n"
_METRIC_CODE = (
    "import keras\n\nclass Count(keras.metrics.Mean):\n"
    "    def __init__(self):\n        super().__init__(name='count')\n        self.total = "
)
_COUNT = "\n\ncount = Count()\ncount.reset_state()\nresult = count.total + 1.0\n"


class AddWeightArguments(Rule):
    code = "KS302"
    name = "add-weight-arguments"
    reference_url = "https://keras.io/api/layers/base_layer/#addweight-method"

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        func = node.func
        if not isinstance(func, ast.Attribute) or func.attr not in ("add_weight", "add_variable"):
            return
        kind = _receiver(node, func, ctx)
        if kind is None or ctx.is_keras3 or ctx.context(node) is Context.DATA:
            return
        if func.attr == "add_variable" and (kind is Kind.METRIC or _is_new_form(node)):
            return  # Keras 3 has that one
        try:
            editor = CallEditor(ctx.module, node)
        except CallError:
            return
        yield from _check(editor, func, kind, ctx)

    examples = (
        Example(
            "positional name and shape in a layer",
            _LAYER_CODE + "self.add_weight('w', (2,), initializer='ones')" + _BUILD,
            _LAYER_CODE + "self.add_weight(name='w', shape=(2,), initializer='ones')" + _BUILD,
            compare="result",
        ),
        Example(
            "positional name in a metric",
            _METRIC_CODE + "self.add_weight('total', initializer='ones')" + _COUNT,
            _METRIC_CODE + "self.add_weight(name='total', initializer='ones')" + _COUNT,
            compare="result",
        ),
        Example(
            "a metric's weight without an initializer",
            _METRIC_CODE + "self.add_weight('total')" + _COUNT,
            _METRIC_CODE + "self.add_weight(name='total', initializer=\"zeros\")" + _COUNT,
            compare="result",
        ),
        Example(
            "arguments that are gone",
            "import tensorflow as tf\n" + _LAYER_CODE + "self.add_weight(shape=(2,),\n"
            "            initializer='ones', use_resource=True, dtype='float32',\n"
            "            synchronization=tf.VariableSynchronization.ON_READ,\n"
            "            aggregation=tf.VariableAggregation.MEAN)" + _BUILD,
            _LAYER_CODE + "self.add_weight(shape=(2,),\n"
            "            initializer='ones', dtype='float32',\n"
            '            aggregation="mean", trainable=False)' + _BUILD,
            compare="result",
        ),
        Example(
            "the older name of the method",
            _LAYER_CODE + "self.add_variable('w', [2], initializer='ones')" + _BUILD,
            _LAYER_CODE + "self.add_weight(name='w', shape=[2], initializer='ones')" + _BUILD,
            compare="result",
        ),
        Example(
            "a metric's aggregation",
            "import tensorflow as tf\n" + _METRIC_CODE + "self.add_weight('total', (),"
            " tf.VariableAggregation.SUM, initializer='ones')" + _COUNT,
            _METRIC_CODE + "self.add_weight(name='total', shape=(), initializer='ones')" + _COUNT,
            compare="result",
        ),
        Example(
            "an aggregation that is not written out",
            _LAYER_CODE + "self.add_weight(shape=(2,), aggregation=self.how)" + _BUILD,
            _LAYER_CODE + "self.add_weight(shape=(2,), aggregation=self.how)" + _BUILD,
        ),
        Example(
            "the older name as Keras 3 has it",
            _LAYER_CODE + "self.add_variable(shape=(2,), initializer='ones', trainable=False)",
            None,
        ),
        Example("keywords already", _LAYER_CODE + "self.add_weight(name='w', shape=(2,))", None),
        Example(
            "shape first, as Keras 3 has it",
            _LAYER_CODE + "self.add_weight((2, 3), 'zeros', name='w')",
            None,
        ),
        Example(
            "arguments that are unpacked", _LAYER_CODE + "self.add_weight(*self.arguments)", None
        ),
        Example(
            "a method of that name elsewhere",
            "import keras\n\nclass Graph:\n    def add_weight(self, name, value):\n"
            "        self.edges = {name: value}\n\nGraph().add_weight('a', keras.Input((3,)))\n",
            None,
        ),
        Example(
            "a layer with its own add_weight",
            "import keras\n\nclass L(keras.layers.Layer):\n"
            "    def add_weight(self, name, size):\n"
            "        return super().add_weight(name=name, shape=(size,))\n\n"
            "    def build(self, input_shape):\n        self.w = self.add_weight('w', 3)\n",
            None,
        ),
    )


def _is_new_form(call: ast.Call) -> bool:
    """Whether `add_variable` is called as Keras 3 has it too, for layers."""
    given = {keyword.arg for keyword in call.keywords}
    return not call.args and {"shape", "initializer"} <= given <= _ADD_VARIABLE


def _receiver(node: ast.Call, func: ast.Attribute, ctx: RuleContext) -> Kind | None:
    """The kind of object that gets the weight, where its `add_weight` is that of Keras."""
    if isinstance(func.value, ast.Call) and isinstance(func.value.func, ast.Name):
        is_own = func.value.func.id == "super"
    else:
        is_own = isinstance(func.value, ast.Name) and func.value.id == "self"
    if not is_own:
        kind = ctx.kind(func.value)
        return kind if kind in _KINDS else None
    found = enclosing_method(ctx.module, node)
    if found is None:
        return None
    owner = found[0]
    if isinstance(func.value, ast.Name) and inherits_method(ctx.module, owner, func.attr):
        return None
    kind = ctx.class_kind(owner)
    if kind is None and node.args and is_text(node.args[0]) and len(owner.bases) > 0:
        return Kind.LAYER  # a base that cannot be seen; only Keras takes a name there
    return kind if kind in _KINDS else None


def _check(
    editor: CallEditor, func: ast.Attribute, kind: Kind, ctx: RuleContext
) -> Iterable[Finding]:
    positional = [a for a in editor.arguments if a.keyword is None]
    span = ctx.span(editor.call)
    if any(a.is_unpacked for a in positional):
        return
    parameters = METRIC if kind is Kind.METRIC else LAYER
    bound = editor.bind(parameters)
    problems = []
    if positional:
        if not is_name_first(positional, editor):
            return
        if bound.too_many:
            return
        problems.append("Keras 3 takes the shape first: pass the name as `name=`")
        for name, argument in bound.by_name.items():
            if argument.keyword is None:
                editor.set_keyword(argument, name)
    changes = Changes(editor, kind, bound, ctx)
    changes.collect()
    if changes.gone:
        problems.append(f"`add_weight` has no {', '.join(f'`{n}`' for n in changes.gone)} any more")
    problems += changes.other
    if func.attr == "add_variable":
        problems.append("`add_variable` is `add_weight`")
        editor.rename(f"{ctx.text(func.value)}.add_weight")
    if not problems:
        return
    message = "; ".join(problems)
    message = message[0].upper() + message[1:] if message[0] != "`" else message
    if changes.unclear:
        text = f"{message}. Change it by hand: {changes.unclear}"
        yield Finding(span, text, Safety.MANUAL, context=ctx.context(editor.call))
        return
    safety = Safety.REVIEW if changes.caution else Safety.SAFE
    fix = Fix(editor.build())
    context = ctx.context(editor.call)
    yield Finding(span, message, safety, fix, changes.caution, context=context)
