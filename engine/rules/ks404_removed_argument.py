"""KS404: Argument that Keras 3 removed or calls otherwise."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.module import Reference
from kerashift.engine.analysis.symbols import Origin
from kerashift.engine.rules.argument_rewrite import argument_findings
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.changed_defaults import default_findings
from kerashift.engine.rules.generators import generator_call
from kerashift.engine.rules.owners import class_of
from kerashift.engine.rules.receivers import Sureness, is_model, is_optimizer, made_by
from kerashift.engine.rules.recurrent import state_of_cell
from kerashift.engine.tables import changes
from kerashift.engine.tables.arguments import (
    ArgumentRow,
    names_for_classes,
    of_callable,
    of_method,
)
from kerashift.engine.tables.moves import new_path


class RemovedArgument(Rule):
    code = "KS404"
    name = "removed-argument"

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        call = ref.call
        if call is None or not ref.symbol.is_keras or ctx.stays:
            return
        if ref.symbol.origin is Origin.LEGACY:
            return
        path = new_path(ref.symbol.name) or ref.symbol.name
        name = path.rpartition(".")[2]
        yield from argument_findings(call, name, of_callable(path), ctx)
        yield from default_findings(ref, call, path, ctx)

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.stays:
            return
        given = {keyword.arg for keyword in node.keywords}
        if given & names_for_classes("__call__"):
            yield from _layer_call(node, ctx)
        if not isinstance(node.func, ast.Attribute):
            return
        method = node.func.attr
        rows = of_method(method)
        if method.endswith("_generator") and _receiver(node.func, ctx) is not Sureness.NO:
            found = generator_call(node, ctx)
            yield from () if found is None else (found,)
            return
        if given & rows.keys():
            sureness = _receiver(node.func, ctx)
            needed = Sureness.UNKNOWN if ctx.uses_keras else Sureness.LIKELY
            rows = {n: r for n, r in rows.items() if sureness >= (needed if r.distinct else 2)}
            yield from argument_findings(node, method, rows, ctx)
        # A whole call that KS315 writes anew is left to it.
        if given & names_for_classes(method) and state_of_cell(node, ctx) is None:
            owner, _ = class_of(ctx, node.func.value)
            yield from argument_findings(node, method, _rows_for_class(owner, method), ctx)

    examples = (
        Example(
            "slope of a leaky ReLU",
            "from tensorflow.keras import layers\nimport numpy as np\n"
            "result = layers.LeakyReLU(alpha=0.1)(np.array([[-1.0, 2.0]]))\n",
            "from keras import layers\nimport numpy as np\n"
            "result = layers.LeakyReLU(negative_slope=0.1)(np.array([[-1.0, 2.0]]))\n",
            compare="result",
        ),
        Example(
            "labels",
            "from tensorflow.keras.utils import to_categorical\n"
            "result = to_categorical(y=[0, 2], num_classes=3)\n",
            "from keras.utils import to_categorical\n"
            "result = to_categorical(x=[0, 2], num_classes=3)\n",
            compare="result",
        ),
        Example(
            "labels of a type",
            "from tensorflow.keras.utils import to_categorical\n"
            "result = to_categorical([0, 2], 3, dtype='int32')\n",
            "from keras.utils import to_categorical\n"
            "result = to_categorical([0, 2], 3).astype('int32')\n",
            compare="result",
        ),
        Example(
            "order of time and batch that is the usual one",
            "import keras\nlayer = keras.layers.LSTM(4, time_major=False, return_state=True)\n",
            "import keras\nlayer = keras.layers.LSTM(4, return_state=True)\n",
        ),
        Example(
            "time first is to be transposed by hand",
            "import keras\nlayer = keras.layers.LSTM(4, time_major=True)\n",
            "import keras\nlayer = keras.layers.LSTM(4, time_major=True)\n",
        ),
        Example(
            "batch shape of the first layer",
            "from tensorflow import keras\n"
            "model = keras.Sequential([\n"
            "    keras.layers.Dense(2, batch_input_shape=(4, 3)),\n"
            "])\n"
            "result = model.output_shape\n",
            "import keras\n"
            "model = keras.Sequential([\n"
            "    keras.Input(batch_shape=(4, 3)), keras.layers.Dense(2),\n"
            "])\n"
            "result = model.output_shape\n",
            compare="result",
        ),
        Example(
            "length of the first layer's input",
            "from tensorflow import keras\n"
            "model = keras.Sequential()\n"
            "model.add(keras.layers.Embedding(10, 4, input_length=6))\n"
            "model.add(keras.layers.Flatten())\n"
            "result = model.output_shape\n",
            "import keras\n"
            "model = keras.Sequential()\n"
            "model.add(keras.Input(shape=(6,)))\n"
            "model.add(keras.layers.Embedding(10, 4))\n"
            "model.add(keras.layers.Flatten())\n"
            "result = model.output_shape\n",
            compare="result",
        ),
        Example(
            "shape of a first layer that takes none any more",
            "from tensorflow import keras\n"
            "model = keras.Sequential([keras.layers.SpatialDropout1D(0.5, input_shape=(4, 3))])\n"
            "result = model.output_shape\n",
            "import keras\n"
            "model = keras.Sequential([keras.Input(shape=(4, 3)), "
            "keras.layers.SpatialDropout1D(0.5)])\n"
            "result = model.output_shape\n",
            compare="result",
        ),
        Example(
            "length in a functional model",
            "import keras\nx = keras.Input((6,))\n"
            "x = keras.layers.Embedding(10, 4, input_length=6)(x)\n",
            "import keras\nx = keras.Input((6,))\nx = keras.layers.Embedding(10, 4)(x)\n",
        ),
        Example(
            "parallel loading",
            "import keras\nmodel = keras.Sequential()\n"
            "model.fit(data, epochs=2, workers=4, verbose=2)\n",
            "import keras\nmodel = keras.Sequential()\nmodel.fit(data, epochs=2, verbose=2)\n",
        ),
        Example(
            "training from a generator",
            "import keras\nmodel = keras.Sequential()\n"
            "model.fit_generator(batches, 10, epochs=2, workers=4)\n"
            "model.evaluate_generator(generator=batches, steps=3)\n",
            "import keras\nmodel = keras.Sequential()\n"
            "model.fit(batches, steps_per_epoch=10, epochs=2)\n"
            "model.evaluate(x=batches, steps=3, verbose=0)\n",
        ),
        Example(
            "default that is written out",
            "from tensorflow.keras.optimizers import Adam\n"
            "result = Adam(learning_rate=0.5, epsilon=None, amsgrad=False).epsilon\n",
            "from keras.optimizers import Adam\n"
            "result = Adam(learning_rate=0.5, amsgrad=False).epsilon\n",
        ),
        Example(
            "reduction by its old name",
            "from tensorflow import keras\nimport numpy as np\n"
            "loss = keras.losses.MeanSquaredError(reduction='auto')\n"
            "result = loss(np.ones((2, 3)), np.zeros((2, 3)))\n",
            "import keras\nimport numpy as np\n"
            'loss = keras.losses.MeanSquaredError(reduction="sum_over_batch_size")\n'
            "result = loss(np.ones((2, 3)), np.zeros((2, 3)))\n",
            compare="result",
        ),
        Example(
            "metrics of one batch",
            "import keras\nmodel = keras.Sequential()\n"
            "model.train_on_batch(x, y, reset_metrics=True)\n",
            "import keras\nmodel = keras.Sequential()\n"
            "model.train_on_batch(x, y, reset_metrics=True)\n",
        ),
        Example(
            "weights handed to a layer",
            "import keras\nlayer = keras.layers.Dense(2, weights=[kernel, bias])\n",
            "import keras\nlayer = keras.layers.Dense(2, weights=[kernel, bias])\n",
        ),
        Example(
            "code that asks whether the argument is there",
            "import inspect\n\nimport keras\n\n\ndef metric(name):\n"
            "    if 'use_legacy_format' in inspect.getfullargspec(keras.metrics.deserialize).args:"
            "\n        return keras.metrics.deserialize(name, use_legacy_format=True)\n"
            "    return keras.metrics.deserialize(name)\n",
            None,
        ),
        Example(
            "an argument that stays", "import keras\nlayer = keras.layers.ELU(alpha=0.5)\n", None
        ),
        Example(
            "an embedding's weights",
            "import keras\nlayer = keras.layers.Embedding(10, 4, weights=[table])\n",
            None,
        ),
        Example(
            "another library's workers",
            "import keras\nfrom gensim.models import Word2Vec\nw = Word2Vec(text, workers=4)\n",
            None,
        ),
        Example(
            "a data loader's workers",
            "import keras\nimport loaders\nloaders.fit(data, workers=4)\n",
            None,
        ),
        Example(
            "an epsilon that is a number",
            "import keras\nkeras.optimizers.Adam(epsilon=0.1)\n",
            None,
        ),
    )


def _receiver(func: ast.Attribute, ctx: RuleContext) -> Sureness:
    if func.attr == "apply_gradients":
        return max(is_optimizer(ctx, func.value), Sureness.UNKNOWN)
    return is_model(ctx, func.value)


def _layer_call(node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
    """A call of a layer that is made in sight."""
    made = made_by(ctx, node.func)
    if made is None or not made.is_keras or made.origin is Origin.LEGACY:
        return ()
    rows = _rows_for_class(new_path(made.name) or made.name, "__call__")
    return argument_findings(node, made.name.rpartition(".")[2], rows, ctx)


def _rows_for_class(owner: str, method: str) -> dict[str, ArgumentRow]:
    """Rows for arguments that this very class lost: others of its base may have them still."""
    change = changes.of_method(owner, method) if owner else None
    gone = () if change is None else change.gone
    rows = of_method(method, owner) if owner else {}
    return {name: row for name, row in rows.items() if row.on and name in gone}
