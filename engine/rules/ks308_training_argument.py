"""KS308: A call() whose training has no default."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.model import Context, Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, insert
from kerashift.engine.rules.members import method

_MESSAGE = "Keras 3 does not fill in `training`: it needs a default"
_BY_HAND = f"{_MESSAGE}. Put it after the parameters without one, as `training=None`."
_CODE = (
    "import keras\n\nclass L(keras.layers.Layer):\n    def call(self, x, {}):\n"
    "        return x if training else x + 1.0\n\n"
    "result = L()(keras.utils.normalize([[3.0, 4.0]]))\n"
)


class TrainingArgument(Rule):
    code = "KS308"
    name = "training-argument"
    reference_url = "https://keras.io/api/layers/base_layer/#call-method"

    def class_def(self, node: ast.ClassDef, ctx: RuleContext) -> Iterable[Finding]:
        call = method(node, "call")
        if call is None or ctx.is_keras3 or ctx.class_kind(node) not in (Kind.LAYER, Kind.MODEL):
            return
        required = call.args.args[: len(call.args.args) - len(call.args.defaults)]
        index = next((i for i, a in enumerate(required) if a.arg == "training"), None)
        parameter = required[index] if index is not None else _keyword_only(call)
        if parameter is None:
            return
        span = ctx.span(parameter)
        if index is not None and index + 1 < len(required):
            yield Finding(span, _BY_HAND, Safety.MANUAL, context=Context.MODEL)
            return
        default = " = None" if parameter.annotation is not None else "=None"
        edit = insert(span.end, default)
        yield Finding(span, _MESSAGE, Safety.SAFE, fix(edit), context=Context.MODEL)

    examples = (
        Example(
            "the last parameter",
            _CODE.format("training"),
            _CODE.format("training=None"),
            compare="result",
        ),
        Example(
            "with an annotation, before others that have a default",
            _CODE.format("training: bool, scale=1.0"),
            _CODE.format("training: bool = None, scale=1.0"),
            compare="result",
        ),
        Example(
            "by keyword only",
            _CODE.format("*, training"),
            _CODE.format("*, training=None"),
            compare="result",
        ),
        Example(
            "before another that has no default",
            _CODE.format("training, scale"),
            _CODE.format("training, scale"),
        ),
        Example("with a default", _CODE.format("training=False"), None),
        Example(
            "a method of another class",
            "import keras\n\nclass Step:\n    def call(self, x, training):\n        return x\n",
            None,
        ),
    )


def _keyword_only(call: ast.FunctionDef) -> ast.arg | None:
    """`training` after `*`, if it has no default."""
    pairs = zip(call.args.kwonlyargs, call.args.kw_defaults, strict=True)
    return next((a for a, default in pairs if a.arg == "training" and default is None), None)
