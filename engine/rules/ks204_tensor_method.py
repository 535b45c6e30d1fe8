"""KS204: Method that only TensorFlow tensors have."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.model import Context, Safety, Span, Target
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, insert, replace

_WEIGHTS = frozenset(
    {"kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance", "embeddings"}
    | {"depthwise_kernel", "pointwise_kernel", "recurrent_kernel", "learning_rate", "iterations"}
)
_LISTS_OF_WEIGHTS = frozenset(
    {"weights", "variables", "trainable_weights", "trainable_variables"}
    | {"non_trainable_weights", "non_trainable_variables"}
)


class TensorMethod(Rule):
    code = "KS204"
    name = "tensor-method"

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        func = node.func
        if ctx.is_keras3 or not isinstance(func, ast.Attribute) or node.args or node.keywords:
            return ()
        if ctx.module.symbol(func) is not None:
            return ()
        context = ctx.context(node)
        if context in (Context.DATA, Context.BOTH):
            return ()
        if func.attr == "numpy":
            return self._numpy(node, func, ctx, context)
        if func.attr == "as_list" and _is_shape(func.value):
            return self._as_list(node, func, ctx, context)
        if func.attr == "get_shape" and not _is_as_list(ctx.module.parent(node)):
            return self._get_shape(node, func, ctx, context)
        return ()

    def _numpy(
        self, node: ast.Call, func: ast.Attribute, ctx: RuleContext, context: Context
    ) -> Iterator[Finding]:
        if _comes_from_dataset(func.value, ctx) or _imports_torch(ctx):
            return
        if _is_weight(func.value) or _is_probed(node, ctx):
            return
        text, needs = ctx.spell("keras.ops.convert_to_numpy")
        value, whole = ctx.span(func.value), ctx.span(node)
        edits = (
            insert(whole.start, f"{text}(", rank=1),
            replace(Span(value.end, whole.end), ")"),
        )
        safety = Safety.SAFE if ctx.kind(func.value) is Kind.TENSOR else Safety.REVIEW
        caution = (
            "" if safety is Safety.SAFE else f"`{ctx.text(func.value)[:40]}` must be a tensor."
        )
        yield Finding(
            whole,
            "`.numpy()` exists on TensorFlow only: `ops.convert_to_numpy` works everywhere",
            safety,
            fix(*edits, needs=needs),
            "" if safety is Safety.SAFE else caution,
            Target.MULTI_BACKEND,
            context,
        )

    def _as_list(
        self, node: ast.Call, func: ast.Attribute, ctx: RuleContext, context: Context
    ) -> Iterator[Finding]:
        owner = func.value.func if isinstance(func.value, ast.Call) else func.value
        assert isinstance(owner, ast.Attribute)
        whole, base = ctx.span(node), owner.value
        tail = Span(ctx.span(base).end, whole.end)
        edits = (insert(whole.start, "list(", rank=1), replace(tail, ".shape)"))
        message = "Shapes are plain tuples in Keras 3: `list(x.shape)`"
        yield Finding(whole, message, Safety.SAFE, fix(*edits), context=context)

    def _get_shape(
        self, node: ast.Call, func: ast.Attribute, ctx: RuleContext, context: Context
    ) -> Iterator[Finding]:
        whole = ctx.span(node)
        edit = replace(Span(ctx.span(func.value).end, whole.end), ".shape")
        message = "`.get_shape()` is `.shape` in Keras 3"
        yield Finding(whole, message, Safety.SAFE, fix(edit), context=context)

    examples = (
        Example(
            "numbers of a layer's output",
            "import numpy as np\nfrom tensorflow import keras\n\nlayer = keras.layers.ReLU()\n"
            "result = layer(np.array([[-1.0, 2.0]])).numpy()\n",
            "import numpy as np\nimport keras\nfrom keras import ops\n\n"
            "layer = keras.layers.ReLU()\n"
            "result = ops.convert_to_numpy(layer(np.array([[-1.0, 2.0]])))\n",
            compare="result",
        ),
        Example(
            "static shape as a list",
            "from tensorflow import keras\n\nx = keras.Input((3, 4))\n"
            "result = x.get_shape().as_list()[1:]\n",
            "import keras\n\nx = keras.Input((3, 4))\nresult = list(x.shape)[1:]\n",
            compare="result",
        ),
        Example(
            "shape of a symbolic tensor",
            "from tensorflow import keras\n\nx = keras.Input((3, 4))\nresult = x.get_shape()[1]\n",
            "import keras\n\nx = keras.Input((3, 4))\nresult = x.shape[1]\n",
            compare="result",
        ),
        Example(
            "what a pipeline gives stays a TensorFlow tensor",
            "import tensorflow as tf\n\nfor x in tf.data.Dataset.range(3):\n    print(x.numpy())\n",
            None,
        ),
        Example(
            "variables have it everywhere",
            "from keras import layers\n\nd = layers.Dense(2)\nd.build((None, 3))\n"
            "print(d.kernel.numpy(), d.weights[0].numpy())\n",
            None,
        ),
        Example(
            "code that asks whether it is there",
            "import keras\n\n\ndef array(x):\n"
            "    return x.numpy() if hasattr(x, 'numpy') else x\n",
            None,
        ),
        Example(
            "tensors of torch",
            "import keras\n\n\ndef weights(path):\n    import torch\n\n"
            "    return torch.load(path)['weight'].numpy()\n",
            None,
        ),
        Example(
            "a list of something else",
            "import keras\n\n\ndef f(node):\n    return node.as_list()\n",
            None,
        ),
    )


def _is_shape(node: ast.expr) -> bool:
    """`….shape` or `….get_shape()`."""
    if isinstance(node, ast.Attribute):
        return node.attr == "shape"
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "get_shape"
        and not node.args
    )


def _is_as_list(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in ("as_list", "ndims", "rank")


def _comes_from_dataset(node: ast.expr, ctx: RuleContext) -> bool:
    """Whether the name is a loop variable: then it most often walks over a dataset."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    if not isinstance(node, ast.Name):
        return False
    scope = ctx.module.tree.scopes.get(node)
    found = scope.lookup(node.id) if scope else None
    if found is None:
        return False
    return any(_in_for(binding.node, ctx) for binding in found[1])


def _in_for(node: ast.AST, ctx: RuleContext) -> bool:
    parent = ctx.module.parent(node)
    while isinstance(parent, ast.Tuple | ast.List | ast.Starred):
        parent = ctx.module.parent(parent)
    return isinstance(parent, ast.For | ast.AsyncFor | ast.comprehension)


def _imports_torch(ctx: RuleContext) -> bool:
    """Whether the file imports torch, at its top or inside of a function."""
    for node in ctx.module.tree.imports:
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module]
        if any(str(name).partition(".")[0] == "torch" for name in names):
            return True
    return False


def _is_weight(node: ast.expr) -> bool:
    """Whether it is a variable by its name: those have `numpy()` on all backends."""
    if isinstance(node, ast.Subscript):
        return isinstance(node.value, ast.Attribute) and node.value.attr in _LISTS_OF_WEIGHTS
    return isinstance(node, ast.Attribute) and node.attr in _WEIGHTS


def _is_probed(node: ast.expr, ctx: RuleContext) -> bool:
    """Whether an `if` around it asks for the method, as code for any framework does."""
    child: ast.AST = node
    while (parent := ctx.module.parent(child)) is not None:
        if isinstance(parent, ast.If | ast.IfExp) and child is not parent.test:
            test = ast.walk(parent.test)
            if any(isinstance(n, ast.Constant) and n.value == "numpy" for n in test):
                return True
        child = parent
    return False
