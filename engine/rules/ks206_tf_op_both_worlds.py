"""KS206: TensorFlow in a function that the pipeline and the model share."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.model import Context, Safety, Target
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.tables.oprows import find


class TfOpBothWorlds(Rule):
    code = "KS206"
    name = "tf-op-both-worlds"
    target = Target.MULTI_BACKEND

    def whole(self, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.is_keras3:
            return
        seen: set[ast.AST] = set()
        for ref in ctx.module.references:
            function = ref.function
            if function is None or function.node in seen or not ref.symbol.is_tf:
                continue
            if ctx.contexts.of_function(function) is not Context.BOTH:
                continue
            if find("ops.toml", ref.symbol.name) is None:
                continue
            seen.add(function.node)
            model, data = ctx.contexts.uses(function)
            if model is None or data is None:
                continue
            message = (
                f"`{function.name}` belongs to the model by {model.place} and to a pipeline by "
                f"{data.place}: make one version with TensorFlow for the pipeline, one with "
                "keras.ops for the model."
            )
            span = ctx.span(ref.node)
            yield Finding(span, message, Safety.MANUAL, context=Context.BOTH)

    examples = (
        Example(
            "scaling in both",
            "import tensorflow as tf\nimport keras\n\n\ndef scale(x):\n"
            "    return tf.cast(x, 'float32') / 255.0\n\n\n"
            "class Scale(keras.layers.Layer):\n    def call(self, x):\n"
            "        return scale(x)\n\n\n"
            "data = tf.data.Dataset.range(3).map(scale)\n",
            "import tensorflow as tf\nimport keras\n\n\ndef scale(x):\n"
            "    return tf.cast(x, 'float32') / 255.0\n\n\n"
            "class Scale(keras.layers.Layer):\n    def call(self, x):\n"
            "        return scale(x)\n\n\n"
            "data = tf.data.Dataset.range(3).map(scale)\n",
        ),
        Example(
            "in the pipeline only",
            "import tensorflow as tf\n\n\ndef scale(x):\n    return tf.cast(x, 'float32')\n\n\n"
            "data = tf.data.Dataset.range(3).map(scale)\n",
            None,
        ),
    )
