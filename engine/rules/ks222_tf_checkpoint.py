"""KS222: Keras object in a checkpoint of TensorFlow."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.analysis.module import Definition
from kerashift.engine.model import Safety, Target
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.receivers import Sureness, bindings_of, is_model, is_optimizer

_CHECKPOINTS = frozenset({"tf.train.Checkpoint", "tf.compat.v2.train.Checkpoint"})
_DEPTH = 8
_MESSAGE = (
    "`tf.train.Checkpoint` takes Keras objects on TensorFlow only: use "
    '`model.save_weights("….weights.h5")`, or `model.save("….keras")` with the optimizer. On '
    "TensorFlow it works, but a checkpoint that Keras 2 wrote restores nothing, without a word: "
    "ask with `restore(…).assert_consumed()`."
)


class TfCheckpoint(Rule):
    code = "KS222"
    name = "tf-checkpoint"
    target = Target.MULTI_BACKEND
    reference_url = "https://keras.io/api/models/model_saving_apis/weights_saving_and_loading/"

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        symbol = None if ctx.stays else ctx.module.symbol(node.func, ctx.module.tree.scopes[node])
        if symbol is None or symbol.name not in _CHECKPOINTS:
            return
        values = [*node.args[:1], *(k.value for k in node.keywords if k.arg is not None)]
        if any(_is_keras(value, ctx) for value in values):
            yield Finding(ctx.span(node), _MESSAGE, Safety.MANUAL, context=ctx.context(node))

    examples = (
        Example(
            "a model and its optimizer",
            "import tensorflow as tf\nimport keras\n\nmodel = keras.Sequential()\n"
            "checkpoint = tf.train.Checkpoint(model=model, optimizer=keras.optimizers.Adam())\n",
            "import tensorflow as tf\nimport keras\n\nmodel = keras.Sequential()\n"
            "checkpoint = tf.train.Checkpoint(model=model, optimizer=keras.optimizers.Adam())\n",
        ),
        Example(
            "models that a function is given",
            "import tensorflow as tf\nimport keras\n\n\ndef keep(generator, step):\n"
            "    return tf.train.Checkpoint(generator=generator, step=step)\n\n\nprint(keras)\n",
            "import tensorflow as tf\nimport keras\n\n\ndef keep(generator, step):\n"
            "    return tf.train.Checkpoint(generator=generator, step=step)\n\n\nprint(keras)\n",
        ),
        Example(
            "a counter",
            "import tensorflow as tf\nimport keras\n\n"
            "checkpoint = tf.train.Checkpoint(step=tf.Variable(1))\nprint(keras)\n",
            None,
        ),
        Example(
            "a module of TensorFlow",
            "import tensorflow as tf\nimport keras\n\n\nclass Net(tf.Module):\n    pass\n\n\n"
            "net = Net()\ncheckpoint = tf.train.Checkpoint(net=net)\nprint(keras)\n",
            None,
        ),
        Example(
            "a file without Keras",
            "import tensorflow as tf\n\n\ndef keep(net):\n"
            "    return tf.train.Checkpoint(net=net)\n",
            None,
        ),
    )


def _is_keras(node: ast.expr, ctx: RuleContext) -> bool:
    kind = ctx.kind(node)
    if kind is Kind.LAYER:
        return not _is_tf_module(node, ctx)
    if kind in (Kind.MODEL, Kind.OPTIMIZER):
        return True
    if not ctx.uses_keras:
        return False
    return max(is_model(ctx, node), is_optimizer(ctx, node)) >= Sureness.LIKELY


def _is_tf_module(node: ast.expr, ctx: RuleContext) -> bool:
    """Whether it is an object of a class that comes from `tf.Module` and is nothing of Keras."""
    values = [node]
    if isinstance(node, ast.Name):
        bindings = bindings_of(node.id, ctx.module.tree.scopes.get(node))
        values = [binding.value for binding in bindings if binding.value is not None]
    for value in values:
        if not isinstance(value, ast.Call):
            continue
        found = ctx.module.resolve(value.func, ctx.module.tree.scopes.get(value))
        for _ in range(_DEPTH):
            if not (isinstance(found, Definition) and isinstance(found.node, ast.ClassDef)):
                break
            bases = found.node.bases
            scope = found.module.tree.scopes.get(found.node)
            found = found.module.resolve(bases[0], scope) if bases else None
        if getattr(found, "name", "") == "tf.Module":
            return True
    return False
