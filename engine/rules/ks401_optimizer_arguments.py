"""KS401: lr and decay of optimizers."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.module import Reference
from kerashift.engine.analysis.symbols import Origin
from kerashift.engine.model import Context, Fix, ImportNeed, Safety, Span
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.calls import Argument, CallEditor, CallError
from kerashift.engine.tables import moves
from kerashift.engine.tables.moves import new_path

_DEFAULTS = {
    "SGD": "0.01",
    "RMSprop": "0.001",
    "Adagrad": "0.001",
    "Adadelta": "0.001",
    "Adam": "0.001",
    "Adamax": "0.001",
    "Nadam": "0.001",
    "Ftrl": "0.001",
}
"""Learning rates where none is given, in Keras 2 and 3 alike."""
_NEVER = "It never did: leave it out."
_OTHER = {
    "AdamW": _NEVER,
    "Adafactor": _NEVER,
    "Lion": _NEVER,
    "Nadam": "It was the pace of its momentum schedule, which is fixed now: leave it out.",
}
"""Optimizers whose `decay`, if they had one, was not that of the learning rate."""
_CAUTION = (
    "Callbacks and code that set the learning rate (ReduceLROnPlateau, LearningRateScheduler) "
    "raise an error with a schedule."
)
_IGNORED = (
    "Keras 2.11 and later (TensorFlow 2.11 to 2.15) ignored `lr` and trained with the default; "
    "from now on the value counts."
)
_FTRL = "Keras 2 took `lr` of Ftrl for nothing and trained with 0.001."


class OptimizerArguments(Rule):
    code = "KS401"
    name = "optimizer-arguments"

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        call, symbol = ref.call, ref.symbol
        if call is None or not symbol.name.startswith("keras.optimizers") or ctx.stays:
            return
        optimizer = _optimizer(symbol.name)
        names = {k.arg for k in call.keywords}
        if optimizer is None or symbol.origin is Origin.LEGACY or not names & {"lr", "decay"}:
            return
        try:
            editor = CallEditor(ctx.module, call)
        except CallError:
            return
        honoured = symbol.name.startswith("keras.optimizers.legacy.")
        yield _finding(call, editor, optimizer, "" if honoured else _IGNORED, ctx)

    examples = (
        Example(
            "learning rate",
            "from tensorflow import keras\n"
            "optimizer = keras.optimizers.legacy.Adam(lr=0.25, beta_1=0.8)\n"
            "result = optimizer.get_config()['learning_rate']\n",
            "import keras\n"
            "optimizer = keras.optimizers.Adam(learning_rate=0.25, beta_1=0.8)\n"
            "result = optimizer.get_config()['learning_rate']\n",
            compare="result",
        ),
        Example(
            "decay",
            "from tensorflow.keras.optimizers.legacy import SGD\n"
            "from tensorflow import keras\nimport numpy as np\n"
            "model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])\n"
            "model.set_weights([np.ones((1, 1)), np.zeros(1)])\n"
            "model.compile(SGD(lr=0.1, decay=0.5), 'mse')\n"
            "model.fit(np.ones((8, 1)), np.zeros((8, 1)), batch_size=2, epochs=3, verbose=0)\n"
            "result = model.get_weights()\n",
            "from keras.optimizers import SGD\nimport keras\nimport numpy as np\n"
            "model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])\n"
            "model.set_weights([np.ones((1, 1)), np.zeros(1)])\n"
            "model.compile(SGD(learning_rate=keras.optimizers.schedules.InverseTimeDecay("
            "initial_learning_rate=0.1, decay_steps=1, decay_rate=0.5)), 'mse')\n"
            "model.fit(np.ones((8, 1)), np.zeros((8, 1)), batch_size=2, epochs=3, verbose=0)\n"
            "result = model.get_weights()\n",
            compare="result",
        ),
        Example(
            "decay of the default learning rate",
            "import keras\noptimizer = keras.optimizers.Adam(decay=1e-4)\n",
            "import keras\noptimizer = keras.optimizers.Adam("
            "learning_rate=keras.optimizers.schedules.InverseTimeDecay("
            "initial_learning_rate=0.001, decay_steps=1, decay_rate=1e-4))\n",
        ),
        Example(
            "decay beside a positional learning rate",
            "import keras\noptimizer = keras.optimizers.SGD(0.1, momentum=0.9, decay=1e-4)\n",
            "import keras\noptimizer = keras.optimizers.SGD("
            "keras.optimizers.schedules.InverseTimeDecay("
            "initial_learning_rate=0.1, decay_steps=1, decay_rate=1e-4), momentum=0.9)\n",
        ),
        Example(
            "no decay",
            "import keras\noptimizer = keras.optimizers.Adam(lr=0.1, decay=0.0)\n",
            "import keras\noptimizer = keras.optimizers.Adam(learning_rate=0.1)\n",
        ),
        Example(
            "arguments that are not in sight",
            "import keras\noptimizer = keras.optimizers.Adam(decay=0.1, **settings)\n",
            "import keras\noptimizer = keras.optimizers.Adam(decay=0.1, **settings)\n",
        ),
        Example(
            "a decay that was something else",
            "import keras\noptimizer = keras.optimizers.Nadam(0.1, decay=0.1)\n",
            "import keras\noptimizer = keras.optimizers.Nadam(0.1, decay=0.1)\n",
        ),
        Example(
            "both names at once",
            "import keras\noptimizer = keras.optimizers.Adam(lr=0.1, learning_rate=0.2)\n",
            "import keras\noptimizer = keras.optimizers.Adam(lr=0.1, learning_rate=0.2)\n",
        ),
        Example(
            "a rate that Keras 2 did not take",
            "import keras\noptimizer = keras.optimizers.Ftrl(lr=0.1)\n",
            "import keras\noptimizer = keras.optimizers.Ftrl(learning_rate=0.1)\n",
        ),
        Example("the new name", "import keras\nkeras.optimizers.Adam(learning_rate=0.1)\n", None),
        Example("by position", "import keras\nkeras.optimizers.Adam(0.1)\n", None),
        Example(
            "an optimizer of PyTorch",
            "import keras\nimport torch\no = torch.optim.Adam(parameters, lr=0.1)\n",
            None,
        ),
        Example(
            "a class of the project",
            "import keras\n\n\ndef Adam(lr):\n    return lr\n\n\nAdam(lr=0.1)\n",
            None,
        ),
        Example(
            "staying on tf_keras",
            "import tf_keras\no = tf_keras.optimizers.legacy.Adam(lr=0.1, decay=0.1)\n",
            None,
        ),
    )


def _optimizer(name: str) -> str | None:
    """The optimizer's class name; None for anything else in the module."""
    path = new_path(name) or ""
    module, _, last = path.rpartition(".")
    if module == "keras.optimizers" and (last in _DEFAULTS or last in _OTHER):
        return last
    return None


