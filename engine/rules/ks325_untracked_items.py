"""KS325: layers in lists and dicts that Keras 3 does not see."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterable

from kerashift.engine.model import Context, Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix
from kerashift.engine.rules.containers import Late, late_items
from kerashift.engine.rules.latestate import STATEFUL
from kerashift.engine.rules.members import line_after

_OLD = "import numpy as np\nfrom tensorflow import keras\n\n\n"
_NEW = "import numpy as np\nimport keras\n\n\n"
_HEAD = "class L(keras.layers.Layer):\n    def __init__(self):\n        super().__init__()\n"
_DENSE = "keras.layers.Dense(2, kernel_initializer='ones')"
_FLAT = "        self.dense = [None] * 2\n        for n in range(2):\n"
_CALL = "\n    def call(self, x):\n        for layer in self.dense:\n            x = layer(x)\n"
_NESTED = (
    "\n    def call(self, x):\n        for (layer,) in self.dense{}:\n            x = layer(x)\n"
)
_USE = (
    "        return x\n\n\nx = keras.Input((2,))\nmodel = keras.Model(x, L()(x))\n"
    "model.compile('sgd', 'mse')\nx = np.array([[0.1, 0.2]])\n"
    "history = model.fit(x, x, epochs=10, verbose=0).history\n"
    "result = [history['loss'], model.get_weights()]\n"
)
_ITEM = f"            self.dense[n] = {_DENSE}\n"
_LIST = "        self.dense = list(self.dense)\n"


class UntrackedItems(Rule):
    code = "KS325"
    name = "untracked-items"

    def class_def(self, node: ast.ClassDef, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.stays or ctx.class_kind(node) not in STATEFUL:
            return
        for number, late in enumerate(late_items(ctx, node)):
            yield _finding(late, number, ctx)

    examples = (
        Example(
            "layers put into the places of a list",
            _OLD + _HEAD + _FLAT + _ITEM + _CALL + _USE,
            _NEW + _HEAD + _FLAT + _ITEM + _LIST + _CALL + _USE,
            compare="result",
        ),
        Example(
            "lists that are filled in a list",
            _OLD
            + _HEAD
            + "        self.dense = []\n        for n in range(2):\n"
            + f"            self.dense.append([])\n            self.dense[-1].append({_DENSE})\n"
            + _NESTED.format("")
            + _USE,
            _NEW
            + _HEAD
            + "        self.dense = []\n        for n in range(2):\n"
            + f"            self.dense.append([])\n            self.dense[-1].append({_DENSE})\n"
            + _LIST
            + _NESTED.format("")
            + _USE,
            compare="result",
        ),
        Example(
            "lists that are filled in a dict",
            _OLD
            + _HEAD
            + "        self.dense = {}\n        for n in range(2):\n"
            + f"            self.dense[n] = []\n            self.dense[n].append({_DENSE})\n"
            + _NESTED.format(".values()")
            + _USE,
            _NEW
            + _HEAD
            + "        self.dense = {}\n        for n in range(2):\n"
            + f"            self.dense[n] = []\n            self.dense[n].append({_DENSE})\n"
            + _LIST.replace("list", "dict")
            + _NESTED.format(".values()")
            + _USE,
            compare="result",
        ),
        Example(
            "a list that is filled after it was set",
            _OLD
            + _HEAD
            + "        layers = []\n        self.dense = layers\n        for n in range(2):\n"
            + f"            layers.append({_DENSE})\n"
            + _CALL
            + _USE,
            _NEW
            + _HEAD
            + "        layers = []\n        self.dense = layers\n        for n in range(2):\n"
            + f"            layers.append({_DENSE})\n"
            + "        self.dense = layers\n"
            + _CALL
            + _USE,
            compare="result",
        ),
        Example(
            "a list that layers are appended to",
            _NEW
            + _HEAD
            + "        self.dense = []\n        for n in range(2):\n"
            + f"            self.dense.append({_DENSE})\n"
            + _CALL
            + "        return x\n",
            None,
        ),
        Example(
            "layers in the keys of a dict",
            _NEW
            + _HEAD
            + "        self.dense = {}\n        for n in range(2):\n"
            + f"            self.dense[n] = {_DENSE}\n",
            None,
        ),
        Example(
            "lists that are there from the start",
            _NEW
            + _HEAD
            + "        self.dense = [[] for n in range(2)]\n        for n in range(2):\n"
            + f"            self.dense[n].append({_DENSE})\n",
            None,
        ),
        Example(
            "numbers in the places of a list",
            _NEW + _HEAD + "        self.sizes = [0] * 2\n        self.sizes[0] = 3\n",
            None,
        ),
        Example(
            "a list that is filled before it is set",
            _NEW
            + _HEAD
            + "        layers = []\n        for n in range(2):\n"
            + f"            layers.append({_DENSE})\n        self.dense = layers\n",
            None,
        ),
    )


def _finding(late: Late, number: int, ctx: RuleContext) -> Finding:
    """`number` orders lines of one place as the attributes are: so weights keep their order."""
    message = (
        f"Keras 3 does not see what is put into `self.{late.attribute}` in this way: it is "
        "neither trained nor saved"
    )
    edit = line_after(ctx, late.after, f"self.{late.attribute} = {late.value}")
    span = ctx.span(late.node)
    if edit is None:
        text = f"{message}. Set the attribute again when it is filled."
        return Finding(span, text, Safety.MANUAL, context=Context.MODEL)
    text = f"{message}, unless the attribute is set again"
    return Finding(
        span, text, Safety.SAFE, fix(dataclasses.replace(edit, rank=number)), context=Context.MODEL
    )
