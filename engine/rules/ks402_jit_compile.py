"""KS402: A model that XLA cannot compile."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kerashift.engine.analysis.module import Definition, Module, Reference
from kerashift.engine.model import Context, Fix, Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.calls import CallEditor, CallError
from kerashift.engine.rules.expressions import root_name
from kerashift.engine.rules.receivers import Sureness, is_model

_GROUPS = ("tf.strings.", "tf.ragged.", "tf.RaggedTensor", "tf.io.", "tf.lookup.", "tf.audio.")
_FUNCTIONS = frozenset(
    {
        "tf.py_function",
        "tf.numpy_function",
        "tf.print",
        "tf.image.crop_and_resize",
        "tf.image.draw_bounding_boxes",
        "tf.nn.max_pool_with_argmax",
        "tf.histogram_fixed_width",
        "tf.random.poisson",
        "tf.random.gamma",
        "tf.raw_ops.ImageProjectiveTransformV2",
        "tf.raw_ops.ImageProjectiveTransformV3",
    }
)
_RESIZES = ("tf.image.resize", "keras.ops.image.resize")
_COMPILED_METHODS = ("bilinear", "nearest")
_LOOPS = frozenset(
    {"keras.ops.scan", "keras.ops.fori_loop", "keras.ops.while_loop"}
    | {"tf.scan", "tf.foldl", "tf.foldr", "tf.while_loop"}
)
"""What TensorFlow takes no gradient through where XLA compiles it, and `tf.map_fn` is not."""
_SETTLED = {"jit_compile", "run_eagerly", None}
"""Keywords of `compile` that leave nothing to say; None stands for `**kwargs`."""
_LAYER = (
    "import tensorflow as tf\nimport keras\n\nclass L(keras.layers.Layer):\n"
    "    def call(self, x):\n        return {}\n\n"
    "model = keras.Sequential([L(), keras.layers.Dense(1)])\n"
)
_STRINGS = _LAYER.format("tf.strings.to_number(tf.strings.as_string(x))")


class JitCompile(Rule):
    code = "KS402"
    name = "jit-compile"
    reference_url = "https://keras.io/api/models/model_training_apis/#compile-method"

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        func = node.func
        if ctx.is_keras3 or not (isinstance(func, ast.Attribute) and func.attr == "compile"):
            return
        given = {k.arg for k in node.keywords}
        if given & _SETTLED or is_model(ctx, func.value) < Sureness.LIKELY:
            return
        found = next(_hostile(ctx), None)
        if found is None:
            return
        module, ref = found
        try:
            editor = CallEditor(ctx.module, node)
        except CallError:
            return
        editor.add("jit_compile=False")
        place = f"line {ref.node.lineno}"
        if module is not ctx.module:
            place = f"{module.unit.path}, {place}"
        name = module.text(ref.node)
        yield Finding(
            ctx.span(node),
            f"On a GPU Keras 3 compiles the model with XLA, {_lack(ref)} `{name}` ({place})",
            Safety.REVIEW,
            Fix(editor.build()),
            f"Only needed where this model uses `{name}`; on JAX it makes training slow.",
        )

    examples = (
        Example(
            "strings in a layer",
            _STRINGS + "model.compile('sgd', 'mse')\n",
            _STRINGS + "model.compile('sgd', 'mse', jit_compile=False)\n",
        ),
        Example(
            "a loop that is learned through",
            _LAYER.format("tf.scan(lambda a, b: a + b, x, x[0])") + "model.compile('sgd', 'mse')\n",
            "from keras import ops\nimport keras\n\nclass L(keras.layers.Layer):\n"
            "    def call(self, x):\n"
            "        return ops.scan(lambda a, b: (a + b,) * 2, x[0], x)[1]\n\n"
            "model = keras.Sequential([L(), keras.layers.Dense(1)])\n"
            "model.compile('sgd', 'mse', jit_compile=False)\n",
        ),
        Example(
            "a loop that ends in time",
            _LAYER.replace("import tensorflow as tf\n", "").format(
                "keras.ops.while_loop(f, g, (x,), maximum_iterations=9)"
            )
            + "model.compile('sgd', 'mse')\n",
            None,
        ),
        Example("compiled on purpose", _STRINGS + "model.compile('sgd', jit_compile=True)\n", None),
        Example("run eagerly", _STRINGS + "model.compile('sgd', run_eagerly=True)\n", None),
        Example(
            "strings in a pipeline",
            "import tensorflow as tf\nimport keras\n\ndef parse(x):\n"
            "    return tf.strings.to_number(x)\n\nd = tf.data.Dataset.range(3).map(parse)\n"
            "model = keras.Sequential([keras.layers.Dense(1)])\nmodel.compile('sgd', 'mse')\n",
            None,
        ),
    )


def _hostile(ctx: RuleContext) -> Iterator[tuple[Module, Reference]]:
    """Model code that XLA cannot compile, in this module and those that it imports."""
    for module in _reached(ctx.module):
        for ref in module.references:
            if not _is_hostile(ref, module):
                continue
            root = root_name(ref.node)
            if root is not None and ctx.contexts.of(module, root) is Context.MODEL:
                yield module, ref


def _is_hostile(ref: Reference, module: Module) -> bool:
    name = ref.symbol.name
    if name.startswith("tf.io.gfile.") or name.endswith("Spec"):
        return False  # files are looked at while the model is made; a spec computes nothing
    if name in _RESIZES and ref.call is not None:
        return _is_hostile_resize(ref.call, module)
    if name in _LOOPS:
        return ref.call is not None and not _is_bounded(ref.call)
    return name in _FUNCTIONS or (name.startswith(_GROUPS) and ref.call is not None)


def _is_bounded(call: ast.Call) -> bool:
    """Whether a loop says how many turns it has at most, as XLA needs for a gradient."""
    return any(keyword.arg == "maximum_iterations" for keyword in call.keywords)


def _lack(ref: Reference) -> str:
    is_loop = ref.symbol.name in _LOOPS
    return "in which TensorFlow takes no gradient through" if is_loop else "which has no"


def _is_hostile_resize(call: ast.Call, module: Module) -> bool:
    for keyword in call.keywords:
        value = keyword.value
        if keyword.arg == "antialias":
            return not (isinstance(value, ast.Constant) and value.value is False)
        if keyword.arg in ("method", "interpolation"):
            word = module.text(value).strip("\"'").rpartition(".")[2].lower()
            return word not in (*_COMPILED_METHODS, "nearest_neighbor") and isinstance(
                value, ast.Constant | ast.Attribute
            )
    return False


def _reached(module: Module) -> Iterator[Module]:
    """The module and the project's modules that it imports, and those that they import."""
    seen: set[Module] = set()
    pending = [module]
    while pending:
        current = pending.pop()
        if current in seen:
            continue
        seen.add(current)
        yield current
        for name, bindings in current.tree.scope.bindings.items():
            for binding in bindings:
                found = current.index.find(binding.path) if binding.path else None
                if isinstance(found, Definition) and not _is_whole_package(found):
                    pending.append(found.module)
                elif isinstance(found, Definition):
                    pending += _taken(current, name)


def _is_whole_package(found: Definition) -> bool:
    """Whether it is a package's `__init__`, which imports much that a model does not use."""
    return found.node is None and found.module.is_package


def _taken(module: Module, name: str) -> Iterator[Module]:
    """The modules of what is taken from an imported package by dotted names."""
    for node in module.tree.names:
        if node.id != name:
            continue
        current: ast.expr = node
        while isinstance(parent := module.parent(current), ast.Attribute):
            current = parent
            found = module.resolve(current)
            if isinstance(found, Definition) and not _is_whole_package(found):
                yield found.module
                break