def _finding(
    call: ast.Call, editor: CallEditor, optimizer: str, ignored: str, ctx: RuleContext
) -> Finding:
    span, context = ctx.span(call.func), ctx.context(call)
    given = {a.name: a for a in editor.arguments if a.keyword is not None}
    rate, decay = given.get("lr"), given.get("decay")
    first = editor.arguments[0] if editor.arguments else None
    positional = first if first is not None and first.keyword is None else None
    unclear = any(a.is_unpacked for a in editor.arguments)
    if (rate and ("learning_rate" in given or positional)) or (decay and unclear):
        message = (
            f"`{optimizer}` takes one `learning_rate`, and no `decay`: pass a schedule instead "
            "(`keras.optimizers.schedules.InverseTimeDecay` with `decay_steps=1`)"
        )
        return Finding(span, message, Safety.MANUAL, context=context)
    doubt = ""
    if rate is not None:
        doubt = _FTRL if optimizer == "Ftrl" else ignored
        editor.set_keyword(rate, "learning_rate")
    if decay is None:
        message = f"`lr` of `{optimizer}` is called `learning_rate`"
        return _renamed(span, message, editor, doubt, context)
    editor.drop(decay)
    if _is_zero(decay.value):
        message = f"`{optimizer}` takes `learning_rate`, and no `decay`; here it was zero"
        return _renamed(span, message, editor, doubt, context)
    if optimizer in _OTHER:
        message = f"`{optimizer}` takes no `decay`. {_OTHER[optimizer]}"
        return Finding(span, message, Safety.MANUAL, context=context)
    needs = _decayed(
        editor, rate or given.get("learning_rate") or positional, decay, optimizer, ctx
    )
    message = (
        f"`decay` of `{optimizer}` is ignored: `InverseTimeDecay` gives the same learning rates"
    )
    fix = Fix(editor.build(), needs)
    same = moves.caution(f"keras.optimizers.legacy.{optimizer}")
    doubt = " ".join(part for part in (_CAUTION, same, doubt) if part)
    return Finding(span, message, Safety.REVIEW, fix, caution=doubt, context=context)


def _renamed(span: Span, message: str, editor: CallEditor, doubt: str, context: Context) -> Finding:
    safety = Safety.REVIEW if doubt else Safety.SAFE
    return Finding(span, message, safety, Fix(editor.build()), caution=doubt, context=context)


def _decayed(
    editor: CallEditor,
    rate: Argument | None,
    decay: Argument,
    optimizer: str,
    ctx: RuleContext,
) -> tuple[ImportNeed, ...]:
    """Make the learning rate a schedule."""
    schedule, needs = ctx.spell("keras.optimizers.schedules.InverseTimeDecay")
    before = f"{schedule}(initial_learning_rate="
    after = f", decay_steps=1, decay_rate={ctx.text(decay.value)})"
    if rate is None:
        editor.add(f"learning_rate={before}{_DEFAULTS[optimizer]}{after}")
    else:
        editor.set_value(rate, before, rate.value_extent, after)
    return needs


def _is_zero(node: ast.expr) -> bool:
    if not isinstance(node, ast.Constant):
        return False
    return node.value is None or (isinstance(node.value, int | float) and node.value == 0)
