"""KS306: Attribute or method that layers, models or metrics lost."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.model import Context, Safety, Span
from kerashift.engine.rules.addedupdates import without_add_update
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, insert, replace
from kerashift.engine.rules.dynamicflag import dynamic_findings
from kerashift.engine.rules.layers import is_layer, is_looped
from kerashift.engine.rules.members import enclosing_method, inherits_method, method
from kerashift.engine.rules.receivers import Sureness, is_model
from kerashift.engine.rules.resets import reset_findings
from kerashift.engine.rules.shapes import is_given_shape

_AT = {
    "get_input_at": ".input",
    "get_output_at": ".output",
    "get_input_shape_at": ".input.shape",
    "get_output_shape_at": ".output.shape",
}
_GONE = {
    "inbound_nodes": "walk from `layer.output`, or keep the tensors when you build the model",
    "outbound_nodes": "walk from `layer.output`, or keep the tensors when you build the model",
    "updates": "variables are assigned in call(); there is nothing to run later",
    "state_updates": "variables are assigned in call(); there is nothing to run later",
    "add_update": "assign the variable in call(): `self.moving.assign(…)`",
    "get_updates_for": "variables are assigned in call(); there is nothing to run later",
    "get_losses_for": "use `layer.losses`",
    "dynamic": "pass run_eagerly=True to compile()",
}
_SEVERAL = "With several inputs or outputs, and for an input layer, Keras 2 gave a list of shapes."
_LAYER = "from tensorflow import keras\n\nclass L(keras.layers.Layer):\n"
_MODEL = "import keras\n\nmodel = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])\n"
_NEW_LAYER = "import keras\n\nclass L(keras.layers.Layer):\n"
_COUNTS = (
    "    def build(self, shape):\n"
    "        self.n = self.add_weight(shape=(), initializer='zeros', trainable=False)\n"
    "        self.m = self.add_weight(shape=(), initializer='zeros', trainable=False)\n\n"
    "    def call(self, x):\n"
)
_COUNTED = (
    "        return x\n\n\nmodel = keras.Sequential([keras.Input((2,)), L()])\n"
    "model.compile('sgd', 'mse')\nx = keras.utils.to_categorical([0, 1])\n"
    "model.fit(x, x, epochs=3, verbose=0)\nresult = model.get_weights()\n"
)
_METRIC = "import keras\n\nclass M(keras.metrics.Mean):\n"
_USE = (
    "    def call(self, x):\n        return x\n\n"
    "layer = L()\nlayer(keras.Input((3,)))\nresult = [layer.n, *layer.all[1:]]\n"
)
_RUN = "        self.total.assign(5.0)\n\nm = M()\nm.reset_state()\nresult = m.total + 0.0\n"


class RemovedLayerAttribute(Rule):
    code = "KS306"
    name = "removed-layer-attribute"

    def other(self, node: ast.AST, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.is_keras3 or not isinstance(node, ast.Attribute):
            return ()
        if not isinstance(node.ctx, ast.Load) or ctx.module.symbol(node) is not None:
            return ()
        if node.attr in ("input_shape", "output_shape"):
            return self._shape(node, ctx)
        if node.attr in _GONE:
            return self._gone(node, ctx)
        return ()

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        func = node.func
        if ctx.is_keras3:
            return
        yield from dynamic_findings(node, ctx)
        if not isinstance(func, ast.Attribute) or ctx.module.symbol(func) is not None:
            return
        if func.attr in _AT:
            yield from self._at(node, func, ctx)
        elif func.attr == "as_list" and not node.args:
            yield from self._as_list(node, func, ctx)
        elif func.attr == "reset_states" and not node.args and not node.keywords:
            yield from reset_findings(node, func, ctx)

    def class_def(self, node: ast.ClassDef, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.is_keras3 or ctx.class_kind(node) is not Kind.METRIC:
            return
        old = method(node, "reset_states")
        if old is None or method(node, "reset_state") is not None:
            return
        start = ctx.span(old).start
        at = ctx.module.unit.code.index("reset_states", start)
        span = Span(at, at + len("reset_states"))
        message = "Keras 3 calls `reset_state`: this method would never run"
        yield Finding(
            span, message, Safety.SAFE, fix(replace(span, "reset_state")), context=Context.MODEL
        )

    def _shape(self, node: ast.Attribute, ctx: RuleContext) -> Iterable[Finding]:
        sureness = is_layer(ctx, node.value)
        if sureness < Sureness.LIKELY:
            return
        tensor = node.attr.removesuffix("_shape")
        span = ctx.span(node)
        message = f"Layers have no `{node.attr}` in Keras 3"
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            if not _is_own(node, node.value, ctx):
                text = f"{message}: keep the shape that build() gets."
                yield Finding(span, text, Safety.MANUAL, context=ctx.context(node.value))
            return
        if tensor == "input" and _is_first(node.value):
            text = f"{message}: use the `input_shape` of the model."
            yield Finding(span, text, Safety.MANUAL)
            return
        tail = Span(ctx.span(node.value).end, span.end)
        if tensor == "input" and is_looped(ctx, node.value):
            path, needs = ctx.spell("keras.tree.map_structure")
            edits = (
                insert(span.start, f"{path}(lambda tensor: tensor.shape, ", rank=1),
                replace(tail, ".input)"),
            )
            made = fix(*edits, needs=needs)
            yield Finding(span, f"{message}: map over `input`", Safety.REVIEW, made, _SEVERAL)
            return
        outer = ctx.module.parent(node)
        if _is_indexed_twice(outer, ctx):
            assert isinstance(outer, ast.Subscript)
            whole = Span(tail.start, ctx.span(outer).end)
            edit = replace(whole, f".{tensor}[", ctx.span(outer.slice), "].shape")
        else:
            edit = replace(tail, f".{tensor}.shape")
        yield Finding(span, f"{message}: `.{tensor}.shape`", Safety.REVIEW, fix(edit), _SEVERAL)

    def _gone(self, node: ast.Attribute, ctx: RuleContext) -> Iterable[Finding]:
        value = node.value
        if isinstance(value, ast.Name) and value.id == "self" and _is_own(node, value, ctx):
            return
        sure = is_layer(ctx, value) >= Sureness.LIKELY or is_model(ctx, value) is Sureness.YES
        if not sure:
            return
        change = without_add_update(ctx, node) if node.attr == "add_update" else None
        if change is not None:
            message = "Keras 3 has no `add_update`: a variable is assigned where it is said"
            yield Finding(ctx.span(node), message, Safety.SAFE, change)
            return
        message = f"Keras 3 has no `{node.attr}` here: {_GONE[node.attr]}."
        yield Finding(ctx.span(node), message, Safety.MANUAL)

    def _at(self, node: ast.Call, func: ast.Attribute, ctx: RuleContext) -> Iterable[Finding]:
        index = node.args[0] if len(node.args) == 1 and not node.keywords else None
        span = ctx.span(node)
        if not (isinstance(index, ast.Constant) and index.value == 0):
            text = f"Keras 3 has no `{func.attr}`: keep the tensors of each call of the layer."
            yield Finding(span, text, Safety.MANUAL, context=ctx.context(node))
            return
        new = _AT[func.attr]
        edit = replace(Span(ctx.span(func.value).end, span.end), new)
        is_shape = new.endswith("shape")
        yield Finding(
            span,
            f"`{func.attr}(0)` is `{new}` in Keras 3",
            Safety.REVIEW if is_shape else Safety.SAFE,
            fix(edit),
            _SEVERAL if is_shape else "",
            context=ctx.context(node),
        )

    def _as_list(self, node: ast.Call, func: ast.Attribute, ctx: RuleContext) -> Iterable[Finding]:
        if not is_given_shape(ctx, func.value):
            return
        span = ctx.span(node)
        tail = Span(ctx.span(func.value).end, span.end)
        parent = ctx.module.parent(node)
        is_item = isinstance(parent, ast.Subscript) and not isinstance(parent.slice, ast.Slice)
        if is_item:
            edits = [replace(tail)]
        else:
            edits = [insert(span.start, "list(", rank=1), replace(tail, ")")]
        message = "Shapes are plain tuples in Keras 3"
        yield Finding(span, message, Safety.SAFE, fix(*edits), context=ctx.context(node))

    examples = (
        Example(
            "a variable that is updated in call",
            _LAYER + _COUNTS + "        self.add_update([self.n.assign_add(1.0), self.m.assign("
            "self.n * 2.0)])\n" + _COUNTED,
            _NEW_LAYER + _COUNTS + "        self.n.assign_add(1.0)\n"
            "        self.m.assign(self.n * 2.0)\n" + _COUNTED,
            compare="result",
        ),
        Example(
            "shape of a layer that is looked up",
            _MODEL + "result = model.get_layer(index=0).output_shape[1:]\n",
            _MODEL + "result = model.get_layer(index=0).output.shape[1:]\n",
            compare="result",
        ),
        Example(
            "shapes of all layers",
            _MODEL + "result = [layer.input_shape[-1] for layer in model.layers]\n",
            _MODEL + "result = [keras.tree.map_structure(lambda tensor: tensor.shape, "
            "layer.input)[-1] for layer in model.layers]\n",
            compare="result",
        ),
        Example("shape of a model", _MODEL + "print(model.output_shape)\n", None),
        Example(
            "output of the first call",
            _MODEL + "result = model.layers[-1].get_output_at(0).shape[-1]\n",
            _MODEL + "result = model.layers[-1].output.shape[-1]\n",
            compare="result",
        ),
        Example(
            "shape that build gets",
            _LAYER + "    def build(self, shape):\n        self.known = shape\n"
            "        self.n = shape.as_list()[-1]\n        self.all = self.known.as_list()\n\n"
            + _USE,
            "import keras\n\nclass L(keras.layers.Layer):\n"
            "    def build(self, shape):\n        self.known = shape\n"
            "        self.n = shape[-1]\n        self.all = list(self.known)\n\n" + _USE,
            compare="result",
        ),
        Example(
            "a metric's own reset",
            _METRIC + "    def reset_states(self):\n" + _RUN,
            _METRIC + "    def reset_state(self):\n" + _RUN,
            compare="result",
        ),
        Example(
            "reset of a model",
            _MODEL + "model.reset_states()\n",
            _MODEL + 'for layer in model.layers:\n    if hasattr(layer, "reset_states"):\n'
            "        layer.reset_states()\n",
        ),
        Example(
            "a layer that says it is dynamic",
            _LAYER + "    def __init__(self):\n        super().__init__(name='l', dynamic=True)\n",
            "import keras\n\nclass L(keras.layers.Layer):\n"
            "    def __init__(self):\n        super().__init__(name='l')\n",
        ),
        Example(
            "what an optimizer would do later",
            _MODEL + "print(model.layers[0].updates)\n",
            _MODEL + "print(model.layers[0].updates)\n",
        ),
        Example(
            "an attribute of one's own",
            "import keras\n\nclass L(keras.layers.Layer):\n    def build(self, input_shape):\n"
            "        self.updates = []\n\n    def call(self, x):\n        return self.updates\n",
            None,
        ),
        Example(
            "states of a recurrent layer",
            "import keras\n\nlayer = keras.layers.LSTM(3, stateful=True)\nlayer.reset_states()\n",
            None,
        ),
        Example(
            "a list of something else",
            "import keras\n\n\ndef f(node):\n    return node.as_list(), node.input_shape\n",
            None,
        ),
    )


def _is_own(node: ast.Attribute, value: ast.Name, ctx: RuleContext) -> bool:
    """Whether the class sets or defines the attribute itself."""
    found = enclosing_method(ctx.module, value)
    if found is None or inherits_method(ctx.module, found[0], node.attr):
        return True
    return any(
        isinstance(part, ast.Attribute)
        and part.attr == node.attr
        and isinstance(part.ctx, ast.Store)
        for part in ast.walk(found[0])
    )


def _is_first(node: ast.expr) -> bool:
    """`model.layers[0]`: an input layer in one model, the first real layer in another."""
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Constant)
        and node.slice.value == 0
    )


def _is_indexed_twice(node: ast.AST | None, ctx: RuleContext) -> bool:
    """`shape[0][1]`: the shapes of several tensors."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.slice, ast.Constant):
        return False
    outer = ctx.module.parent(node)
    return isinstance(outer, ast.Subscript) and outer.value is node
