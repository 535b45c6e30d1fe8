"""KS335: a shape that is asked of a symbolic tensor, where the size of the batch is not known."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kerashift.engine.analysis.module import Reference
from kerashift.engine.analysis.scopes import Binding
from kerashift.engine.analysis.scopes import Kind as BindingKind
from kerashift.engine.model import Context, Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, insert, replace
from kerashift.engine.rules.receivers import bindings_of
from kerashift.engine.rules.symbolic import is_symbolic

_SHAPES = ("tf.shape", "keras.backend.shape", "keras.ops.shape")
_LIBRARIES = ("tf.", "keras.ops.", "keras.backend.", "numpy.", "math.")
_PLAIN = frozenset({"int", "float", "len", "range", "tuple", "list", "max", "min"})
_INNER = (ast.List, ast.Tuple, ast.Subscript, ast.BinOp, ast.UnaryOp, ast.keyword, ast.Starred)
_CAUTION = (
    "A model with a Python lambda is loaded with `safe_mode=False` only: write a layer of your own "
    "where the model is saved as a whole. A layer computes in its own dtype: with "
    "`mixed_float16`, or inputs of float64, numbers are rounded."
)
_OLD = "import numpy as np\nimport tensorflow as tf\nfrom tensorflow import keras\n\n"
_NEW = "import numpy as np\nfrom keras import ops\nimport keras\n\n"
_FIRST = "x = keras.Input((3,))\n"
_LOOP = "for n in (1, 2):\n    x = x + ops.zeros((ops.shape(x)[0], n))\n"
_OBJECT = (
    "import keras\nimport tensorflow as tf\n\n\nclass Net:\n    def make(self):\n"
    "        self.rate = 2.0\n        x = keras.Input((3,))\n"
    "        y = tf.fill((tf.shape(x)[0], 2), self.rate)\n        self.rate = 5.0\n"
    "        return keras.Model(x, y)\n"
)
_LAST = (
    "model = keras.Model(x, keras.layers.Concatenate()([x, y]))\n"
    "result = model.predict(np.ones((2, 3)), verbose=0)\n"
)


class SymbolicShape(Rule):
    code = "KS335"
    name = "symbolic-shape"
    reference_url = "https://keras.io/api/layers/core_layers/lambda/"

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        call = ref.call
        if call is None or ref.symbol.name not in _SHAPES or ctx.stays or len(call.args) != 1:
            return
        tensor = call.args[0]
        if not isinstance(tensor, ast.Name) or not is_symbolic(tensor, ctx):
            return
        size = _size(call, ctx)
        if size is None:
            return  # the shape as a whole, or a size that may be known
        name = _assigned(size, ctx)
        places = [size] if name is None else _uses(name, size, ctx)
        for place in places:
            yield from _in_layer(place, size, tensor.id, ctx)

    examples = (
        Example(
            "zeros for each sample",
            _OLD + _FIRST + "y = tf.zeros((tf.shape(x)[0], 2))\n" + _LAST,
            _NEW
            + _FIRST
            + "y = keras.layers.Lambda(lambda x: ops.zeros((ops.shape(x)[0], 2)))(x)\n"
            + _LAST,
            compare="result",
        ),
        Example(
            "a size that has a name",
            _OLD
            + _FIRST
            + "size = tf.shape(x)[0]\ny = tf.tile(tf.constant([[1.0, 2.0]]), [size, 1])\n"
            + _LAST,
            _NEW
            + _FIRST
            + "size = ops.shape(x)[0]\ny = keras.layers.Lambda(lambda x: ops.tile("
            + "ops.convert_to_tensor([[1.0, 2.0]]), [ops.shape(x)[0], 1]))(x)\n"
            + _LAST,
            compare="result",
        ),
        Example(
            "two tensors at once",
            "import tensorflow as tf\nimport keras\n\nx, z = keras.Input((3,)), keras.Input((1,))\n"
            "y = tf.tile(z, [tf.shape(x)[0], 1])\n",
            "from keras import ops\nimport keras\n\nx, z = keras.Input((3,)), keras.Input((1,))\n"
            "y = ops.tile(z, [ops.shape(x)[0], 1])\n",
        ),
        Example(
            "a number that changes in a loop",
            _NEW + _FIRST + _LOOP,
            _NEW + _FIRST + _LOOP,
        ),
        Example(
            "an attribute that changes",
            _OBJECT,
            _OBJECT.replace("import tensorflow as tf\n", "from keras import ops\n").replace(
                "tf.fill", "ops.full"
            ).replace("tf.", "ops."),
        ),
        Example(
            "in a layer, where the size is known",
            "import keras\nfrom keras import ops\n\n\nclass L(keras.layers.Layer):\n"
            "    def call(self, x):\n        return ops.zeros((ops.shape(x)[0], 2))\n",
            None,
        ),
        Example(
            "a size that the model was given",
            "import keras\nfrom keras import ops\n\nx = keras.Input((3,))\n"
            "y = ops.zeros((2, ops.shape(x)[1]))\n",
            None,
        ),
        Example(
            "the shape of an array",
            "import keras\nimport numpy as np\nfrom keras import ops\n\n"
            "y = ops.zeros((ops.shape(np.ones((2, 2)))[0], 2))\n",
            None,
        ),
    )


def _size(call: ast.Call, ctx: RuleContext) -> ast.Subscript | None:
    """`tf.shape(x)[0]` around the call."""
    parent = ctx.module.parent(call)
    if not isinstance(parent, ast.Subscript) or parent.value is not call:
        return None
    index = parent.slice
    return parent if isinstance(index, ast.Constant) and index.value == 0 else None


def _assigned(size: ast.Subscript, ctx: RuleContext) -> str | None:
    """The name that holds the size alone."""
    parent = ctx.module.parent(size)
    if not isinstance(parent, ast.Assign) or len(parent.targets) != 1:
        return None
    target = parent.targets[0]
    return target.id if isinstance(target, ast.Name) else None


def _uses(name: str, size: ast.Subscript, ctx: RuleContext) -> Iterator[ast.Name]:
    for node in ctx.module.tree.names:
        if node.id != name:
            continue
        found = bindings_of(name, ctx.module.tree.scopes.get(node))
        if len(found) == 1 and found[0].kind is BindingKind.ASSIGN and found[0].value is size:
            yield node


def _in_layer(
    place: ast.expr, size: ast.Subscript, tensor: str, ctx: RuleContext
) -> Iterator[Finding]:
    """`tf.zeros((tf.shape(x)[0], 2))` → `Lambda(lambda x: tf.zeros(…))(x)`."""
    operation = _operation(place, ctx)
    if operation is None:
        return
    span = ctx.span(operation)
    message = "The size of the batch is None while a functional model is built"
    symbolic = {
        n.id for n in ast.walk(operation) if isinstance(n, ast.Name) and is_symbolic(n, ctx)
    }
    if symbolic - {tensor} or not (_is_pure(operation, ctx) and _is_steady(operation, ctx)):
        text = f"{message}: compute this in a layer of your own, which gets the tensors."
        yield Finding(span, text, Safety.MANUAL, context=Context.MODEL)
        return
    layer, needs = ctx.spell("keras.layers.Lambda")
    edits = [
        insert(span.start, f"{layer}(lambda {tensor}: ", rank=2),
        insert(span.end, f")({tensor})", rank=-3),
    ]
    if place is not size:
        edits.append(replace(ctx.span(place), ctx.text(size)))
    made = fix(*edits, needs=needs)
    yield Finding(
        span,
        f"{message}: in a `Lambda` it is known",
        Safety.REVIEW,
        made,
        _CAUTION,
        context=Context.MODEL,
    )


def _operation(place: ast.expr, ctx: RuleContext) -> ast.Call | None:
    """The innermost call of a library that the size is an argument of."""
    node: ast.AST | None = ctx.module.parent(place)
    while isinstance(node, _INNER):
        node = ctx.module.parent(node)
    return node if isinstance(node, ast.Call) and _is_library(node, ctx) else None


def _is_library(call: ast.Call, ctx: RuleContext) -> bool:
    symbol = ctx.module.symbol(call.func, ctx.module.tree.scopes.get(call))
    return symbol is not None and symbol.name.startswith(_LIBRARIES)


def _is_pure(operation: ast.Call, ctx: RuleContext) -> bool:
    """Whether nothing but functions of libraries is called in it: no layer is made or used."""
    return all(
        _is_library(part, ctx) or (isinstance(part.func, ast.Name) and part.func.id in _PLAIN)
        for part in ast.walk(operation)
        if isinstance(part, ast.Call)
    )


def _is_steady(operation: ast.Call, ctx: RuleContext) -> bool:
    """Whether its names stay what they are: a lambda reads them anew each time it runs."""
    others = ctx.module.tree.others
    attributes = [a for a in others if isinstance(a, ast.Attribute)]
    stored = [a.attr for a in attributes if isinstance(a.ctx, ast.Store)]
    for name in ast.walk(operation):
        if isinstance(name, ast.Attribute) and stored.count(name.attr) > 1:
            return False
        if not isinstance(name, ast.Name) or is_symbolic(name, ctx):
            continue
        found = bindings_of(name.id, ctx.module.tree.scopes.get(name))
        if len(found) > 1 or any(_is_in_loop(b, ctx) for b in found):
            return False
    return True


def _is_in_loop(binding: Binding, ctx: RuleContext) -> bool:
    if binding.kind is BindingKind.OTHER:
        return True
    node: ast.AST | None = binding.node
    while node is not None and not isinstance(node, ast.FunctionDef | ast.Module):
        node = ctx.module.parent(node)
        if isinstance(node, ast.For | ast.While | ast.AsyncFor):
            return True
    return False
