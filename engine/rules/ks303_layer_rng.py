"""KS303: Random numbers in a layer without a seed generator."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.analysis.module import Reference
from kerashift.engine.model import Context, Safety, Target
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.classlines import NoPlace
from kerashift.engine.rules.members import creates_state, derives_from, enclosing_method, self_calls
from kerashift.engine.rules.randomcalls import NUMPY, NotMapped, rewrite
from kerashift.engine.rules.randomplaces import context_of, is_drawn_in_model
from kerashift.engine.rules.seedgenerator import seed_generator

_STEPS = frozenset({"call", "train_step", "test_step", "predict_step"})
_FUNCTION = (
    "make it a layer whose call() draws with keras.random and seed=self.seed_generator: a function "
    "has no place for the generator that JAX needs"
)
_HEAD = "class Noise(keras.layers.Layer):\n"
_INIT = "    def __init__(self, rate, **kwargs):\n        super().__init__(**kwargs)\n"
_GENERATOR = "        self.seed_generator = keras.random.SeedGenerator()\n"
_CALL = "        self.rate = rate\n\n    def call(self, x):\n        return x + "
_OLD = "from tensorflow import keras\nimport tensorflow as tf\n\n" + _HEAD
_NEW = "import keras\nfrom keras import ops\n\n" + _HEAD
_NEW_INIT = (
    "    def __init__(self, **kwargs):\n        super().__init__(**kwargs)\n" + _GENERATOR + "\n"
)
_RESULT = (
    "\n\nimport numpy as np\n"
    "x = np.asarray(Noise({})(np.zeros((400, 400), 'float32')))\n"
    "result = [x.mean(), x.std(), x.min() > {}, x.max() < {}]\n"
)
_NO_INIT = "    def call(self, x):\n        return x + "
_SAMPLING = (
    "from keras import backend as K\nfrom keras.layers import Lambda\n\ndef sampling(args):\n"
    "    mean, spread = args\n    return mean + spread * K.random_normal((3,))\n\n"
    "layer = Lambda(sampling)\nprint(sampling)\n"
)


class LayerRng(Rule):
    code = "KS303"
    name = "layer-rng"
    target = Target.MULTI_BACKEND
    reference_url = "https://keras.io/api/random/seed_generator/"

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        name = ref.symbol.name
        if ref.call is None or ctx.is_keras3 or not is_drawn_in_model(ref, ctx):
            return
        context = context_of(ref, ctx)
        is_backend = name.startswith("keras.backend.")
        span = ctx.span(ref.call)
        old = ctx.text(ref.node)
        target = Target.KERAS3 if is_backend else Target.MULTI_BACKEND
        found = enclosing_method(ctx.module, ref.call)
        advice = _obstacle(found, name, context, ctx)
        if advice is None:
            return
        if not advice and found is not None:
            try:
                owner = found[0]
                made = rewrite(ctx, ref.call, name, lambda seed: seed_generator(ctx, owner, seed))
                safety = Safety.REVIEW if made.caution else Safety.SAFE
                message = f"`{old}` becomes `{made.name}` with a seed generator of the layer"
                yield Finding(span, message, safety, made.fix, made.caution, target, context)
                return
            except (NotMapped, NoPlace) as reason:
                advice = f"draw with keras.random and seed=self.seed_generator by hand: {reason}"
        message = f"`{old}` in model code: {advice}."
        yield Finding(span, message, Safety.MANUAL, target=target, context=context)

    examples = (
        Example(
            "numbers drawn where a model is made and called",
            "import tensorflow as tf\nimport keras\n\n\ndef test_shape():\n"
            "    x = keras.Input((3,))\n    model = keras.Model(x, keras.layers.Dense(2)(x))\n"
            "    assert model(tf.random.uniform((4, 3))).shape == (4, 2)\n",
            None,
        ),
        Example(
            "noise in a layer",
            _OLD
            + _INIT
            + _CALL
            + "tf.random.normal(tf.shape(x), stddev=self.rate)"
            + _RESULT.format(0.5, -9, 9),
            _NEW
            + _INIT
            + _GENERATOR
            + _CALL
            + "keras.random.normal(ops.shape(x), stddev=self.rate, seed=self.seed_generator)"
            + _RESULT.format(0.5, -9, 9),
            compare="result",
            tolerance=0.01,
        ),
        Example(
            "a layer without __init__",
            _OLD
            + _NO_INIT
            + "tf.random.uniform(tf.shape(x), -1, maxval=1, name='u')"
            + _RESULT.format("", -1.001, 1),
            _NEW
            + _NEW_INIT
            + _NO_INIT
            + "keras.random.uniform(ops.shape(x), -1, maxval=1, seed=self.seed_generator)"
            + _RESULT.format("", -1.001, 1),
            compare="result",
            tolerance=0.01,
        ),
        Example(
            "whole numbers",
            _OLD + _NO_INIT + "tf.cast(tf.random.uniform([400, 400], maxval=4, dtype='int32'),"
            " 'float32')" + _RESULT.format("", -1, 4),
            _NEW + _NEW_INIT + _NO_INIT + "ops.cast(keras.random.randint([400, 400], maxval=4, "
            "dtype='int32', minval=0, seed=self.seed_generator), 'float32')"
            + _RESULT.format("", -1, 4),
            compare="result",
            tolerance=0.02,
        ),
        Example(
            "dropout by the op",
            _OLD
            + _NO_INIT
            + "tf.nn.dropout(tf.ones_like(x), rate=0.25)"
            + _RESULT.format("", -1, 2),
            _NEW + _NEW_INIT + _NO_INIT + "keras.random.dropout(ops.ones_like(x), rate=0.25, "
            "seed=self.seed_generator)" + _RESULT.format("", -1, 2),
            compare="result",
            tolerance=0.02,
        ),
        Example(
            "NumPy's numbers in call",
            "import numpy as np\nfrom tensorflow import keras\n\n"
            + _HEAD
            + _NO_INIT
            + "np.random.randn(400, 400)"
            + _RESULT.format("", -9, 9),
            "import numpy as np\nimport keras\n\n"
            + _HEAD
            + _NEW_INIT
            + _NO_INIT
            + "keras.random.normal((400, 400), seed=self.seed_generator)"
            + _RESULT.format("", -9, 9),
            compare="result",
            tolerance=0.02,
        ),
        Example(
            "Bernoulli numbers of the old backend",
            "import keras\nfrom keras import backend as K\n\n"
            + _HEAD
            + _NO_INIT
            + "K.random_bernoulli((400, 400), 0.25)"
            + _RESULT.format("", -1, 2),
            "import keras\n\n"
            + _HEAD
            + _NEW_INIT
            + _NO_INIT
            + "keras.random.binomial((400, 400), probabilities=0.25, counts=1, "
            "seed=self.seed_generator)" + _RESULT.format("", -1, 2),
            compare="result",
            tolerance=0.02,
        ),
        Example("a function that is called by more than a layer", _SAMPLING, _SAMPLING),
        Example(
            "random data of a script",
            "import tensorflow as tf\nimport keras\n\nlayer = keras.layers.ReLU()\n"
            "layer(tf.random.normal((2, 3)))\n",
            None,
        ),
        Example(
            "random data by NumPy in a model's helper",
            "import numpy as np\nimport keras\n\nclass Gan(keras.Model):\n    def show(self):\n"
            "        return self.predict(np.random.normal(size=(9, 64)))\n",
            None,
        ),
        Example(
            "augmentation in a pipeline",
            "import tensorflow as tf\n\ndef noisy(x):\n    return x + tf.random.normal([3])\n\n"
            "d = tf.data.Dataset.range(3).map(noisy)\n",
            None,
        ),
        Example(
            "seeded already",
            "import keras\n\nclass L(keras.layers.Layer):\n    def call(self, x):\n"
            "        return x + keras.random.normal((3,), seed=self.seed_generator)\n",
            None,
        ),
    )


def _obstacle(
    found: tuple[ast.ClassDef, ast.FunctionDef] | None,
    name: str,
    context: Context,
    ctx: RuleContext,
) -> str | None:
    """Why it is reported only; empty where it can be rewritten, None where all is well."""
    if found is None:
        return None if name.startswith(NUMPY) else _FUNCTION
    owner, method = found
    kind = ctx.class_kind(owner)
    if derives_from(ctx.module, owner, "tf.Module"):
        return None
    if name.startswith(NUMPY) and not _is_step(owner, method.name):
        return None
    if context is Context.BOTH:
        return "it is also called from a tf.data pipeline: make two functions of it"
    if kind not in (Kind.LAYER, Kind.MODEL):
        return None if name.startswith(NUMPY) else _FUNCTION
    if creates_state(owner, method.name):
        return None if name.startswith(NUMPY) else "make it a weight, with an initializer"
    return ""


def _is_step(owner: ast.ClassDef, name: str) -> bool:
    """Whether a method runs within the traced step: `call`, or called from it."""
    return name in _STEPS or bool(self_calls(owner, name) & _STEPS)
