"""KS318: Python that decides on the value of a tensor."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kerashift.engine.analysis.scopes import Function
from kerashift.engine.model import Context, Edit, Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix
from kerashift.engine.rules.control.arms import is_elif
from kerashift.engine.rules.control.branches import Branches
from kerashift.engine.rules.control.conditions import Conditions
from kerashift.engine.rules.control.places import (
    NOTHING,
    NotUnderstood,
    converted_functions,
    manual,
    own_nodes,
    target_of,
)
from kerashift.engine.rules.control.purity import may_keep_state
from kerashift.engine.rules.control.texts import has_comment

_SHAPES = "On JAX both branches must give tensors of the same shape and dtype"
_STATE = ", and layers with a state (dropout, batch normalization) do not work in them"
_BOTH_RUN = "Both sides are computed, where `and` and `or` left the second out."
_LEAVING = "put what it decides into the condition of the loop"
_OLD = "import numpy as np\nimport tensorflow as tf\nfrom tensorflow import keras\n\n\n"
_NEW = "import numpy as np\nfrom keras import ops\nimport keras\n\n\n"
_KERAS = "import numpy as np\nimport keras\n\n\n"
_LAYER = "class L(keras.layers.Layer):\n    def call(self, x, training=None, mask=None):\n"
_RUN = (
    "\n\ninputs = keras.Input((2,))\nmodel = keras.Model(inputs, L()(inputs))\n"
    "x = np.array([[1.0, 2.0], [3.0, -1.0]], 'float32')\n"
    "result = [model.predict(s * x, verbose=0) for s in (1.0, -1.0, 0.1)]\n"
)
_LOSS = (
    "\n\nmodel = keras.Sequential([keras.layers.Dense(1, kernel_initializer='ones')])\n"
    "model.compile('sgd', loss)\nx = np.array([[1.0, 2.0], [3.0, -1.0]], 'float32')\n"
    "result = [model.train_on_batch(x, s * x[:, :1]) for s in (3.0, -1.0, 1.0)]\n"
)


class TensorCondition(Rule):
    code = "KS318"
    name = "tensor-condition"
    reference_url = "https://keras.io/api/ops/core/#cond-function"

    def whole(self, ctx: RuleContext) -> Iterable[Finding]:
        for function in converted_functions(ctx):
            yield from _of_function(ctx, function)

    examples = (
        Example(
            "a value in each branch",
            _OLD + _LAYER + "        if tf.reduce_sum(x) > 0:\n            y = 2.0 * x\n"
            "        else:\n            y = x - 1.0\n        return y\n" + _RUN,
            _NEW
            + _LAYER
            + "        y = ops.cond(ops.sum(x) > 0, lambda: 2.0 * x, lambda: x - 1.0)\n"
            "        return y\n" + _RUN,
            compare="result",
        ),
        Example(
            "branches of several lines",
            _OLD + _LAYER + "        scale = 1.0\n        # large values\n"
            "        if tf.reduce_sum(x) > 2:  # as measured\n            x = x / 2.0\n"
            "            scale = scale * 3.0  # by hand\n"
            "        # the others\n        else:\n            x = x + 1.0\n"
            "        return scale * x\n" + _RUN,
            _NEW + _LAYER + "        scale = 1.0\n\n        # large values\n"
            "        def when_true(x=x, scale=scale):  # as measured\n            x = x / 2.0\n"
            "            scale = scale * 3.0  # by hand\n            return x, scale\n\n"
            "        # the others\n        def when_false(x=x):\n            x = x + 1.0\n"
            "            return x, scale\n\n"
            "        x, scale = ops.cond(ops.sum(x) > 2, when_true, when_false)\n"
            "        return scale * x\n" + _RUN,
            compare="result",
        ),
        Example(
            "a loss that returns early",
            _OLD + "def loss(y_true, y_pred):\n    e = tf.reduce_mean(y_true - y_pred)\n"
            "    if e > 0:\n        return e\n    return tf.square(e)\n" + _LOSS,
            _NEW + "def loss(y_true, y_pred):\n    e = ops.mean(y_true - y_pred)\n"
            "    return ops.cond(e > 0, lambda: e, lambda: ops.square(e))\n" + _LOSS,
            compare="result",
        ),
        Example(
            "what follows is the other branch",
            _OLD + _LAYER + "        if tf.reduce_sum(x) > 0:\n            return x\n"
            "        # the rest\n        x = x + 1.0\n        return 3.0 * x\n" + _RUN,
            _NEW
            + _LAYER
            + "        def when_true():  # a function: Keras 3 compiles no `if` on a tensor\n"
            "            return x\n\n        # the rest\n        def when_false(x=x):\n"
            "            x = x + 1.0\n            return 3.0 * x\n\n"
            "        return ops.cond(ops.sum(x) > 0, when_true, when_false)\n" + _RUN,
            compare="result",
        ),
        Example(
            "one of three",
            _OLD + _LAYER + "        total = tf.reduce_sum(x)\n        if total > 4:\n"
            "            y = x\n        elif total > 0:\n            y = -x\n"
            "        else:\n            y = x * x\n        return y\n" + _RUN,
            _NEW
            + _LAYER
            + "        total = ops.sum(x)\n        y = ops.cond(total > 4, lambda: x, "
            "lambda: ops.cond(total > 0, lambda: -x, lambda: x * x))\n        return y\n" + _RUN,
            compare="result",
        ),
        Example(
            "a question of Python first",
            _OLD + _LAYER + "        if mask is not None and tf.reduce_any(mask):\n"
            "            x = -x\n        if not training and tf.reduce_max(x) > 2:\n"
            "            x = x / 2.0\n        return x\n" + _RUN,
            _NEW + _LAYER + "        x = ops.cond(ops.any(mask), lambda: -x, lambda: x) "
            "if mask is not None else x\n        x = ops.cond(ops.max(x) > 2, lambda: x / 2.0, "
            "lambda: x) if not training else x\n        return x\n" + _RUN,
            compare="result",
        ),
        Example(
            "operators and a conditional expression",
            _OLD + _LAYER + "        big = tf.reduce_max(x) > 2 and not (tf.reduce_min(x) > 0)\n"
            "        return x if big or tf.reduce_sum(x) < 0 else 5.0 * x\n" + _RUN,
            _NEW
            + _LAYER
            + "        big = ops.logical_and(ops.max(x) > 2, ops.logical_not(ops.min(x) > 0))\n"
            "        return ops.cond(ops.logical_or(big, ops.sum(x) < 0), lambda: x, "
            "lambda: 5.0 * x)\n" + _RUN,
            compare="result",
        ),
        Example(
            "a function that is handed a tensor, and a number",
            _OLD + "def limited(x, total, limit):\n    if limit > 1.0:\n        x = x + 1.0\n"
            "    if total > limit:\n        x = x / 2.0\n    return x\n\n\n"
            + _LAYER
            + "        return limited(x, tf.reduce_sum(x), 2.0)\n"
            + _RUN,
            _NEW + "def limited(x, total, limit):\n    if limit > 1.0:\n        x = x + 1.0\n"
            "    x = ops.cond(total > limit, lambda: x / 2.0, lambda: x)\n    return x\n\n\n"
            + _LAYER
            + "        return limited(x, ops.sum(x), 2.0)\n"
            + _RUN,
            compare="result",
        ),
        Example(
            "a metric that guards a division",
            _OLD.replace("import tensorflow as tf\n", "")
            + "class M(keras.metrics.Metric):\n    def __init__(self):\n"
            "        super().__init__('m')\n        self.n = self.add_weight(name='n', shape=(), "
            "initializer='zeros')\n\n    def update_state(self, y_true, y_pred, "
            "sample_weight=None):\n        self.n.assign_add(2.0)\n\n    def result(self):\n"
            "        if self.n == 0.0:\n            return 0.0\n        return 1.0 / self.n\n\n\n"
            "m = M()\nresult = [float(m.result())]\nm.update_state(0.0, 0.0)\n"
            "result.append(float(m.result()))\n",
            _KERAS.replace("keras\n\n", "keras\nfrom keras import ops\n\n")
            + "class M(keras.metrics.Metric):\n    def __init__(self):\n"
            "        super().__init__(name='m')\n        self.n = self.add_weight(name='n', "
            "shape=(), initializer='zeros')\n\n    def update_state(self, y_true, y_pred, "
            "sample_weight=None):\n        self.n.assign_add(2.0)\n\n    def result(self):\n"
            "        return ops.cond(self.n == 0.0, lambda: 0.0, lambda: 1.0 / self.n)\n\n\n"
            "m = M()\nresult = [float(m.result())]\nm.update_state(0.0, 0.0)\n"
            "result.append(float(m.result()))\n",
            compare="result",
        ),
        Example(
            "a branch that changes a variable is reported",
            _KERAS + _LAYER + "        if keras.ops.sum(x) > 0:\n            self.n.assign(1.0)\n"
            "        return x\n",
            _KERAS + _LAYER + "        if keras.ops.sum(x) > 0:\n            self.n.assign(1.0)\n"
            "        return x\n",
        ),
        Example(
            "an assertion is reported",
            _KERAS + _LAYER + "        assert keras.ops.sum(x) > 0\n        return x\n",
            _KERAS + _LAYER + "        assert keras.ops.sum(x) > 0\n        return x\n",
        ),
        Example(
            "questions of Python",
            _KERAS + _LAYER + "        if training and self.flag or not self.built:\n"
            "            x = x + 1.0\n        if mask is not None:\n            x = x * 2.0\n"
            "        if x.shape[-1] == 3 or len(x.shape) > 2 or isinstance(x, list):\n"
            "            return x\n        y = self.inner(x)\n"
            "        if keras.config.image_data_format() == 'channels_last' and y is not x:\n"
            "            return y\n        return x if keras.ops.ndim(x) > 2 else y\n",
            None,
        ),
        Example(
            "a size, or what tensors of that shape have",
            _KERAS + _LAYER + "        batch = x.shape[0] or keras.ops.shape(x)[0]\n"
            "        b, t = keras.ops.shape(x)\n        assert t == 2 and t > 0\n"
            "        return keras.ops.reshape(x, (batch, t))\n",
            None,
        ),
        Example(
            "a size that a function is handed",
            _KERAS
            + "def check(size):\n    if size % 2:\n        raise ValueError(size)\n\n\n"
            + _LAYER
            + "        check(keras.ops.shape(x)[self.axis])\n        return x\n",
            None,
        ),
        Example(
            "a list of tensors",
            _KERAS
            + _LAYER
            + "        parts = keras.ops.split(x, 2)\n        if not x or not parts:\n"
            "            return x\n        return parts[0] if len(parts) > 1 else x\n",
            None,
        ),
        Example(
            "code that nobody compiles",
            _KERAS + "def report(model, x):\n    if keras.ops.sum(model(x)) > 0:\n"
            "        print('yes')\n\n\nclass G(keras.Model):\n    def call(self, x):\n"
            "        return x\n\n    def generate(self, x):\n"
            "        return x if keras.ops.sum(x) > 0 else -x\n",
            None,
        ),
        Example(
            "a pipeline, where AutoGraph still runs",
            "import tensorflow as tf\n\n\ndef flip(x):\n    if tf.reduce_sum(x) > 0:\n"
            "        x = -x\n    return x\n\n\n"
            "data = tf.data.Dataset.from_tensor_slices([1.0]).map(flip)\n",
            None,
        ),
        Example(
            "switched off by hand",
            "import tensorflow as tf\nimport keras\n\n\nclass L(keras.layers.Layer):\n"
            "    @tf.autograph.experimental.do_not_convert\n    def call(self, x):\n"
            "        return x if keras.ops.sum(x) > 0 else -x\n",
            None,
        ),
    )


def _of_function(ctx: RuleContext, function: Function) -> Iterator[Finding]:
    names = {*function.scope.bindings}
    done: set[ast.AST] = set()
    for node in own_nodes(function):
        if node in done:
            continue
        if isinstance(node, ast.If) and ctx.tensors.decides(node.test):
            done |= _of_chain(ctx, node)
            yield _if(ctx, function, node, names)
        elif isinstance(node, ast.IfExp) and ctx.tensors.decides(node.test):
            done |= _conditions(node.test)
            yield _conditional(ctx, function, node)
        elif isinstance(node, ast.While):
            done |= _conditions(node.test)
        elif isinstance(node, ast.Assert) and ctx.tensors.decides(node.test):
            done |= _conditions(node.test)
            yield _assert(ctx, function, node)
        elif isinstance(node, ast.comprehension):
            yield from _filters(ctx, function, node)
        elif isinstance(node, ast.BoolOp | ast.UnaryOp) and ctx.tensors.is_asked(node):
            done |= _conditions(node)
            yield _operators(ctx, function, node)


def _conditions(node: ast.expr) -> set[ast.AST]:
    """The operators that the fix of the statement around them writes anew."""
    return {n for n in ast.walk(node) if isinstance(n, ast.BoolOp | ast.UnaryOp)}


def _of_chain(ctx: RuleContext, node: ast.If) -> set[ast.AST]:
    """The conditions of an `if` and each `elif` of it, which are one finding."""
    found = _conditions(node.test)
    while len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
        node = node.orelse[0]
        if not is_elif(ctx, node):
            break
        found |= {node, *_conditions(node.test)}
    return found


def _finding(
    ctx: RuleContext,
    function: Function,
    node: ast.AST,
    what: str,
    edits: Iterable[Edit],
    conditions: Conditions,
    caution: str,
) -> Finding:
    """The finding with its fix, or without where the edits cannot be made."""
    context = ctx.contexts.of_function(function)
    target = target_of(ctx, function)
    message = f"{what}: {NOTHING}"
    span = ctx.span(node.test) if isinstance(node, ast.If | ast.IfExp) else ctx.span(node)
    try:
        if context is Context.BOTH:
            raise NotUnderstood("a `tf.data` pipeline uses this function too")
        made = list(edits)  # which finds what is needed
    except NotUnderstood as reason:
        return manual(ctx, span, message, str(reason), target, context)
    change = fix(*made, needs=sorted(conditions.needs))
    return Finding(span, message, Safety.REVIEW, change, caution, target, context)


def _if(ctx: RuleContext, function: Function, node: ast.If, names: set[str]) -> Finding:
    conditions = Conditions(ctx)
    caution = _SHAPES + (_STATE if may_keep_state(ctx, [*node.body, *node.orelse]) else "") + "."
    edits = _branches(ctx, function, node, conditions, names)
    return _finding(ctx, function, node, "An `if` on a tensor", edits, conditions, caution)


def _branches(
    ctx: RuleContext, function: Function, node: ast.If, conditions: Conditions, names: set[str]
) -> Iterator[Edit]:
    if is_elif(ctx, node):
        raise NotUnderstood(
            "it is an `elif` after a question of Python: make it an `if` in an `else`"
        )
    yield from Branches(ctx, function, node, conditions, names).edits()


def _conditional(ctx: RuleContext, function: Function, node: ast.IfExp) -> Finding:
    conditions = Conditions(ctx)
    caution = _SHAPES + (_STATE if may_keep_state(ctx, [node.body, node.orelse]) else "") + "."
    what = "A conditional expression on a tensor"
    edits = _as_cond(ctx, node, conditions)
    return _finding(ctx, function, node, what, edits, conditions, caution)


def _as_cond(ctx: RuleContext, node: ast.IfExp, conditions: Conditions) -> Iterator[Edit]:
    if any(isinstance(part, ast.NamedExpr) for part in ast.walk(node)):
        raise NotUnderstood("it sets a name")
    whole, body, orelse = (ctx.span(part) for part in (node, node.body, node.orelse))
    test = ctx.span(node.test)
    gaps = ((whole.start, body.start), (body.end, test.start), (test.end, orelse.start))
    if any(has_comment(ctx, type(whole)(*gap)) for gap in gaps if gap[0] <= gap[1]):
        raise NotUnderstood("a comment stands within it")
    parts = conditions.parts(node.test)
    cond = conditions.spell("cond")
    yield Edit(whole, (f"{cond}(", *parts, ", lambda: ", body, ", lambda: ", orelse, ")"))


def _operators(ctx: RuleContext, function: Function, node: ast.BoolOp | ast.UnaryOp) -> Finding:
    conditions = Conditions(ctx)
    words = "`and` or `or`" if isinstance(node, ast.BoolOp) else "`not`"

    def edits() -> Iterator[Edit]:
        parts = conditions.parts(node)
        yield Edit(ctx.span(node), tuple(parts))

    return _finding(ctx, function, node, f"{words} on a tensor", edits(), conditions, _BOTH_RUN)


def _assert(ctx: RuleContext, function: Function, node: ast.Assert) -> Finding:
    reason = (
        "compiled code cannot stop for the value of a tensor: check the data before they are fed"
    )
    message = f"An `assert` on a tensor: {NOTHING}"
    context = ctx.contexts.of_function(function)
    text = f"{message}. Not rewritten: {reason}."
    return Finding(
        ctx.span(node), text, Safety.MANUAL, target=target_of(ctx, function), context=context
    )


def _filters(ctx: RuleContext, function: Function, node: ast.comprehension) -> Iterator[Finding]:
    for test in node.ifs:
        if ctx.tensors.decides(test):
            message = f"A filter on a tensor in a comprehension: {NOTHING}"
            reason = "what is left over would have a size that depends on values"
            context = ctx.contexts.of_function(function)
            target = target_of(ctx, function)
            yield manual(ctx, ctx.span(test), message, reason, target, context)
