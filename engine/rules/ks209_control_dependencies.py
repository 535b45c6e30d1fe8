"""KS209: tf.control_dependencies around a block."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterable

from kerashift.engine.analysis.module import Reference
from kerashift.engine.model import Context, Edit, Safety, Span, Target
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, replace
from kerashift.engine.rules.members import indentation

_NAME = "tf.control_dependencies"
_HEAD = "import numpy as np\nimport tensorflow as tf\nfrom tensorflow import keras\n\n\n"
_KERAS = "import numpy as np\nimport keras\n\n\n"
_COUNT = (
    "class Count(keras.layers.Layer):\n    def build(self, shape):\n"
    "        self.n = self.add_weight(name='n', shape=(), initializer='zeros')\n\n"
    "    def call(self, x):\n"
)
_RESULT = (
    "\n\nlayer = Count()\n"
    "result = [layer(np.ones((1, 2), 'float32')), layer.get_weights()[0]]\n"
)


class ControlDependencies(Rule):
    code = "KS209"
    name = "control-dependencies"
    target = Target.MULTI_BACKEND

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        if ref.symbol.name not in (_NAME, "tf.compat.v1.control_dependencies") or ctx.is_keras3:
            return
        context = ctx.context(ref.call) if ref.call is not None else Context.HOST
        if context is not Context.MODEL:
            return
        assert ref.call is not None
        span = ctx.span(ref.call)
        old = ctx.text(ref.node)
        message = f"`{old}`: Keras 3 runs operations in the order of the code without it"
        edits = _unwrapped(ref.call, ctx)
        if edits is None:
            yield Finding(span, message, Safety.MANUAL, context=context)
        else:
            yield Finding(span, message, Safety.SAFE, fix(*edits), context=context)

    examples = (
        Example(
            "an update comes first",
            _HEAD + _COUNT + "        with tf.control_dependencies([self.n.assign_add(1.0)]):\n"
            "            # what follows\n            y = x + self.n\n            return 2.0 * y\n"
            + _RESULT,
            _KERAS + _COUNT + "        self.n.assign_add(1.0)\n"
            "        # what follows\n        y = x + self.n\n        return 2.0 * y\n" + _RESULT,
            compare="result",
        ),
        Example(
            "names only",
            _HEAD + _COUNT + "        done = self.n.assign(3.0)\n"
            "        with tf.control_dependencies([done]):\n"
            "            return x + self.n\n" + _RESULT,
            _KERAS + _COUNT + "        done = self.n.assign(3.0)\n"
            "        return x + self.n\n" + _RESULT,
            compare="result",
        ),
        Example(
            "a list that is not written out is reported",
            "import tensorflow as tf\nimport keras\n\n\ndef loss(y_true, y_pred):\n"
            "    with tf.control_dependencies(make(y_true)):\n        return y_pred\n",
            "import tensorflow as tf\nimport keras\n\n\ndef loss(y_true, y_pred):\n"
            "    with tf.control_dependencies(make(y_true)):\n        return y_pred\n",
        ),
        Example(
            "in a pipeline",
            "import tensorflow as tf\n\n\ndef check(x):\n"
            "    with tf.control_dependencies([x]):\n        return x + 1\n\n\n"
            "d = tf.data.Dataset.range(3).map(check)\n",
            None,
        ),
        Example(
            "another function of that name",
            "import keras\nfrom mine import control_dependencies\n\n\ndef loss(y_true, y_pred):\n"
            "    with control_dependencies([y_true]):\n        return y_pred\n",
            None,
        ),
    )


def _unwrapped(call: ast.Call, ctx: RuleContext) -> list[Edit] | None:
    """The edits that take the block out; None where it cannot be done by lines."""
    item = ctx.module.parent(call)
    block = ctx.module.parent(item) if isinstance(item, ast.withitem) else None
    if not isinstance(block, ast.With) or len(block.items) != 1 or len(call.args) != 1:
        return None
    listed, first = call.args[0], block.body[0]
    outer, inner = indentation(ctx, block), indentation(ctx, first)
    if not isinstance(listed, ast.List | ast.Tuple) or outer is None or inner is None:
        return None
    if first.lineno == block.lineno or not inner.startswith(outer) or _has_long_string(block):
        return None
    plain = (ast.Call, ast.Name, ast.Attribute, ast.Constant)
    if not all(isinstance(item, plain) for item in listed.elts):
        return None
    starts = ctx.module.unit.line_starts
    calls = [ctx.span(e) for e in listed.elts if isinstance(e, ast.Call)]
    header = Span(starts[block.lineno - 1], ctx.span(call).end)
    last = _line(ctx, ctx.module.unit.code.index(":", header.end))
    parts: list[str | Span] = []
    for span in calls:
        parts += [outer, span, ctx.module.unit.newline]
    edits = [Edit(Span(header.start, starts[last]), tuple(parts))]
    for line in range(last + 1, (block.end_lineno or block.lineno) + 1):
        start = starts[line - 1]
        if ctx.module.unit.code.startswith(inner, start):
            edits.append(replace(Span(start + len(outer), start + len(inner)), ""))
    return edits


def _line(ctx: RuleContext, offset: int) -> int:
    """The number of the line, from 1, that an offset is on."""
    return bisect_right(ctx.module.unit.line_starts, offset)


def _has_long_string(block: ast.With) -> bool:
    """Whether a text in it goes over several lines, whose white space counts."""
    return any(
        isinstance(part, ast.Constant | ast.JoinedStr)
        and part.end_lineno is not None
        and part.end_lineno > part.lineno
        for statement in block.body
        for part in ast.walk(statement)
    )
