"""KS311: sizes of layers and shapes of inputs that are no whole numbers or tuples of Python."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from kerashift.engine.analysis.module import Reference
from kerashift.engine.analysis.symbols import Origin
from kerashift.engine.model import Context, Fix, Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.calls import Argument, CallEditor, CallError
from kerashift.engine.rules.wholenumbers import Number, number
from kerashift.engine.tables import api
from kerashift.engine.tables.moves import new_path

_INPUTS = ("keras.Input", "keras.layers.Input")
_OLD = "import numpy as np\nfrom tensorflow import keras\n\n"
_NEW = "import numpy as np\nimport keras\n\n"


class SizeOfLayer(Rule):
    code = "KS311"
    name = "size-of-layer"

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        if ref.call is None or not ref.symbol.is_keras or ctx.stays:
            return
        if ref.symbol.origin is Origin.LEGACY:
            return
        path = new_path(ref.symbol.name) or ref.symbol.name
        try:
            editor = CallEditor(ctx.module, ref.call)
        except CallError:
            return
        for name, refused in _sizes(path).items():
            yield from _size(ref, editor, path, name, refused, ctx)
        if path in _INPUTS:
            yield from _shape(editor, ctx)

    examples = (
        Example(
            "a product that NumPy computes",
            _OLD + "layer = keras.layers.Dense(np.prod((2, 3)))\nresult = layer.units\n",
            _NEW + "layer = keras.layers.Dense(int(np.prod((2, 3))))\nresult = layer.units\n",
            compare="result",
        ),
        Example(
            "half of a number",
            _OLD + "units = 8\nlayer = keras.layers.Dense(units=units / 2)\n"
            "conv = keras.layers.Conv2D(units * 0.5, 3)\n"
            "result = layer.units + conv.filters\n",
            _NEW + "units = 8\nlayer = keras.layers.Dense(units=int(units / 2))\n"
            "conv = keras.layers.Conv2D(int(units * 0.5), 3)\n"
            "result = layer.units + conv.filters\n",
            compare="result",
        ),
        Example(
            "a vocabulary that NumPy counts",
            _OLD + "words = np.array([[1, 4]])\nsize = np.max(words) + 1\n"
            "layer = keras.layers.Embedding(size, 3)\nresult = layer.input_dim\n",
            _NEW + "words = np.array([[1, 4]])\nsize = np.max(words) + 1\n"
            "layer = keras.layers.Embedding(int(size), 3)\nresult = layer.input_dim\n",
            compare="result",
        ),
        Example(
            "a shape that is a number",
            _OLD + "x = keras.Input(shape=(28 * 28))\ny = keras.layers.Input(10)\n"
            "result = [x.shape[-1], y.shape[-1]]\n",
            _NEW + "x = keras.Input(shape=(28 * 28,))\ny = keras.layers.Input((10,))\n"
            "result = [x.shape[-1], y.shape[-1]]\n",
            compare="result",
        ),
        Example(
            "whole numbers of Python",
            "import keras\n\nn = 8\nkeras.layers.Dense(n // 2)\nkeras.layers.Dense(int(n / 2))\n"
            "keras.layers.Dense(len('ab') * 2)\n",
            None,
        ),
        Example(
            "a number of which nothing is known",
            "import keras\n\n\ndef make(units, shape):\n    keras.Input(shape)\n"
            "    return keras.layers.Dense(units * 2)\n",
            None,
        ),
        Example(
            "filters that NumPy counts",
            "import numpy as np\nimport keras\n\nkeras.layers.Conv2D(np.int64(4), 3)\n",
            None,
        ),
        Example(
            "a shape that is a tuple",
            "import keras\n\nkeras.Input((10,))\nkeras.Input(shape=[10])\nkeras.Input(())\n",
            None,
        ),
    )


@cache
def _sizes(path: str) -> dict[str, tuple[Number, ...]]:
    """The arguments of a layer that must be whole numbers, with what Keras 3 refuses."""
    table = api.load("sizes.toml")
    result: dict[str, tuple[Number, ...]] = {}
    for section, refused in (
        ("integers", (Number.NUMPY, Number.FLOAT, Number.TEXT)),
        ("floats", (Number.FLOAT,)),
    ):
        rows = table[section]
        assert isinstance(rows, dict)
        for name in str(rows.get(path, "")).split():
            result[name] = refused
    return result


def _size(
    ref: Reference,
    editor: CallEditor,
    path: str,
    name: str,
    refused: tuple[Number, ...],
    ctx: RuleContext,
) -> Iterator[Finding]:
    argument = editor.bind(tuple(_sizes(path))).by_name.get(name)
    if argument is None or number(ctx, argument.value) not in refused:
        return
    value = argument.value_extent
    single = CallEditor(ctx.module, editor.call)
    single.set_value(argument, "int(", ctx.span(argument.value), ")")
    layer = path.rpartition(".")[2]
    message = f"Keras 3 takes a whole number of Python for `{name}` of {layer}"
    context = ctx.contexts.of_function(ref.function)
    yield Finding(
        value, message, Safety.SAFE, Fix(single.build()), context=context, row=f"{path}.{name}"
    )


def _shape(editor: CallEditor, ctx: RuleContext) -> Iterator[Finding]:
    argument: Argument | None = editor.bind(("shape",)).by_name.get("shape")
    if argument is None or number(ctx, argument.value) is not Number.WHOLE:
        return
    editor.set_value(argument, "(", ctx.span(argument.value), ",)")
    message = "A shape is a tuple in Keras 3"
    yield Finding(
        argument.value_extent, message, Safety.SAFE, Fix(editor.build()), context=Context.MODEL
    )
