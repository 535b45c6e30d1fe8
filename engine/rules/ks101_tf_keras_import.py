"""KS101: tf.keras instead of keras."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.module import Reference
from kerashift.engine.analysis.symbols import Origin, Symbol
from kerashift.engine.model import Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, replace
from kerashift.engine.rules.import_lines import import_finding
from kerashift.engine.tables.moves import caution, new_path

_OLD = (Origin.TF_KERAS, Origin.V1)


class TfKerasImport(Rule):
    code = "KS101"
    name = "tf-keras-import"
    reference_url = "https://keras.io/guides/migrating_to_keras_3/#switch-your-imports"

    def import_statement(
        self, node: ast.Import | ast.ImportFrom, ctx: RuleContext
    ) -> Iterable[Finding]:
        found = None if ctx.is_keras3 else import_finding(node, ctx, _place, caution)
        if found is not None:
            yield found

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        symbol = ref.symbol
        if symbol.origin not in _OLD or ctx.is_keras3:
            return
        old = ctx.text(ref.node)
        if not _spells_tf(old, ref, ctx):
            return
        target = new_path(symbol.name)
        if target != symbol.name:  # moved or gone: other rules
            return
        text, needs = ctx.spell(target)
        statement = ctx.module.parent(ref.node)
        if isinstance(statement, ast.Assign) and _is_self_assignment(statement, text):
            span = ctx.span(statement)
            edit = replace(span, f"import {text}")
            yield Finding(span, f"`{old}` is `{text}`", Safety.SAFE, fix(edit))
            return
        span = ctx.span(ref.node)
        context = ctx.context(_root(ref.node))
        message = f"`{old}` is `{text}`"
        yield Finding(
            span, message, Safety.SAFE, fix(replace(span, text), needs=needs), context=context
        )

    examples = (
        Example(
            "keras taken from tensorflow",
            "from tensorflow import keras\nresult = keras.activations.relu(-1.0)\n",
            "import keras\nresult = keras.activations.relu(-1.0)\n",
            compare="result",
        ),
        Example(
            "names taken from a module of tf.keras",
            "from tensorflow.keras.layers import Dense, Flatten as F\nresult = Dense(3).units\n",
            "from keras.layers import Dense, Flatten as F\nresult = Dense(3).units\n",
            compare="result",
        ),
        Example(
            "attribute of tf, whose import goes with its last use",
            "import tensorflow as tf\nresult = tf.keras.layers.Dense(3).units\n",
            "import keras\nresult = keras.layers.Dense(3).units\n",
            compare="result",
        ),
        Example(
            "tensorflow that is still used stays",
            "import tensorflow as tf\nd = tf.data.Dataset.range(2)\nm = tf.keras.Sequential()\n",
            "import tensorflow as tf\nimport keras\nd = tf.data.Dataset.range(2)\n"
            "m = keras.Sequential()\n",
        ),
        Example(
            "alias of the module",
            "import tensorflow.keras.layers as L\nresult = L.Dense(3).units\n",
            "import keras.layers as L\nresult = L.Dense(3).units\n",
            compare="result",
        ),
        Example(
            "module kept under its own name",
            "import tensorflow as tf\nkeras = tf.keras\nresult = keras.layers.Dense(3).units\n",
            "import keras\nresult = keras.layers.Dense(3).units\n",
            compare="result",
        ),
        Example(
            "names that Keras 3 lacks stay behind",
            "from tensorflow.keras.layers import Dense, ThresholdedReLU\n"
            "print(Dense, ThresholdedReLU)\n",
            "from keras.layers import Dense\nfrom tensorflow.keras.layers import ThresholdedReLU\n"
            "print(Dense, ThresholdedReLU)\n",
        ),
        Example("plain keras", "import keras\nkeras.layers.Dense(3)\n", None),
        Example(
            "plain tensorflow", "import tensorflow as tf\nd = tf.data.Dataset.range(3)\n", None
        ),
        Example(
            "a local name that only looks like it",
            "class tf:\n    keras = None\n\nprint(tf.keras)\n",
            None,
        ),
        Example("staying on tf_keras", "import tf_keras as keras\nkeras.layers.Dense(3)\n", None),
    )


def _place(symbol: Symbol) -> str | None:
    """Where Keras 3 has a name that is imported from `tensorflow.keras`."""
    return new_path(symbol.name) if symbol.origin in _OLD else None


def _spells_tf(text: str, ref: Reference, ctx: RuleContext) -> bool:
    """Whether the text itself goes through TensorFlow (`tf.keras.x`), not through an import of
    `keras` that the statement's own fix changes."""
    root = _root(ref.node)
    found = ctx.module.lookup(root.id, ref.scope)
    return isinstance(found, Symbol) and not found.is_keras


def _root(node: ast.expr) -> ast.Name:
    while isinstance(node, ast.Attribute):
        node = node.value
    assert isinstance(node, ast.Name)
    return node


def _is_self_assignment(node: ast.Assign, text: str) -> bool:
    """`keras = tf.keras`, which would become `keras = keras`."""
    return (
        len(node.targets) == 1
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id == text
    )
