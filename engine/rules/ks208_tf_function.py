"""KS208: @tf.function on a method that Keras compiles."""

from __future__ import annotations

from collections.abc import Iterable

from kerashift.engine.analysis.module import Reference
from kerashift.engine.model import Context, Safety, Span, Target
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, replace
from kerashift.engine.rules.decorators import needless_tf_function

_CAUTION = (
    "Called by hand it now runs uncompiled; an `if` or a loop over tensors in it needs "
    "keras.ops.cond or keras.ops.while_loop."
)
_BODY = (
    "    def call(self, x):\n        return 2.0 * x\n\n\n"
    "result = Double()(np.ones((2, 3), 'float32'))\n"
)


class TfFunction(Rule):
    code = "KS208"
    name = "tf-function"
    target = Target.MULTI_BACKEND

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        decorator = None if ctx.is_keras3 else needless_tf_function(ref, ctx)
        if decorator is None:
            return
        span = ctx.span(decorator)
        text = ctx.module.unit.code
        start = text.rfind("\n", 0, span.start) + 1
        end = text.find("\n", span.end)
        if text[start : span.start].strip() != "@" or text[span.end : end].strip():
            return
        message = "`@tf.function` works on TensorFlow only: Keras compiles this method itself"
        made = fix(replace(Span(start, end + 1), ""))
        yield Finding(span, message, Safety.REVIEW, made, _CAUTION, context=Context.MODEL)

    examples = (
        Example(
            "a layer's call",
            "import numpy as np\nimport tensorflow as tf\nimport keras\n\n\n"
            "class Double(keras.layers.Layer):\n    @tf.function\n" + _BODY,
            "import numpy as np\nimport keras\n\n\nclass Double(keras.layers.Layer):\n" + _BODY,
            compare="result",
        ),
        Example(
            "with arguments",
            "import tensorflow as tf\nfrom tensorflow import keras\n\n\n"
            "class M(keras.Model):\n    @tf.function(jit_compile=True)\n"
            "    def call(self, x):\n        return x\n",
            "import keras\n\n\nclass M(keras.Model):\n    def call(self, x):\n        return x\n",
        ),
        Example(
            "a function for export",
            "import tensorflow as tf\nimport keras\n\n\nclass M(keras.Model):\n"
            "    @tf.function(input_signature=[tf.TensorSpec([None, 3])])\n"
            "    def serve(self, x):\n        return self(x)\n",
            None,
        ),
        Example(
            "a training loop of one's own",
            "import tensorflow as tf\nimport keras\n\n\n@tf.function\ndef step(x):\n"
            "    return model(x)\n",
            None,
        ),
        Example(
            "a module of TensorFlow",
            "import tensorflow as tf\nimport keras\n\n\nclass M(tf.Module):\n    @tf.function\n"
            "    def double(self, x):\n        return 2 * x\n",
            None,
        ),
    )
