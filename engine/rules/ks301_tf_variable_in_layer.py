"""KS301: tf.Variable as state of a layer, model or metric."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.analysis.module import Reference
from kerashift.engine.model import Context, Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, replace
from kerashift.engine.rules.expressions import root_name
from kerashift.engine.rules.initializers import keras_initializer
from kerashift.engine.rules.latemoves import is_moved
from kerashift.engine.rules.members import creates_state, derives_from, enclosing_method
from kerashift.engine.rules.variableplaces import TRACKED, obstacle
from kerashift.engine.rules.variables import (
    NotEditable,
    rewrite,
    store_of,
)
from kerashift.engine.tables import api

_UNTRACKED = (Kind.LOSS, Kind.OPTIMIZER, Kind.REGULARIZER, Kind.CONSTRAINT, Kind.INITIALIZER)
_WHY = "Keras 3 does not track `tf.Variable`: it is neither trained nor saved"
_HEAD = (
    "import tensorflow as tf\nfrom tensorflow import keras\n\n"
    "class L(keras.layers.Layer):\n    def __init__(self):\n        super().__init__()\n"
)
_KERAS = (
    "import keras\n\nclass L(keras.layers.Layer):\n    def __init__(self):\n"
    "        super().__init__()\n"
)
_IN_CALL = (
    "import tensorflow as tf\nimport keras\n\nclass L(keras.layers.Layer):\n"
    "    def call(self, x):\n        self.t = tf.Variable(1.0)\n        return x\n"
)
_WEIGHTS = "\n\nresult = [list(w.shape) + [w] for w in L().get_weights()]\n"


class TfVariableInLayer(Rule):
    code = "KS301"
    name = "tf-variable-in-layer"

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.is_keras3:
            return ()
        if ref.symbol.name == "tf.Variable" and ref.call is not None:
            return self._variable(ref.call, ctx)
        target = keras_initializer(ref.symbol.name)
        if target is not None and api.exists(target):
            return self._initializer(ref, target, ctx)
        return ()

    def _variable(self, call: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        found = enclosing_method(ctx.module, call)
        if found is None:
            return
        owner, method = found
        kind = ctx.class_kind(owner)
        store = store_of(ctx, call, method)
        if store is None or derives_from(ctx.module, owner, "tf.Module"):
            return
        span, context = ctx.span(call), ctx.context(call)
        if kind in _UNTRACKED:
            message = (
                f"Keras 3 keeps no state for a {kind}: JAX and PyTorch cannot update a variable "
                "here. Keep it in a layer, a metric or a callback."
            )
            yield Finding(span, message, Safety.MANUAL, context=context)
        if kind not in TRACKED:
            return
        advice = obstacle(ctx, owner, method, call, store)
        if advice:
            if not creates_state(owner, method.name) and is_moved(ctx, owner, call):
                return  # and what is moved to `build` is looked at there
            yield Finding(span, f"{_WHY}. {advice}", Safety.MANUAL, context=context)
            return
        try:
            made = rewrite(ctx, call, owner, store, kind is Kind.METRIC)
        except NotEditable as reason:
            text = f"{_WHY}. Use self.add_weight or keras.Variable by hand: {reason}."
            yield Finding(span, text, Safety.MANUAL, context=context)
            return
        safety = Safety.REVIEW if made.caution else Safety.SAFE
        message = f"{_WHY}; `{made.name}` is"
        yield Finding(span, message, safety, made.fix, made.caution, context=context)

    def _initializer(self, ref: Reference, target: str, ctx: RuleContext) -> Iterable[Finding]:
        root = root_name(ref.node)
        context = ctx.context(root) if root is not None else Context.HOST
        if context in (Context.DATA, Context.BOTH):
            return
        text, needs = ctx.spell(target)
        span = ctx.span(ref.node)
        message = f"`{ctx.text(ref.node)}` works on TensorFlow only: `{text}` works everywhere"
        made = fix(replace(span, text), needs=needs)
        yield Finding(span, message, Safety.SAFE, made, context=context)

    examples = (
        Example(
            "a number",
            _HEAD + "        self.t = tf.Variable(0.5, trainable=True, name='t')" + _WEIGHTS,
            _KERAS + "        self.t = self.add_weight(shape=(), initializer="
            "keras.initializers.Constant(0.5), trainable=True, name='t')" + _WEIGHTS,
            compare="result",
        ),
        Example(
            "zeros of a shape",
            _HEAD + "        self.t = tf.Variable(tf.zeros([2, 1]), False)" + _WEIGHTS,
            _KERAS + '        self.t = self.add_weight(shape=[2, 1], initializer="zeros", '
            "trainable=False)" + _WEIGHTS,
            compare="result",
        ),
        Example(
            "an initializer that is called",
            _HEAD + "        ones = tf.ones_initializer()\n        self.t = tf.Variable(\n"
            "            initial_value=ones(shape=(2,), dtype='float32'),\n"
            "            name='t',\n        )" + _WEIGHTS,
            _KERAS + "        ones = keras.initializers.Ones()\n        self.t = self.add_weight(\n"
            "            shape=(2,), initializer=ones, dtype='float32',\n"
            "            name='t',\n        )" + _WEIGHTS,
            compare="result",
        ),
        Example(
            "random values",
            _HEAD + "        self.t = tf.Variable(tf.random.normal((3,), stddev=0.1))\n",
            _KERAS + "        self.t = self.add_weight(shape=(3,), initializer="
            "keras.initializers.RandomNormal(stddev=0.1))\n",
        ),
        Example(
            "a list of values",
            _HEAD + "        self.t = tf.Variable([1, 2], dtype='float32')" + _WEIGHTS,
            _KERAS + "        self.t = keras.Variable([1, 2], dtype='float32')" + _WEIGHTS,
            compare="result",
        ),
        Example(
            "a value that is handed in",
            _HEAD.replace("(self)", "(self, table)")
            + "        self.t = tf.Variable(table, trainable=False)\n"
            "        self.u = self.t.read_value()\n",
            _KERAS.replace("(self)", "(self, table)")
            + "        self.t = keras.Variable(table, trainable=False)\n"
            "        self.u = self.t.value\n",
        ),
        Example(
            "in a metric",
            "import tensorflow as tf\nimport keras\n\nclass M(keras.metrics.Mean):\n"
            "    def __init__(self):\n        super().__init__()\n"
            "        self.e = tf.Variable(0.0, trainable=False)\n\nresult = len(M().variables)\n",
            "import keras\n\nclass M(keras.metrics.Mean):\n"
            "    def __init__(self):\n        super().__init__()\n"
            "        self.e = self.add_weight(shape=(), initializer="
            "keras.initializers.Constant(0.0))\n\nresult = len(M().variables)\n",
            compare="result",
        ),
        Example("made when the layer is called", _IN_CALL, _IN_CALL),
        Example(
            "a variable of a plain class",
            "import tensorflow as tf\n\nclass Counter:\n    def __init__(self):\n"
            "        self.step = tf.Variable(0)\n",
            None,
        ),
        Example(
            "a variable of a tf.Module",
            "import tensorflow as tf\n\nclass Net(tf.Module):\n    def __init__(self):\n"
            "        self.w = tf.Variable(1.0)\n",
            None,
        ),
        Example(
            "a variable of Keras",
            "import keras\n\nclass L(keras.layers.Layer):\n    def __init__(self):\n"
            "        super().__init__()\n        self.w = keras.Variable(1.0)\n",
            None,
        ),
    )
