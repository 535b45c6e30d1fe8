"""KS328: `tf.random.Generator` as an attribute of a layer or model."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.kinds import attribute_values
from kerashift.engine.analysis.module import Reference
from kerashift.engine.model import Context, Edit, ImportNeed, Safety, Target
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix
from kerashift.engine.rules.calls import CallEditor, CallError
from kerashift.engine.rules.latestate import STATEFUL
from kerashift.engine.rules.members import attribute_of_self, enclosing_method, uses_of_self
from kerashift.engine.rules.randomplaces import GENERATORS

_NORMAL = ("shape", "mean", "stddev", "dtype", "name")
_METHODS = {
    "normal": ("keras.random.normal", _NORMAL),
    "truncated_normal": ("keras.random.truncated_normal", _NORMAL),
    "uniform": ("keras.random.uniform", ("shape", "minval", "maxval", "dtype", "name")),
}
_SEED = "The same seed gives other numbers in Keras 3."
_BY_HAND = (
    "`tf.random.Generator` runs on TensorFlow only: keep a keras.random.SeedGenerator, and draw "
    "with keras.random and seed=that generator"
)
_HEAD = (
    "class Noise(keras.layers.Layer):\n    def __init__(self):\n        super().__init__()\n"
    "        self.rng = {}\n\n    def call(self, x):\n        return x + {}\n"
)
_USE = (
    "\n\nx = np.asarray(Noise()(np.zeros((400, 400), 'float32')))\n"
    "result = [x.mean(), x.std(), x.min() > -1.001, x.max() < 2.001]\n"
)
_OLD = "import numpy as np\nimport tensorflow as tf\nfrom tensorflow import keras\n\n\n"
_NEW = "import numpy as np\nfrom keras import ops\nimport keras\n\n\n"
_SPLIT = _HEAD.format("tf.random.Generator.from_seed(1)", "self.rng.split(2)[0].normal((3,))")


class RandomGenerator(Rule):
    code = "KS328"
    name = "random-generator"
    target = Target.MULTI_BACKEND
    reference_url = "https://keras.io/api/random/seed_generator/"

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        call, name = ref.call, ref.symbol.name
        if ctx.is_keras3 or call is None or name not in GENERATORS:
            return
        found = enclosing_method(ctx.module, call)
        if found is None or ctx.class_kind(found[0]) not in STATEFUL:
            return
        span = ctx.span(call)
        needs: set[ImportNeed] = set()
        edits = _edits(ctx, found[0], call, name, needs)
        if edits is None:
            yield Finding(span, f"{_BY_HAND}.", Safety.MANUAL, context=Context.MODEL)
            return
        is_seeded = bool(call.args or call.keywords)
        yield Finding(
            span,
            "`tf.random.Generator` runs on TensorFlow only: a SeedGenerator runs everywhere",
            Safety.REVIEW if is_seeded else Safety.SAFE,
            fix(*edits, needs=sorted(needs)),
            _SEED if is_seeded else "",
            context=Context.MODEL,
        )

    examples = (
        Example(
            "a generator with a seed",
            _OLD
            + _HEAD.format(
                "tf.random.Generator.from_seed(1)", "self.rng.uniform(tf.shape(x), -1.0, 2.0)"
            )
            + _USE,
            _NEW
            + _HEAD.format(
                "keras.random.SeedGenerator(1)",
                "keras.random.uniform(ops.shape(x), -1.0, 2.0, seed=self.rng)",
            )
            + _USE,
            compare="result",
            tolerance=0.02,
        ),
        Example(
            "a generator without a seed",
            _OLD
            + _HEAD.format(
                "tf.random.Generator.from_non_deterministic_state()",
                "self.rng.normal(shape=tf.shape(x), stddev=0.1, name='n')",
            )
            + _USE,
            _NEW
            + _HEAD.format(
                "keras.random.SeedGenerator()",
                "keras.random.normal(shape=ops.shape(x), stddev=0.1, seed=self.rng)",
            )
            + _USE,
            compare="result",
            tolerance=0.01,
        ),
        Example(
            "a generator that is split",
            _OLD + _SPLIT,
            _NEW.replace("from keras import ops\n", "import tensorflow as tf\n") + _SPLIT,
        ),
        Example(
            "a generator of a script",
            "import tensorflow as tf\nimport keras\n\nrng = tf.random.Generator.from_seed(1)\n"
            "print(rng.normal((3,)), keras.__version__)\n",
            None,
        ),
        Example(
            "a seed generator of Keras",
            "import keras\n\n\nclass L(keras.layers.Layer):\n    def __init__(self):\n"
            "        super().__init__()\n        self.rng = keras.random.SeedGenerator(1)\n",
            None,
        ),
    )


def _edits(
    ctx: RuleContext, owner: ast.ClassDef, made: ast.Call, name: str, needs: set[ImportNeed]
) -> list[Edit] | None:
    """The generator and all draws from it; None if it is used in another way."""
    statement = ctx.module.parent(made)
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    attribute = attribute_of_self(targets[0]) if len(targets) == 1 else None
    if attribute is None or len(attribute_values(owner, attribute)) != 1:
        return None
    try:
        edits = _made(ctx, made, name, needs)
        for use in uses_of_self(owner).get(attribute, ()):
            if isinstance(use.ctx, ast.Store):
                continue
            drawn = _drawn(ctx, use, needs)
            if drawn is None:
                return None
            edits += drawn
    except CallError:
        return None
    return edits


def _made(ctx: RuleContext, call: ast.Call, name: str, needs: set[ImportNeed]) -> list[Edit]:
    editor = CallEditor(ctx.module, call)
    bound = editor.bind(("seed", "alg"))
    for argument in editor.arguments:
        if argument is not bound.by_name.get("seed") or not name.endswith("from_seed"):
            editor.drop(argument)
    text, wanted = ctx.spell("keras.random.SeedGenerator")
    needs.update(wanted)
    editor.rename(text)
    return list(editor.build())


def _drawn(ctx: RuleContext, use: ast.Attribute, needs: set[ImportNeed]) -> list[Edit] | None:
    """`self.rng.normal(shape)` → `keras.random.normal(shape, seed=self.rng)`."""
    func = ctx.module.parent(use)
    call = ctx.module.parent(func) if isinstance(func, ast.Attribute) else None
    if not (isinstance(func, ast.Attribute) and isinstance(call, ast.Call) and call.func is func):
        return None
    if func.attr not in _METHODS:
        return None
    path, parameters = _METHODS[func.attr]
    editor = CallEditor(ctx.module, call)
    bound = editor.bind(parameters)
    dtype = bound.by_name.get("dtype")
    if not bound.is_certain or (dtype is not None and "float" not in ctx.text(dtype.value)):
        return None
    if "name" in bound.by_name:
        editor.drop(bound.by_name["name"])
    text, wanted = ctx.spell(path)
    needs.update(wanted)
    editor.rename(text)
    editor.add(f"seed={ctx.text(use)}")
    return list(editor.build())
