"""KS319: Loops whose turns depend on a tensor."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

from kerashift.engine.analysis.scopes import Function
from kerashift.engine.analysis.values import Value
from kerashift.engine.model import Context, Edit, ImportNeed, Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix
from kerashift.engine.rules.control.conditions import Conditions
from kerashift.engine.rules.control.loops import Loop, unrolled
from kerashift.engine.rules.control.places import (
    NOTHING,
    NotUnderstood,
    converted_functions,
    manual,
    own_nodes,
    target_of,
)
from kerashift.engine.rules.control.purity import may_keep_state

_SAME = (
    "On JAX what the loop carries must keep its shape and dtype, and where XLA compiles the model "
    "(on a GPU) TensorFlow takes no gradient through it"
)
_STATE = "; layers with a state (dropout, batch normalization) do not work in it on JAX"
_WHILE = (
    "JAX takes no gradient through it, nor TensorFlow where XLA compiles the model (on a GPU): "
    "where it must learn, loop over `range` of a number"
)
_RANGE = f"{_SAME}, nor JAX if the number of turns is not known beforehand"
_UNROLLED = (
    "The turns are written into the graph one by one, as many as the number of Python says, and "
    "the variable of the loop is one too."
)
_OLD = "import numpy as np\nimport tensorflow as tf\nfrom tensorflow import keras\n\n\n"
_NEW = "import numpy as np\nfrom keras import ops\nimport keras\n\n\n"
_KERAS = "import numpy as np\nimport keras\n\n\n"
_LAYER = (
    "class L(keras.layers.Layer):\n    def __init__(self, n=3):\n        super().__init__()\n"
    "        self.n = n\n\n    def call(self, x):\n"
)
_RUN = (
    "\n\ninputs = keras.Input((2,))\nmodel = keras.Model(inputs, L()(inputs))\n"
    "x = np.array([[1.0, 2.0], [3.0, -1.0]], 'float32')\n"
    "result = [model.predict(s * x, verbose=0) for s in (1.0, -1.0, 0.1)]\n"
)
_COMMENT = "  # a function: Keras 3 compiles no loop over a tensor"


class TensorLoop(Rule):
    code = "KS319"
    name = "tensor-loop"
    reference_url = "https://keras.io/api/ops/core/#scan-function"

    def whole(self, ctx: RuleContext) -> Iterable[Finding]:
        for function in converted_functions(ctx):
            names = {*function.scope.bindings}
            for node in own_nodes(function):
                if isinstance(node, ast.While) and ctx.tensors.decides(node.test):
                    yield _loop(ctx, function, node, names, "A `while` on a tensor", _WHILE)
                elif isinstance(node, ast.For):
                    yield from _for(ctx, function, node, names)

    examples = (
        Example(
            "as long as a tensor says",
            _OLD + _LAYER + "        steps = 0\n        # not too small\n"
            "        while tf.reduce_sum(x * x) < 100.0:\n            y = 2.0 * x  # twice\n"
            "            x = y\n            steps += 1\n"
            "        return x + tf.cast(steps, tf.float32)\n" + _RUN,
            _NEW + _LAYER + "        steps = 0\n\n        # not too small\n"
            f"        def body(x, steps):{_COMMENT}\n            y = 2.0 * x  # twice\n"
            "            x = y\n            steps += 1\n            return x, steps\n\n"
            "        x, steps = ops.while_loop(lambda x, steps: ops.sum(x * x) < 100.0, body, "
            '(x, steps))\n        return x + ops.cast(steps, "float32")\n' + _RUN,
            compare="result",
        ),
        Example(
            "one name is carried",
            _OLD + _LAYER + "        while tf.reduce_max(x) > 0.5 and tf.reduce_min(x) < 5.0:\n"
            "            x = x / 2.0\n        return x\n" + _RUN,
            _NEW + _LAYER + f"        def body(x):{_COMMENT}\n            x = x / 2.0\n"
            "            return (x,)\n\n"
            "        (x,) = ops.while_loop(lambda x: ops.logical_and(ops.max(x) > 0.5, "
            "ops.min(x) < 5.0), body, (x,))\n        return x\n" + _RUN,
            compare="result",
        ),
        Example(
            "a number of turns that Python knows",
            _OLD + _LAYER + "        for i in tf.range(self.n):  # a few\n"
            "            x = x + tf.cast(i, x.dtype)\n            if i == 1:\n"
            "                x = 2.0 * x\n"
            "        for _ in tf.range(1, x.shape[1], dtype=tf.int32):\n            x = x - 1.0\n"
            "        return x\n" + _RUN,
            _NEW + _LAYER + "        for i in range(self.n):  # a few\n"
            "            x = x + ops.cast(i, x.dtype)\n            if i == 1:\n"
            "                x = 2.0 * x\n        for _ in range(1, x.shape[1]):\n"
            "            x = x - 1.0\n        return x\n" + _RUN,
            compare="result",
        ),
        Example(
            "the size of the batch",
            _OLD + _LAYER + "        total, best = 0.0, x[0]\n        n = tf.shape(x)[0]\n"
            "        for i in tf.range(n):\n            row = x[i]\n"
            "            total = total + tf.reduce_sum(row)\n"
            "            best = tf.maximum(best, row)\n        return x * total + best\n" + _RUN,
            _NEW + _LAYER + "        total, best = 0.0, x[0]\n        n = ops.shape(x)[0]\n\n"
            f"        def body(i, carry):{_COMMENT}\n            total, best = carry\n"
            "            row = x[i]\n            total = total + ops.sum(row)\n"
            "            best = ops.maximum(best, row)\n            return total, best\n\n"
            "        total, best = ops.fori_loop(0, n, body, (total, best))\n"
            "        return x * total + best\n" + _RUN,
            compare="result",
        ),
        Example(
            "the rows of a tensor",
            _OLD + _LAYER + "        mean = tf.zeros((2,))\n        for row in x:\n"
            "            mean = 0.5 * mean + row\n        return x - mean\n" + _RUN,
            _NEW + _LAYER + "        mean = ops.zeros((2,))\n\n"
            f"        def body(mean, row):{_COMMENT}\n            mean = 0.5 * mean + row\n"
            "            return mean, None\n\n        mean, _ = ops.scan(body, mean, x)\n"
            "        return x - mean\n" + _RUN,
            compare="result",
        ),
        Example(
            "a loop within a loop",
            _OLD + _LAYER + "        a, b = x, 0.5 * x\n        for row in x:\n"
            "            while tf.reduce_sum(a) > 1.0:\n                a = a - 1.0\n"
            "            b = b + row * a\n        return a + b\n" + _RUN,
            _NEW + _LAYER + "        a, b = x, 0.5 * x\n\n"
            f"        def body(carry, row):{_COMMENT}\n            a, b = carry\n"
            f"            def body_2(a):{_COMMENT}\n                a = a - 1.0\n"
            "                return (a,)\n\n"
            "            (a,) = ops.while_loop(lambda a: ops.sum(a) > 1.0, body_2, (a,))\n"
            "            b = b + row * a\n            return (a, b), None\n\n"
            "        (a, b), _ = ops.scan(body, (a, b), x)\n        return a + b\n" + _RUN,
            compare="result",
        ),
        Example(
            "a loop that is left early is reported",
            _KERAS + _LAYER + "        while keras.ops.sum(x) < 1.0:\n            x = 2.0 * x\n"
            "            break\n        return x\n",
            _KERAS + _LAYER + "        while keras.ops.sum(x) < 1.0:\n            x = 2.0 * x\n"
            "            break\n        return x\n",
        ),
        Example(
            "a loop that counts in floats is reported",
            _KERAS + _LAYER + "        for k in keras.ops.arange(self.n, 0.0, -1.0):\n"
            "            x = k / x\n        return x\n",
            _KERAS + _LAYER + "        for k in keras.ops.arange(self.n, 0.0, -1.0):\n"
            "            x = k / x\n        return x\n",
        ),
        Example(
            "loops of Python",
            _KERAS + _LAYER + "        for i in range(self.n):\n            x = x + i\n"
            "        for layer in self.inner:\n            x = layer(x)\n"
            "        for part in keras.ops.split(x, 2, axis=1):\n            x = x + part\n"
            "        for i, part in enumerate(keras.ops.unstack(x, axis=1)):\n"
            "            x = x + i * part[:, None]\n        while self.n > 3:\n"
            "            self.n -= 1\n        return x\n",
            None,
        ),
        Example(
            "a list of inputs",
            _KERAS + "class Sum(keras.layers.Layer):\n    def call(self, inputs):\n"
            "        total = 0.0\n        for x in inputs:\n            total = total + x\n"
            "        return total\n",
            None,
        ),
        Example(
            "a loop of one's own around a model",
            "import tensorflow as tf\nimport keras\n\n\ndef generate(model, x):\n"
            "    for i in tf.range(3):\n        x = model(x)\n"
            "    while tf.reduce_sum(x) < 1.0:\n        x = model(x)\n    return x\n",
            None,
        ),
        Example(
            "a pipeline, where AutoGraph still runs",
            "import tensorflow as tf\n\n\ndef grow(x):\n    while tf.reduce_sum(x) < 1.0:\n"
            "        x = 2.0 * x\n    return x\n\n\n"
            "data = tf.data.Dataset.from_tensor_slices([1.0]).map(grow)\n",
            None,
        ),
    )


def _for(ctx: RuleContext, function: Function, node: ast.For, names: set[str]) -> Iterator[Finding]:
    over = ctx.tensors.of(node.iter)
    turns = ctx.tensors.of_item(node.iter)
    if over is Value.TENSOR:
        yield _loop(ctx, function, node, names, "A loop over a tensor", _SAME)
    elif over is Value.RANGE and turns is not None:
        yield _loop(ctx, function, node, names, "A loop over a range of tensors", _RANGE)
    elif over is Value.RANGE:
        what = "A loop over a tensor of numbers"
        yield _finding(ctx, function, node, what, lambda: unrolled(ctx, node), [], _UNROLLED)


def _loop(
    ctx: RuleContext,
    function: Function,
    node: ast.For | ast.While,
    names: set[str],
    what: str,
    caution: str,
) -> Finding:
    conditions = Conditions(ctx)
    loop = Loop(ctx, function, node, conditions, names)
    state = _STATE if may_keep_state(ctx, node.body) else ""
    return _finding(ctx, function, node, what, loop.edits, conditions.needs, f"{caution}{state}.")


def _finding(
    ctx: RuleContext,
    function: Function,
    node: ast.For | ast.While,
    what: str,
    edits: Callable[[], Iterable[Edit]],
    needs: Iterable[ImportNeed],
    caution: str,
) -> Finding:
    context = ctx.contexts.of_function(function)
    target = target_of(ctx, function)
    message = f"{what}: {NOTHING}"
    span = ctx.span(node.test if isinstance(node, ast.While) else node.iter)
    try:
        if context is Context.BOTH:
            raise NotUnderstood("a `tf.data` pipeline uses this function too")
        made = list(edits())  # which finds what is needed
    except NotUnderstood as reason:
        return manual(ctx, span, message, str(reason), target, context)
    change = fix(*made, needs=sorted(needs))
    return Finding(span, message, Safety.REVIEW, change, caution, target, context)
