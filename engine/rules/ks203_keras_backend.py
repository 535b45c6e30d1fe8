"""KS203: Keras 2 backend function (K.…)."""

from __future__ import annotations

from collections.abc import Iterable

from kerashift.engine.analysis.module import Reference
from kerashift.engine.analysis.symbols import Origin
from kerashift.engine.model import Safety, Target
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.learning_rate import rate_call
from kerashift.engine.rules.opfinding import op_finding
from kerashift.engine.rules.randomplaces import is_drawn_in_model
from kerashift.engine.tables import api
from kerashift.engine.tables.oprows import find

TABLE = "backend.toml"
PREFIX = "keras.backend."
_EXPERIMENTAL = "keras.backend.experimental."
_GENERATORS = "random numbers of Keras 3 come from seed generators always, so take the call out"


class KerasBackend(Rule):
    code = "KS203"
    name = "keras-backend"
    target = Target.KERAS3

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        name = ref.symbol.name
        if not name.startswith(PREFIX) or ctx.is_keras3 or ref.symbol.origin is Origin.LEGACY:
            return
        if name.startswith(_EXPERIMENTAL) and ref.call is not None:
            message = f"`{ctx.text(ref.node)}` is gone: {_GENERATORS}."
            yield Finding(ctx.span(ref.node), message, Safety.MANUAL)
        if api.exists(name) or name.count(".") > 2:
            return
        if ref.call is not None and rate_call(ref.call, ctx):
            return  # learning rates have a rule of their own
        row = find(TABLE, name)
        if row is not None:
            yield from op_finding(ref, ctx, row, Target.KERAS3)
        elif api.existed(name) and not is_drawn_in_model(ref, ctx):  # KS303 speaks of those
            message = f"`{ctx.text(ref.node)}` has no counterpart in Keras 3."
            yield Finding(ctx.span(ref.node), message, Safety.MANUAL)

    examples = (
        Example(
            "sums and products",
            "from tensorflow.keras import backend as K\n\n\ndef dice(y_true, y_pred):\n"
            "    return K.sum(y_true * y_pred, axis=-1) / (K.sum(y_pred) + K.epsilon())\n\n\n"
            "result = dice(2.0, K.constant([3.0]))\n",
            "from keras import backend as K\nfrom keras import ops\n\n\ndef dice(y_true, y_pred):\n"
            "    return ops.sum(y_true * y_pred, axis=-1) / (ops.sum(y_pred) + K.epsilon())\n\n\n"
            "result = dice(2.0, ops.convert_to_tensor([3.0], dtype=\"float32\"))\n",
            compare="result",
        ),
        Example(
            "a switch for random generators",
            "from keras import backend as K\n\n"
            "K.experimental.enable_tf_random_generator()\n",
            "from keras import backend as K\n\n"
            "K.experimental.enable_tf_random_generator()\n",
        ),
        Example(
            "the default axis is written out",
            "import tensorflow.keras.backend as K\n\n\ndef join(y_true, y_pred):\n"
            "    return K.concatenate([y_true, y_pred])\n",
            "from keras import ops\n\n\ndef join(y_true, y_pred):\n"
            "    return ops.concatenate([y_true, y_pred], axis=-1)\n",
        ),
        Example(
            "hard sigmoid keeps its slope",
            "from tensorflow.keras import backend as K\n"
            "result = K.hard_sigmoid(K.constant([-1.0, 2.6]))\n",
            "from keras import ops\n"
            'result = ops.clip(0.2 * ops.convert_to_tensor([-1.0, 2.6], dtype="float32") + 0.5, '
            "0.0, 1.0)\n",
            compare="result",
        ),
        Example(
            "what is nowhere any more is reported",
            "from keras import backend as K\n\nphase = K.learning_phase()\n",
            "from keras import backend as K\n\nphase = K.learning_phase()\n",
        ),
        Example(
            "what stays", "from keras import backend as K\n\nprint(K.epsilon(), K.floatx())\n", None
        ),
        Example("another module named K", "import math as K\n\nprint(K.exp(1.0))\n", None),
        Example("a local K", "def f(K):\n    return K.sum(1)\n\n\nimport keras\n", None),
    )
