"""
## What it finds
Arguments that Keras 3 does not take any more or calls otherwise: `LeakyReLU(alpha=…)`,
`LSTM(time_major=…)`, `Embedding(input_length=…)`, `Dense(batch_input_shape=…)`,
`to_categorical(y=…)`, `fit(workers=…)`, `train_on_batch(reset_metrics=…)`, `reduction="auto"` …;
and `fit_generator`, `evaluate_generator`, `predict_generator`.

## Why it breaks

    ValueError: Unrecognized keyword arguments passed to LSTM: {'time_major': False}
    TypeError: TensorFlowTrainer.fit() got an unexpected keyword argument 'workers'
    TypeError: to_categorical() got an unexpected keyword argument 'y'

## What we do
A new name is written; a value that changes no numbers is dropped; a shape that the first layer
took for the model moves to a `keras.Input` before it. For the others we say what to do instead.

## Fix safety
Safe where the argument is renamed or its value did nothing to the numbers. To be reviewed where
something else is lost with it, in one sentence. `workers`, `use_multiprocessing` and
`max_queue_size` only make loading parallel: a `keras.utils.PyDataset` takes them when it is made.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from kerashift.engine.analysis.module import Reference
from kerashift.engine.analysis.symbols import Origin
from kerashift.engine.model import Edit, Fix, ImportNeed, Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, insert
from kerashift.engine.rules.calls import Argument, CallEditor, CallError
from kerashift.engine.rules.first_layer import input_before
from kerashift.engine.rules.generators import generator_call
from kerashift.engine.rules.receivers import Sureness, is_model, is_optimizer
from kerashift.engine.tables.arguments import ArgumentRow, of_callable, of_method
from kerashift.engine.tables.moves import new_path

_LABELS = "Labels that are tensors give a tensor, which has no `astype`."


class RemovedArgument(Rule):
    code = "KS404"
    name = "removed-argument"
    summary = "argument that Keras 3 removed or calls otherwise"

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        call = ref.call
        if call is None or not call.keywords or not ref.symbol.is_keras or ctx.stays:
            return ()
        if ref.symbol.origin is Origin.LEGACY:
            return ()
        path = new_path(ref.symbol.name) or ref.symbol.name
        return _findings(call, path.rpartition(".")[2], of_callable(path), ctx)

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        if not isinstance(node.func, ast.Attribute):
            return ()
        method = node.func.attr
        rows = of_method(method)
        if not rows or ctx.stays:
            return ()
        sureness = _receiver(node.func, ctx)
        if method.endswith("_generator") and sureness is not Sureness.NO:
            found = generator_call(node, ctx)
            return () if found is None else (found,)
        needed = Sureness.UNKNOWN if ctx.uses_keras else Sureness.LIKELY
        rows = {n: r for n, r in rows.items() if sureness >= (needed if r.distinct else 2)}
        return _findings(node, method, rows, ctx)

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


@dataclass
class _Group:
    """Arguments of one call whose fixes are taken together."""

    editor: CallEditor
    notes: list[str] = field(default_factory=list)
    cautions: list[str] = field(default_factory=list)
    more: list[Edit] = field(default_factory=list)
    needs: set[ImportNeed] = field(default_factory=set)


def _receiver(func: ast.Attribute, ctx: RuleContext) -> Sureness:
    if func.attr == "apply_gradients":
        return max(is_optimizer(ctx, func.value), Sureness.UNKNOWN)
    return is_model(ctx, func.value)


def _findings(
    call: ast.Call, name: str, rows: Mapping[str, ArgumentRow], ctx: RuleContext
) -> Iterator[Finding]:
    if not any(k.arg in rows for k in call.keywords):
        return
    span, context = ctx.span(call.func), ctx.context(call)
    try:
        groups = {s: _Group(CallEditor(ctx.module, call)) for s in (Safety.SAFE, Safety.REVIEW)}
    except CallError:
        return
    for argument in groups[Safety.SAFE].editor.arguments:
        row = rows.get(argument.name or "")
        if row is None:
            continue
        advice = _apply(call, argument, row, groups, ctx)
        if advice:
            message = f"`{name}` does not take `{row.name}` any more. {advice}"
            yield Finding(ctx.span(argument.value), message, Safety.MANUAL, context=context)
    for safety, group in groups.items():
        if group.notes:
            message = f"`{name}`: {'; '.join(group.notes)}"
            edits = (*group.more, *group.editor.build())
            fix = Fix(edits, tuple(sorted(group.needs)))
            caution = " ".join(group.cautions)
            yield Finding(span, message, safety, fix, caution=caution, context=context)


def _apply(
    call: ast.Call,
    argument: Argument,
    row: ArgumentRow,
    groups: Mapping[Safety, _Group],
    ctx: RuleContext,
) -> str:
    """Plan what becomes of one argument; the advice for a person where there is no fix."""
    value = ctx.text(argument.value)
    safe, review = groups[Safety.SAFE], groups[Safety.REVIEW]
    if row.handler == "first_layer":
        return _first_layer(call, argument, safe, ctx)
    if row.handler == "astype":
        _astype(call, argument, value, groups, ctx)
    elif value in row.harmless or "*" in row.harmless:
        safe.editor.drop(argument)
        safe.notes.append(f"`{row.name}` is gone and changed no numbers")
    elif value in row.values:
        if row.to:
            safe.editor.set_keyword(argument, row.to)
        safe.editor.set_value(argument, row.values[value])
        safe.notes.append(f"`{row.name}={value}` is `{row.to or row.name}={row.values[value]}`")
    elif row.to and not row.values:
        safe.editor.set_keyword(argument, row.to)
        safe.notes.append(f"`{row.name}` is called `{row.to}`")
    elif row.caution:
        review.editor.drop(argument)
        review.notes.append(f"`{row.name}` is gone")
        review.cautions.append(row.caution)
    else:
        return row.message
    return ""


def _first_layer(call: ast.Call, argument: Argument, group: _Group, ctx: RuleContext) -> str:
    change = input_before(ctx, call, argument)
    if change is None:
        return "Put a `keras.Input` of that shape before the layer."
    edits, needs = change
    group.editor.drop(argument)
    group.more += edits
    group.needs |= set(needs)
    where = "goes to a `keras.Input`" if edits else "did nothing here"
    group.notes.append(f"`{argument.name}` {where}")
    return ""


def _astype(
    call: ast.Call,
    argument: Argument,
    value: str,
    groups: Mapping[Safety, _Group],
    ctx: RuleContext,
) -> None:
    if value.strip("'\"") in ("float32", "None"):
        groups[Safety.SAFE].editor.drop(argument)
        groups[Safety.SAFE].notes.append("`dtype` is gone and was the default")
        return
    group = groups[Safety.REVIEW]
    group.editor.drop(argument)
    end = ctx.span(call).end
    group.more.append(insert(end, f".astype({value})"))
    group.notes.append("`dtype` is gone: the result is converted")
    group.cautions.append(_LABELS)
