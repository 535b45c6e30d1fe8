"""KS103: Keras 2 name that Keras 3 does not have."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.module import Reference
from kerashift.engine.analysis.symbols import Origin, canonical
from kerashift.engine.model import Fix, Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, replace
from kerashift.engine.rules.calls import CallEditor, CallError
from kerashift.engine.rules.import_lines import is_guarded, without_names
from kerashift.engine.rules.local_files import use_local_file
from kerashift.engine.rules.respell import respell, root_name
from kerashift.engine.tables.private import is_private
from kerashift.engine.tables.removed import RemovedRow, find, gone_name

_REDUCTIONS = {
    "AUTO": "sum_over_batch_size",
    "SUM_OVER_BATCH_SIZE": "sum_over_batch_size",
    "SUM": "sum",
    "NONE": "none",
}
_IMPORTED = "Other code may take the name from this module."


class RemovedApi(Rule):
    code = "KS103"
    name = "removed-api"

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        symbol = ref.symbol
        if not symbol.is_keras or symbol.origin in (Origin.LEGACY, Origin.PRIVATE) or ctx.stays:
            return
        gone = None if is_private(symbol) else gone_name(symbol.name)
        if gone is None:
            return
        found = find(symbol.name)
        row, key = found or RemovedRow(gone), found.name if found else ""
        made = _reduction(ref, ctx) or _fix(ref, row, ctx)
        span = ctx.span(ref.node)
        context = ctx.context(root_name(ref.node))
        if made is None:
            advice = row.message or f"Copy `{gone}` from the source of Keras 2, or do without it."
            message = f"Keras 3 has no `{gone}`. {advice}"
            yield Finding(span, message, Safety.MANUAL, context=context, row=key)
            return
        change, text = made
        message = f"Keras 3 has no `{gone}`: `{text}` is the same"
        if row.safety is Safety.REVIEW:
            message = f"Keras 3 has no `{gone}`: `{text}` takes its place"
        if change.creates:
            message += f" (a new file, `{change.creates[0].path}`)"
        yield Finding(span, message, row.safety, change, row.caution, None, context, key)

    def import_statement(
        self, node: ast.Import | ast.ImportFrom, ctx: RuleContext
    ) -> Iterable[Finding]:
        if not isinstance(node, ast.ImportFrom) or ctx.stays or is_guarded(ctx, node):
            return
        used = {root_name(ref.node).id for ref in ctx.module.references}
        gone = {
            alias.asname or alias.name: name
            for alias in node.names
            if (name := _gone(node, alias)) and (alias.asname or alias.name) not in used
        }
        if gone:
            names = ", ".join(f"`{name}`" for name in gone.values())
            message = f"Keras 3 has no {names}: nothing here uses the import"
            change = without_names(ctx, node, gone)
            safety = Safety.MANUAL if change is None else Safety.REVIEW
            caution = "" if change is None else _IMPORTED
            yield Finding(ctx.span(node), message, safety, change, caution)

    examples = (
        Example(
            "thresholded ReLU",
            "import tensorflow as tf\nimport numpy as np\n"
            "layer = tf.keras.layers.ThresholdedReLU(theta=0.5)\n"
            "result = layer(np.array([[-1.0, 0.4, 0.5, 2.0]]))\n",
            "import keras\nimport numpy as np\n"
            "layer = keras.layers.ReLU(threshold=0.5)\n"
            "result = layer(np.array([[-1.0, 0.4, 0.5, 2.0]]))\n",
            compare="result",
        ),
        Example(
            "thresholded ReLU, positional and by default",
            "from tensorflow.keras import layers\nimport numpy as np\n"
            "inner = layers.ThresholdedReLU()\n"
            "result = layers.ThresholdedReLU(1.5, name='t')(inner(np.array([[1.0, 1.2, 2.0]])))\n",
            "from keras import layers\nimport numpy as np\n"
            "inner = layers.ReLU(threshold=1.0)\n"
            "result = layers.ReLU(threshold=1.5, name='t')(inner(np.array([[1.0, 1.2, 2.0]])))\n",
            compare="result",
        ),
        Example(
            "loss reduction",
            "import tensorflow as tf\n"
            "import numpy as np\n"
            "loss = tf.keras.losses.MeanSquaredError(reduction=tf.keras.losses.Reduction.AUTO)\n"
            "each = tf.keras.losses.MeanSquaredError(reduction=tf.keras.losses.Reduction.NONE)\n"
            "result = loss(np.ones((2, 3)), each(np.eye(3)[:2], np.zeros((2, 3)))[:, None])\n",
            "import keras\n"
            "import numpy as np\n"
            'loss = keras.losses.MeanSquaredError(reduction="sum_over_batch_size")\n'
            'each = keras.losses.MeanSquaredError(reduction="none")\n'
            "result = loss(np.ones((2, 3)), each(np.eye(3)[:2], np.zeros((2, 3)))[:, None])\n",
            compare="result",
        ),
        Example(
            "reduction that is imported",
            "from tensorflow.keras.losses import Huber, Reduction\n"
            "result = Huber(reduction=Reduction.SUM)([[1.0, 2.0]], [[1.0, 5.0]])\n",
            "from keras.losses import Huber\n"
            'result = Huber(reduction="sum")([[1.0, 2.0]], [[1.0, 5.0]])\n',
            compare="result",
        ),
        Example(
            "batch normalization over devices",
            "import keras\n"
            "layer = keras.layers.experimental.SyncBatchNormalization(momentum=0.9)\n",
            "import keras\n"
            "layer = keras.layers.BatchNormalization(momentum=0.9, synchronized=True)\n",
        ),
        Example(
            "base class of cells",
            "import keras\n\n\nclass Cell(keras.layers.AbstractRNNCell):\n    pass\n",
            "import keras\n\n\nclass Cell(keras.layers.Layer):\n    pass\n",
        ),
        Example(
            "locally connected layer",
            "import tensorflow as tf\nimport numpy as np\n"
            "layer = tf.keras.layers.LocallyConnected1D(4, 3, activation='tanh')\n"
            "layer.build((None, 6, 2))\n"
            "weights = [np.linspace(-1, 1, 96).reshape((4, 6, 4)), np.ones((4, 4))]\n"
            "layer.set_weights(weights)\n"
            "result = layer(np.linspace(0, 1, 24, dtype='float32').reshape((2, 6, 2)))\n",
            "import keras2_locally_connected\nimport numpy as np\n"
            "layer = keras2_locally_connected.LocallyConnected1D(4, 3, activation='tanh')\n"
            "layer.build((None, 6, 2))\n"
            "weights = [np.linspace(-1, 1, 96).reshape((4, 6, 4)), np.ones((4, 4))]\n"
            "layer.set_weights(weights)\n"
            "result = layer(np.linspace(0, 1, 24, dtype='float32').reshape((2, 6, 2)))\n",
            compare="result",
        ),
        Example(
            "locally connected layer over channels first",
            "from tensorflow.keras.layers import LocallyConnected2D\nimport numpy as np\n"
            "layer = LocallyConnected2D(2, (2, 3), 1, 'valid', 'channels_first')\n"
            "layer.build((None, 3, 4, 4))\n"
            "layer.set_weights([np.linspace(-1, 1, 216).reshape((6, 18, 2)), np.ones((3, 2, 2))])\n"
            "result = layer(np.linspace(0, 1, 96, dtype='float32').reshape((2, 3, 4, 4)))\n",
            "import keras2_locally_connected\nimport numpy as np\n"
            "layer = keras2_locally_connected.LocallyConnected2D("
            "2, (2, 3), 1, 'valid', 'channels_first')\n"
            "layer.build((None, 3, 4, 4))\n"
            "layer.set_weights([np.linspace(-1, 1, 216).reshape((6, 18, 2)), np.ones((3, 2, 2))])\n"
            "result = layer(np.linspace(0, 1, 96, dtype='float32').reshape((2, 3, 4, 4)))\n",
            compare="result",
        ),
        Example(
            "random Fourier features",
            "import tensorflow as tf\nimport numpy as np\n"
            "layer = tf.keras.layers.experimental.RandomFourierFeatures(4, scale=2.0)\n"
            "layer.build((None, 3))\n"
            "layer.set_weights([np.ones(1), np.eye(3, 4), np.arange(4.0)])\n"
            "result = layer(np.linspace(-1, 1, 6, dtype='float32').reshape((2, 3)))\n",
            "import keras2_random_fourier_features\nimport numpy as np\n"
            "layer = keras2_random_fourier_features.RandomFourierFeatures(4, scale=2.0)\n"
            "layer.build((None, 3))\n"
            "layer.set_weights([np.ones(1), np.eye(3, 4), np.arange(4.0)])\n"
            "result = layer(np.linspace(-1, 1, 6, dtype='float32').reshape((2, 3)))\n",
            compare="result",
        ),
        Example(
            "radial constraint",
            "import numpy as np\nfrom tensorflow import keras\n"
            "layer = keras.layers.Conv2D(\n"
            "    2, 5, kernel_constraint=keras.constraints.RadialConstraint()\n)\n"
            "layer.build((None, 8, 8, 1))\n"
            "layer.set_weights([np.linspace(-1, 1, 50).reshape((5, 5, 1, 2)), np.zeros(2)])\n"
            "result = layer.kernel_constraint(layer.kernel)\n",
            "import numpy as np\nimport keras\nimport keras2_radial_constraint\n"
            "layer = keras.layers.Conv2D(\n"
            "    2, 5, kernel_constraint=keras2_radial_constraint.RadialConstraint()\n)\n"
            "layer.build((None, 8, 8, 1))\n"
            "layer.set_weights([np.linspace(-1, 1, 50).reshape((5, 5, 1, 2)), np.zeros(2)])\n"
            "result = layer.kernel_constraint(layer.kernel)\n",
            compare="result",
        ),
        Example(
            "metrics that Keras 3 dropped",
            "import tensorflow as tf\nimport numpy as np\n"
            "error = tf.keras.metrics.MeanRelativeError(normalizer=[1.0, 3.0, 2.0, 3.0])\n"
            "error.update_state(np.array([1.0, 3, 2, 3]), np.array([2.0, 4, 6, 8]))\n"
            "each = tf.keras.metrics.MeanTensor(shape=(4,))\n"
            "each.update_state(np.array([0.0, 1, 2, 3]))\n"
            "each.update_state(np.array([12.0, 10, 8, 6]), np.array([0, 0.2, 1, 1]))\n"
            "result = [error.result(), each.result()]\n",
            "import keras2_metrics\nimport numpy as np\n"
            "error = keras2_metrics.MeanRelativeError(normalizer=[1.0, 3.0, 2.0, 3.0])\n"
            "error.update_state(np.array([1.0, 3, 2, 3]), np.array([2.0, 4, 6, 8]))\n"
            "each = keras2_metrics.MeanTensor(shape=(4,))\n"
            "each.update_state(np.array([0.0, 1, 2, 3]))\n"
            "each.update_state(np.array([12.0, 10, 8, 6]), np.array([0, 0.2, 1, 1]))\n"
            "result = [error.result(), each.result()]\n",
            compare="result",
        ),
        Example(
            "arguments that are not in sight",
            "import keras\n\n\ndef act(**kwargs):\n"
            "    return keras.layers.ThresholdedReLU(**kwargs)\n",
            "import keras\n\n\ndef act(**kwargs):\n"
            "    return keras.layers.ThresholdedReLU(**kwargs)\n",
        ),
        Example(
            "a layer that stays", "import keras\nlayer = keras.layers.ReLU(threshold=0.5)\n", None
        ),
        Example("a reduction that is text", "import keras\nh = keras.losses.Huber('sum')\n", None),
        Example(
            "a class of the project by that name",
            "class ThresholdedReLU:\n    pass\n\n\nlayer = ThresholdedReLU()\n",
            None,
        ),
        Example(
            "staying on tf_keras",
            "import tf_keras\nlayer = tf_keras.layers.ThresholdedReLU(0.5)\n",
            None,
        ),
    )


def _gone(node: ast.ImportFrom, alias: ast.alias) -> str | None:
    """The public Keras 2 name that an import takes and that Keras 3 does not have."""
    symbol = None if node.level else canonical(f"{node.module}.{alias.name}")
    if symbol is None or symbol.origin not in (Origin.KERAS, Origin.TF_KERAS):
        return None
    return None if is_private(symbol) else gone_name(symbol.name)


def _reduction(ref: Reference, ctx: RuleContext) -> tuple[Fix, str] | None:
    head, _, last = ref.symbol.name.rpartition(".")
    if head != "keras.losses.Reduction" or last not in _REDUCTIONS:
        return None
    text = f'"{_REDUCTIONS[last]}"'
    return fix(replace(ctx.span(ref.node), text)), text


def _fix(ref: Reference, row: RemovedRow, ctx: RuleContext) -> tuple[Fix, str] | None:
    """The rewritten call or name, and what takes its place."""
    if not row.to or ref.symbol.name != row.name:
        return None
    if row.file:
        return use_local_file(ref, row.file, row.to, ctx)
    if ref.call is None:
        return respell(ref, row.to, ctx) if row.as_value else None
    try:
        editor = CallEditor(ctx.module, ref.call)
    except CallError:
        return None
    bound = editor.bind(row.params)
    if bound.unpacked or bound.too_many:
        return None
    for name, argument in bound.by_name.items():
        if name in row.names:
            editor.set_keyword(argument, row.names[name])
    given = {row.names.get(name, name) for name in bound.by_name}
    for name, value in row.add.items():
        if name not in given:
            editor.add(f"{name}={value}")
    spelled, text = respell(ref, row.to, ctx)
    return Fix((*spelled.edits, *editor.build()), spelled.needs), text
