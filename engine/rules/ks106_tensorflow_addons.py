"""KS106: Name of TensorFlow Addons, which ended."""

from __future__ import annotations

from collections.abc import Iterable

from kerashift.engine.analysis.module import Reference
from kerashift.engine.model import Fix, Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.calls import CallEditor, CallError
from kerashift.engine.tables import advice

TABLE = "addons.toml"
_GELU = "tfa.activations.gelu"
_CAUTION = "Both say the same formula; this one was not run against TensorFlow Addons."


class TensorflowAddons(Rule):
    code = "KS106"
    name = "tensorflow-addons"
    reference_url = "https://github.com/tensorflow/addons/issues/2807"

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        name = ref.symbol.name
        if not name.startswith("tfa.") or ctx.stays:
            return
        row = advice.row_name(TABLE, name)
        span, context = ctx.span(ref.node), ctx.contexts.of_function(ref.function)
        made = _gelu(ref, ctx) if name == _GELU else None
        if made is not None:
            message = "TensorFlow Addons ended: `keras.activations.gelu` is the same function"
            yield Finding(span, message, Safety.REVIEW, made, _CAUTION, context=context, row=row)
            return
        instead = advice.rows(TABLE)[row]
        message = f"`{ctx.text(ref.node)}`: TensorFlow Addons ended; {instead}"
        yield Finding(span, message, Safety.MANUAL, context=context, row=row)

    examples = (
        Example(
            "gelu that says how",
            "import keras\nimport tensorflow_addons as tfa\n\n\ndef f(x):\n"
            "    return tfa.activations.gelu(x, approximate=False)\n",
            "import keras\n\n\ndef f(x):\n"
            "    return keras.activations.gelu(x, approximate=False)\n",
        ),
        Example(
            "gelu that does not say how",
            "import tensorflow_addons as tfa\n\n\ndef f(x):\n    return tfa.activations.gelu(x)\n",
            "import tensorflow_addons as tfa\n\n\ndef f(x):\n    return tfa.activations.gelu(x)\n",
        ),
        Example(
            "an optimizer",
            "from tensorflow_addons.optimizers import AdamW\n\no = AdamW(1e-4, 1e-3)\n",
            "from tensorflow_addons.optimizers import AdamW\n\no = AdamW(1e-4, 1e-3)\n",
        ),
        Example(
            "gelu of Keras",
            "import keras\n\n\ndef f(x):\n    return keras.activations.gelu(x)\n",
            None,
        ),
        Example("another module of that name", "import numpy as tfa\n\ntfa.abs(1)\n", None),
    )


def _gelu(ref: Reference, ctx: RuleContext) -> Fix | None:
    """The fix of a call whose arguments are all known and say `approximate`."""
    if ref.call is None:
        return None
    try:
        editor = CallEditor(ctx.module, ref.call)
    except CallError:
        return None
    bound = editor.bind(("x", "approximate"))
    if not bound.is_certain or "approximate" not in bound.by_name:
        return None
    text, needs = ctx.spell("keras.activations.gelu")
    editor.rename(text)
    return Fix(editor.build(), needs)
