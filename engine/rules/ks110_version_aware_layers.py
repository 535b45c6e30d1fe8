"""KS110: Layers by way of VersionAwareLayers."""

from __future__ import annotations

from collections.abc import Iterable

from kerashift.engine.analysis.module import Reference
from kerashift.engine.model import Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, replace

_NAMES = ("keras.layers.VersionAwareLayers", "keras.src.layers.VersionAwareLayers")


class VersionAwareLayers(Rule):
    code = "KS110"
    name = "version-aware-layers"

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        call = ref.call
        if ref.symbol.name not in _NAMES or call is None or ctx.keeps_tf_keras:
            return
        if call.args or call.keywords:
            return
        text, needs = ctx.spell("keras.layers")
        span = ctx.span(call)
        message = f"`{ctx.text(call)}` becomes `{text}`"
        edit = replace(span, text)
        yield Finding(
            span, message, Safety.SAFE, fix(edit, needs=needs), context=ctx.context(call)
        )

    examples = (
        Example(
            "layers of a copied model",
            "from tf_keras.src.layers import VersionAwareLayers\n\n"
            "layers = VersionAwareLayers()\nresult = layers.Dense(3).units\n",
            "import keras\n\nlayers = keras.layers\nresult = layers.Dense(3).units\n",
            compare="result",
        ),
        Example(
            "from an earlier release",
            "from keras.layers import VersionAwareLayers\n\nlayers = None\n\n\n"
            "def build():\n    global layers\n    layers = VersionAwareLayers()\n"
            "    return layers.Dense(3)\n",
            "import keras\n\nlayers = None\n\n\n"
            "def build():\n    global layers\n    layers = keras.layers\n"
            "    return layers.Dense(3)\n",
        ),
        Example(
            "a class of that name",
            "class VersionAwareLayers:\n    pass\n\n\nlayers = VersionAwareLayers()\n",
            None,
        ),
        Example(
            "the module itself", "from keras import layers\n\nresult = layers.Dense(3)\n", None
        ),
    )
