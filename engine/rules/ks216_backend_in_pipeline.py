"""KS216: Keras 2 backend function (K.…) in a tf.data pipeline."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from kerashift.engine.analysis.module import Reference
from kerashift.engine.analysis.symbols import Origin
from kerashift.engine.model import Context, Fix, Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.calls import CallEditor, CallError
from kerashift.engine.tables import api
from kerashift.engine.tables.oprows import find

_PREFIX = "keras.backend."


@cache
def _rows() -> dict[str, list[str]]:
    table = api.load("pipelines.toml")["backend"]
    assert isinstance(table, dict)
    return table


class BackendInPipeline(Rule):
    code = "KS216"
    name = "backend-in-pipeline"

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        name = ref.symbol.name
        if not name.startswith(_PREFIX) or ctx.stays or ref.symbol.origin is Origin.LEGACY:
            return
        if api.exists(name) or find("backend.toml", name) is None:
            return
        context = ctx.contexts.of_function(ref.function)
        if context not in (Context.DATA, Context.BOTH):
            return
        text, span = ctx.text(ref.node), ctx.span(ref.node)
        model, data = ctx.contexts.uses(ref.function)
        if context is Context.BOTH and model is not None and data is not None:
            message = (
                f"`{text}` is gone, and this function belongs to the model by {model.place} and to "
                f"a pipeline by {data.place}: make one version with keras.ops and one with "
                "TensorFlow"
            )
            yield Finding(span, message, Safety.MANUAL, context=context)
            return
        new, *parameters = _rows().get(name, ["", "TensorFlow, or NumPy where it is plain Python"])
        made = _fix(ref, ctx, new, parameters) if new else None
        if made is not None:
            yield Finding(
                span, f"`{text}` becomes `{new}`", Safety.SAFE, made, context=context, row=name
            )
        else:
            instead = f"`{new}`" if new else parameters[0]
            message = f"`{text}` is gone in Keras 3: where data is made, use {instead}"
            yield Finding(span, message, Safety.MANUAL, context=context, row=name)

    examples = (
        Example(
            "everything that was TensorFlow",
            "import numpy as np\nimport tensorflow as tf\n"
            "from tensorflow.keras import backend as K\n\n\ndef step(x):\n"
            "    a = [K.abs(x), K.exp(x), K.log(K.square(x)), K.sign(x), K.round(x)]\n"
            "    a += [K.sin(x), K.cos(x), K.maximum(x, 0.5), K.minimum(x, 0.5)]\n"
            "    b = [K.sum(x, axis=0), K.max(x, 0), K.min(x, axis=-1), K.prod(x, 0)]\n"
            "    c = [K.equal(x, 1.0), K.not_equal(x, 1.0), K.greater(x, 1.0), K.less(x, 1.0)]\n"
            "    d = [K.zeros_like(x), K.ones_like(x), K.gather(x, [1, 0])]\n"
            "    e = K.squeeze(K.reshape(x, (4, 1)), 1)\n"
            '    f = K.cast(K.shape(x), dtype="float32")\n'
            "    return K.stack(a), b, K.cast(K.stack(c), 'float32'), K.stack(d, axis=1), "
            "e, f\n\n\n"
            'data = np.array([[0.5, -1.5], [1.0, 2.0]], "float32")\n'
            "data = tf.data.Dataset.from_tensors(data).map(step)\n"
            "out = list(data.as_numpy_iterator())[0]\n"
            "result = [out[0], *out[1], *out[2:]]\n",
            "import numpy as np\nimport tensorflow as tf\n\n\ndef step(x):\n"
            "    a = [tf.abs(x), tf.exp(x), tf.math.log(tf.square(x)), tf.sign(x), tf.round(x)]\n"
            "    a += [tf.sin(x), tf.cos(x), tf.maximum(x, 0.5), tf.minimum(x, 0.5)]\n"
            "    b = [tf.reduce_sum(x, axis=0), tf.reduce_max(x, 0), tf.reduce_min(x, axis=-1), "
            "tf.reduce_prod(x, 0)]\n"
            "    c = [tf.equal(x, 1.0), tf.not_equal(x, 1.0), tf.greater(x, 1.0), "
            "tf.less(x, 1.0)]\n"
            "    d = [tf.zeros_like(x), tf.ones_like(x), tf.gather(x, [1, 0])]\n"
            "    e = tf.squeeze(tf.reshape(x, (4, 1)), 1)\n"
            '    f = tf.cast(tf.shape(x), dtype="float32")\n'
            "    return tf.stack(a), b, tf.cast(tf.stack(c), 'float32'), tf.stack(d, axis=1), "
            "e, f\n\n\n"
            'data = np.array([[0.5, -1.5], [1.0, 2.0]], "float32")\n'
            "data = tf.data.Dataset.from_tensors(data).map(step)\n"
            "out = list(data.as_numpy_iterator())[0]\n"
            "result = [out[0], *out[1], *out[2:]]\n",
            compare="result",
        ),
        Example(
            "what was more than TensorFlow",
            "import tensorflow as tf\nfrom keras import backend as K\n\n"
            "data = tf.data.Dataset.range(3).map(lambda x: K.expand_dims(K.constant(x)))\n",
            "import tensorflow as tf\nfrom keras import backend as K\n\n"
            "data = tf.data.Dataset.range(3).map(lambda x: K.expand_dims(K.constant(x)))\n",
        ),
        Example(
            "an argument by a name that TensorFlow does not have",
            "import tensorflow as tf\nfrom keras import backend as K\n\n"
            "data = tf.data.Dataset.range(3).map(lambda v: K.sum(x=v))\n",
            "import tensorflow as tf\nfrom keras import backend as K\n\n"
            "data = tf.data.Dataset.range(3).map(lambda v: K.sum(x=v))\n",
        ),
        Example(
            "a function that the model calls too",
            "import tensorflow as tf\nimport keras\nfrom keras import backend as K\n\n\n"
            "def half(x):\n    return K.cast(x, 'float32') / 2\n\n\n"
            "data = tf.data.Dataset.range(3).map(half)\nlayer = keras.layers.Lambda(half)\n",
            "import tensorflow as tf\nimport keras\nfrom keras import backend as K\n\n\n"
            "def half(x):\n    return K.cast(x, 'float32') / 2\n\n\n"
            "data = tf.data.Dataset.range(3).map(half)\nlayer = keras.layers.Lambda(half)\n",
        ),
        Example(
            "what Keras 3 has",
            "import tensorflow as tf\nfrom keras import backend as K\n\n"
            "data = tf.data.Dataset.range(3).map(lambda x: tf.cast(x, K.floatx()))\n",
            None,
        ),
        Example(
            "another module of that name",
            "import tensorflow as tf\nimport math as K\nimport keras\n\n"
            "data = tf.data.Dataset.range(3).map(lambda x: x * K.exp(1.0))\n",
            None,
        ),
    )


def _fix(ref: Reference, ctx: RuleContext, new: str, parameters: list[str]) -> Fix | None:
    """The fix of a call whose arguments TensorFlow takes in the same way."""
    known = ctx.module.lookup("tf", ref.scope)
    if ref.call is None or getattr(known, "name", "") != "tf":
        return None
    try:
        editor = CallEditor(ctx.module, ref.call)
    except CallError:
        return None
    bound = editor.bind(parameters)
    first = bound.by_name.get(parameters[0])
    if not bound.is_certain or first is None or first.keyword is not None:
        return None
    editor.rename(new)
    return Fix(editor.build())
