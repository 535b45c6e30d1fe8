"""KS418: names of weights, which no longer say whose they are."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kerashift.engine.model import Context, Edit, Safety, Span
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, replace
from kerashift.engine.rules.expressions import root_name
from kerashift.engine.rules.layers import comes_from
from kerashift.engine.rules.members import enclosing_method, uses_of_self

_COLLECTIONS = (
    "trainable_variables",
    "trainable_weights",
    "non_trainable_variables",
    "non_trainable_weights",
    "weights",
)
_ASKING = ("startswith", "endswith", "find", "index", "count")
_CAUTION = (
    "A path has no `:0` at its end and may begin with the name of the model: check what it is "
    "compared with."
)
_MODEL = (
    "model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name='head')])\n"
)
_OLD = "from tensorflow import keras\n\n" + _MODEL
_NEW = "import keras\n\n" + _MODEL


class WeightName(Rule):
    code = "KS418"
    name = "weight-name"
    reference_url = "https://keras.io/api/layers/base_layer/"

    def other(self, node: ast.AST, ctx: RuleContext) -> Iterable[Finding]:
        if not (isinstance(node, ast.Attribute) and node.attr == "name") or ctx.stays:
            return
        if not isinstance(node.ctx, ast.Load) or ctx.module.symbol(node) is not None:
            return
        if not ctx.uses_keras or _is_in_another_class(node.value, ctx):
            return
        if not any(comes_from(ctx, node.value, name) for name in _COLLECTIONS):
            return
        end = ctx.span(node).end
        edits = [replace(Span(end - len("name"), end), "path"), *_texts(node, ctx)]
        message = "The `name` of a weight is `kernel` alone in Keras 3; its `path` names the layer"
        yield Finding(
            ctx.span(node), message, Safety.REVIEW, fix(*edits), _CAUTION, context=Context.MODEL
        )

    examples = (
        Example(
            "weights that are chosen by the name of their layer",
            _OLD + "result = [len(w.shape) for w in model.trainable_weights if 'head' in w.name]\n",
            _NEW + "result = [len(w.shape) for w in model.trainable_weights if 'head' in w.path]\n",
            compare="result",
        ),
        Example(
            "a name with its number",
            _OLD + "result = []\nfor w in model.weights:\n"
            "    if w.name.endswith('head/kernel:0'):\n"
            "        result.append(w.shape[0])\n",
            _NEW + "result = []\nfor w in model.weights:\n    if w.path.endswith('head/kernel'):\n"
            "        result.append(w.shape[0])\n",
            compare="result",
        ),
        Example(
            "names of layers",
            _NEW + "print([layer.name for layer in model.layers], model.name)\n",
            None,
        ),
        Example(
            "weights of a class of one's own",
            "import keras\n\n\nclass Scale:\n    def __init__(self, weights):\n"
            "        self.weights = weights\n        self.model = keras.Sequential()\n\n"
            "    def names(self):\n        return [w.name for w in self.weights]\n",
            None,
        ),
        Example(
            "names of something else",
            "import keras\n\nfor item in catalog.weights_of(keras):\n    print(item.name)\n",
            None,
        ),
        Example("paths", _NEW + "print([w.path for w in model.weights])\n", None),
    )


def _is_in_another_class(node: ast.expr, ctx: RuleContext) -> bool:
    """Whether the weights may be those of a class that is nothing of Keras."""
    root = root_name(node)
    found = enclosing_method(ctx.module, root) if root is not None else None
    if found is None or ctx.class_kind(found[0]) is not None:
        return False
    own = uses_of_self(found[1])
    return any(name in own for name in _COLLECTIONS)


def _texts(node: ast.Attribute, ctx: RuleContext) -> Iterator[Edit]:
    """Without `:0` what the name is compared with."""
    parent = ctx.module.parent(node)
    compared: list[ast.expr] = []
    if isinstance(parent, ast.Compare):
        compared = [parent.left, *parent.comparators]
    elif isinstance(parent, ast.Attribute) and parent.attr in _ASKING:
        call = ctx.module.parent(parent)
        compared = call.args if isinstance(call, ast.Call) else []
    for item in compared:
        if isinstance(item, ast.Constant) and str(item.value).endswith(":0"):
            span = ctx.span(item)
            text = ctx.text(item)
            at = span.start + text.rindex(":0")
            yield replace(Span(at, at + 2))
