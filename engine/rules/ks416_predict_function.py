"""KS416: functions of a model that are made by hand before it predicts."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.model import Context, Safety, Span
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, replace
from kerashift.engine.rules.members import indentation
from kerashift.engine.rules.receivers import Sureness, is_model

_MADE = ("_make_predict_function", "_make_train_function", "_make_test_function")


class PredictFunction(Rule):
    code = "KS416"
    name = "predict-function"
    reference_url = "https://keras.io/api/models/model_training_apis/"

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        func = node.func
        if not (isinstance(func, ast.Attribute) and func.attr in _MADE) or ctx.stays:
            return
        if node.args or node.keywords or is_model(ctx, func.value) < Sureness.UNKNOWN:
            return
        if isinstance(func.value, ast.Name) and func.value.id == "self":
            return
        if _is_own(func.attr, ctx):
            return
        span = ctx.span(node)
        message = f"Keras 3 makes its functions when they are needed: `{func.attr}` is gone"
        statement = ctx.module.parent(node)
        if not isinstance(statement, ast.Expr):
            yield Finding(span, f"{message}.", Safety.MANUAL, context=Context.MODEL)
            return
        made = fix(replace(_line(statement, ctx) or span, *_instead(statement, ctx)))
        yield Finding(span, message, Safety.SAFE, made, context=Context.MODEL)

    examples = (
        Example(
            "before predicting in a server",
            "from keras.models import load_model\n\nmodel = load_model('net.h5')\n"
            "model._make_predict_function()  # for threads\nprint(model.predict)\n",
            "from keras.models import load_model\n\nmodel = load_model('net.h5')\n"
            "print(model.predict)\n",
        ),
        Example(
            "the only statement of a block",
            "import keras\n\n\ndef warm(model: keras.Model):\n    model._make_predict_function()\n",
            "import keras\n\n\ndef warm(model: keras.Model):\n    pass\n",
        ),
        Example(
            "a method of one's own",
            "import keras\n\n\nclass Agent:\n    def _make_predict_function(self):\n"
            "        return keras.Model()\n\n    def run(self):\n"
            "        self._make_predict_function()\n",
            None,
        ),
        Example(
            "an object of a class that has the method",
            "import keras\n\n\nclass Agent:\n    def _make_predict_function(self):\n"
            "        self.model = keras.Model()\n\n\ndef start(agent):\n"
            "    agent._make_predict_function()\n",
            None,
        ),
    )


def _is_own(name: str, ctx: RuleContext) -> bool:
    """Whether a class of the project may be meant, which has a method of that name."""
    return any(f"def {name}(" in m.unit.text for m in ctx.module.index.by_path.values())


def _is_alone(statement: ast.Expr, ctx: RuleContext) -> bool:
    parent = ctx.module.parent(statement)
    blocks = [getattr(parent, name, None) for name in ("body", "orelse", "finalbody", "handlers")]
    return any(isinstance(b, list) and statement in b and len(b) == 1 for b in blocks)


def _line(statement: ast.Expr, ctx: RuleContext) -> Span | None:
    """The whole line of a statement that can go; None where it must be replaced."""
    code, span = ctx.module.unit.code, ctx.span(statement)
    indent = indentation(ctx, statement)
    end = code.find("\n", span.end)
    rest = code[span.end : end if end >= 0 else len(code)].strip()
    if indent is None or _is_alone(statement, ctx) or end < 0 or rest[:1] not in ("", "#"):
        return None
    return Span(span.start - len(indent), end + 1)


def _instead(statement: ast.Expr, ctx: RuleContext) -> tuple[str, ...]:
    return () if _line(statement, ctx) is not None else ("pass",)
