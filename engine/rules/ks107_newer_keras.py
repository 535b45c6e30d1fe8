"""KS107: Name or argument that came after the chosen Keras 3."""

from __future__ import annotations

from collections.abc import Iterable

from kerashift.engine.analysis.module import Reference
from kerashift.engine.analysis.symbols import Origin
from kerashift.engine.model import Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.respell import root_name
from kerashift.engine.tables import api
from kerashift.engine.tables.moves import new_path
from kerashift.engine.tables.versions import argument_since, name_since, newest


class NewerKeras(Rule):
    code = "KS107"
    name = "newer-keras"

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        symbol = ref.symbol
        if ctx.keras == newest() or not symbol.is_keras or symbol.origin is Origin.LEGACY:
            return
        path = new_path(symbol.name)
        if path is None or api.is_module(path):
            return
        span, context = ctx.span(ref.node), ctx.context(root_name(ref.node))
        version = name_since(path)
        if version is not None and version > ctx.keras:
            message = f"`{path}` is in Keras from {version} on, and {ctx.keras} was chosen."
            yield Finding(span, message, Safety.MANUAL, context=context)
            return
        for keyword in ref.call.keywords if ref.call is not None else ():
            version = argument_since(path, keyword.arg or "")
            if version is not None and version > ctx.keras:
                message = (
                    f"`{path}` takes `{keyword.arg}` from Keras {version} on, and {ctx.keras} "
                    "was chosen."
                )
                yield Finding(ctx.span(keyword.value), message, Safety.MANUAL, context=context)

    examples = (
        Example(
            "an argument that Keras 3 got back",
            "import keras\nlayer = keras.layers.BatchNormalization(renorm=True)\n",
            "import keras\nlayer = keras.layers.BatchNormalization(renorm=True)\n",
            keras="3.13",
        ),
        Example(
            "a name that came later",
            "import keras\nloss = keras.losses.Dice()\n",
            "import keras\nloss = keras.losses.Dice()\n",
            keras="3.1",
        ),
        Example(
            "the argument, where a version was chosen that has it",
            "import keras\nlayer = keras.layers.BatchNormalization(renorm=True)\n",
            None,
            keras="3.14",
        ),
        Example(
            "the argument, where the newest version was chosen",
            "import keras\nlayer = keras.layers.BatchNormalization(renorm=True)\n",
            None,
        ),
        Example(
            "a layer that every known version has",
            "import keras\nlayer = keras.layers.Dense(2)\n",
            None,
            keras="3.0",
        ),
        Example(
            "staying on tf_keras",
            "import tf_keras\nlayer = tf_keras.layers.BatchNormalization(renorm=True)\n",
            None,
            keras="3.13",
        ),
    )
