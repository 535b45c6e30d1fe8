"""KS323: layers and weights that are made while a layer is called."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.model import Context, Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix
from kerashift.engine.rules.latemoves import moves_of
from kerashift.engine.rules.latestate import STATEFUL, Late, is_variable
from kerashift.engine.rules.members import derives_from

_OLD = "import numpy as np\nimport tensorflow as tf\nfrom tensorflow import keras\n\n\n"
_NEW = "import numpy as np\nfrom keras import ops\nimport keras\n\n\n"
_PURE = "import numpy as np\nimport keras\n\n\n"
_TF = "import numpy as np\nfrom tensorflow import keras\n\n\n"
_CLASS = "class L(keras.layers.Layer):\n"
_UNITS = (
    "    def __init__(self, units=2, **kwargs):\n        super().__init__(**kwargs)\n"
    "        self.units = units\n        self.w = None\n"
)
_WEIGHT = "self.w = self.add_weight(shape=({}, self.units), initializer='ones', name='w')\n"
_DENSE = "keras.layers.Dense(2, kernel_initializer='ones')"
_INIT = "    def __init__(self, **kwargs):\n        super().__init__(**kwargs)\n"
_LOOP = (
    "class L(keras.layers.Layer):\n    def call(self, x):\n        for n in (1, 2):\n"
    "            x = keras.layers.Dense(n)(x)\n        return x\n"
)
_MADE = (
    "class L(keras.layers.Layer):\n    def make(self):\n"
    "        self.one = keras.layers.Dense(2)\n        self.two = keras.layers.Dense(2)\n"
    "        self.made = True\n\n    def call(self, x):\n        if not self.made:\n"
    "            self.make()\n        return self.two(self.one(x))\n"
)
_LATER = (
    "class L(keras.layers.Layer):\n    def call(self, x, units):\n"
    "        if not hasattr(self, 'd'):\n            self.d = keras.layers.Dense(units)\n"
    "        return self.d(x)\n"
)
_USE = (
    "\n\nx = keras.Input((3,))\nmodel = keras.Model(x, L()(x))\nmodel.compile('sgd', 'mse')\n"
    "x, y = np.array([[0.1, 0.2, 0.3]]), np.array([[0.5, 1.0]])\n"
    "history = model.fit(x, y, epochs=10, verbose=0).history\n"
    "result = [history['loss'], model.get_weights()]\n"
)


class LateState(Rule):
    code = "KS323"
    name = "late-state"

    def class_def(self, node: ast.ClassDef, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.stays or ctx.class_kind(node) not in STATEFUL:
            return
        if derives_from(ctx.module, node, "tf.Module"):
            return
        moves = moves_of(ctx, node)
        said: set[tuple[ast.FunctionDef, str]] = set()
        for late, reason in moves.refused:
            if is_variable(ctx, late) or (late.where, reason) in said:
                continue  # KS301 speaks of variables
            said.add((late.where, reason))
            yield _by_hand(late, reason, ctx)
        if moves.moved:
            first = moves.moved[0]
            number = len(moves.moved)
            what = "a layer or weight" if number == 1 else f"{number} layers or weights"
            message = (
                f"`{first.where.name}` makes {what}: Keras 3 wants all state from "
                "`__init__` or `build`"
            )
            yield Finding(
                ctx.span(first.node),
                message,
                moves.safety,
                fix(moves.edit()),
                " ".join(moves.cautions),
                context=Context.MODEL,
            )

    examples = (
        Example(
            "a weight made at the first call",
            _OLD + _CLASS + _UNITS + "\n    def call(self, x):\n        if self.w is None:\n"
            "            "
            + _WEIGHT.format("x.shape[-1]")
            + "        return tf.matmul(x, self.w)\n"
            + _USE,
            _NEW
            + _CLASS
            + _UNITS
            + "\n    def build(self, input_shape):\n        "
            + _WEIGHT.format("input_shape[-1]")
            + "        super().build(input_shape)\n\n"
            "    def call(self, x):\n        return ops.matmul(x, self.w)\n" + _USE,
            compare="result",
        ),
        Example(
            "a layer made at the first call",
            _TF + _CLASS + "    def call(self, x):\n        if not hasattr(self, 'd'):\n"
            f"            self.d = {_DENSE}\n        return self.d(x)\n" + _USE,
            _PURE + _CLASS + _INIT + f"        self.d = {_DENSE}\n\n"
            "    def call(self, x):\n        return self.d(x)\n" + _USE,
            compare="result",
        ),
        Example(
            "a size that is kept in a name",
            _OLD + _CLASS + "    def call(self, x):\n        size = tf.shape(x)[-1]\n"
            "        if not hasattr(self, 'd'):\n            self.d = keras.layers.Dense("
            "size - 1, kernel_initializer='ones')\n        return self.d(x)\n" + _USE,
            _NEW
            + _CLASS
            + "    def build(self, input_shape):\n        self.d = keras.layers.Dense("
            "input_shape[-1] - 1, kernel_initializer='ones')\n"
            "        super().build(input_shape)\n\n"
            "    def call(self, x):\n        size = ops.shape(x)[-1]\n        return self.d(x)\n"
            + _USE,
        ),
        Example(
            "dropout made where it is used",
            _TF + _CLASS + "    def call(self, x, training=None):\n"
            "        return keras.layers.Dropout(0.5)(x, training=training)\n\n\n"
            "x = np.asarray(L()(np.ones((400, 400), 'float32'), training=True))\n"
            "result = [np.mean(x), np.std(x), np.max(x)]\n",
            _PURE + _CLASS + _INIT + "        self.dropout = keras.layers.Dropout(0.5)\n\n"
            "    def call(self, x, training=None):\n"
            "        return self.dropout(x, training=training)\n\n\n"
            "x = np.asarray(L()(np.ones((400, 400), 'float32'), training=True))\n"
            "result = [np.mean(x), np.std(x), np.max(x)]\n",
            compare="result",
            tolerance=0.01,
        ),
        Example(
            "a layer for each turn of a loop",
            _PURE + _LOOP,
            _PURE + _LOOP,
        ),
        Example(
            "a size that is known only while the layer is called",
            _PURE + _LATER,
            _PURE + _LATER,
        ),
        Example(
            "a method that makes all layers at the first call",
            _PURE + _MADE,
            _PURE + _MADE,
        ),
        Example(
            "layers without state made where they are used",
            _PURE + _CLASS + "    def call(self, x):\n"
            "        return keras.layers.ReLU()(keras.layers.Concatenate()([x, x]))\n",
            None,
        ),
        Example(
            "a layer made in a method that build calls",
            _PURE + _CLASS + "    def build(self, shape):\n        self.make()\n\n"
            "    def make(self):\n        self.d = keras.layers.Dense(2)\n\n"
            "    def call(self, x):\n        return self.d(x)\n",
            None,
        ),
        Example(
            "a layer that a model's method makes by hand",
            _PURE + "class M(keras.Model):\n    def call(self, x):\n        return x\n\n"
            "    def add_head(self):\n        self.d = keras.layers.Dense(2)\n",
            None,
        ),
        Example(
            "a tensor that is kept",
            _PURE + _CLASS + "    def call(self, x):\n        if self.last is None:\n"
            "            self.last = x * 2.0\n        return self.last\n",
            None,
        ),
    )


def _by_hand(late: Late, reason: str, ctx: RuleContext) -> Finding:
    message = (
        f"Keras 3 makes no layers or weights while `{late.where.name}` runs. Make it in "
        f"`__init__` or `build`, by hand: {reason}."
    )
    return Finding(ctx.span(late.node), message, Safety.MANUAL, context=Context.MODEL)
