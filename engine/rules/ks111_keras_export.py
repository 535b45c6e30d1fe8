"""KS111: Decorator that notes down TensorFlow's own API."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.module import Reference
from kerashift.engine.model import Safety, Span, Target
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, replace

_MODULES = ("tf.python.util.tf_export.", "keras.src.api_export.", "keras.api_export.")
_NAMES = ("keras_export", "tf_export", "estimator_export")


class KerasExport(Rule):
    code = "KS111"
    name = "keras-export"
    target = Target.MULTI_BACKEND

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        call = ref.call
        if call is None or not _is_export(ref.symbol.name) or ctx.keeps_tf_keras:
            return
        owner = ctx.module.parent(call)
        if not isinstance(owner, ast.FunctionDef | ast.ClassDef):
            return
        if call not in owner.decorator_list:
            return
        span = _lines_of(call, owner, ctx)
        message = f"`@{ctx.text(ref.node)}(…)` only notes down the API of TensorFlow itself"
        yield Finding(ctx.span(call), message, Safety.SAFE, fix(replace(span)))

    examples = (
        Example(
            "a function of a copied file",
            "from tensorflow.python.util.tf_export import keras_export\n\n\n"
            '@keras_export("keras.scale")\ndef scale(x):\n    return 2 * x\n\n\n'
            "result = scale(3.0)\n",
            "def scale(x):\n    return 2 * x\n\n\nresult = scale(3.0)\n",
            compare="result",
        ),
        Example(
            "names over several lines, and another decorator",
            "import functools\nfrom tensorflow.python.util.tf_export import keras_export\n\n\n"
            '@keras_export(\n    "keras.scale",\n    "keras.layers.scale",\n)\n'
            "@functools.cache\ndef scale(x):\n    return 2 * x\n\n\nresult = scale(3.0)\n",
            "import functools\n\n\n"
            "@functools.cache\ndef scale(x):\n    return 2 * x\n\n\nresult = scale(3.0)\n",
            compare="result",
        ),
        Example(
            "a decorator of the project",
            "def keras_export(name):\n    return lambda f: f\n\n\n"
            '@keras_export("scale")\ndef scale(x):\n    return 2 * x\n',
            None,
        ),
        Example(
            "code of Keras 3",
            "from keras.src.api_export import keras_export\n\n\n"
            '@keras_export("keras.scale")\ndef scale(x):\n    return 2 * x\n',
            None,
        ),
        Example(
            "registration, which is needed",
            "import keras\n\n\n@keras.saving.register_keras_serializable()\n"
            "def scale(x):\n    return 2 * x\n",
            None,
        ),
    )


def _is_export(name: str) -> bool:
    return name.startswith(_MODULES) and name.rpartition(".")[2] in _NAMES


def _lines_of(call: ast.Call, owner: ast.FunctionDef | ast.ClassDef, ctx: RuleContext) -> Span:
    """From the `@` to the next decorator, or to the definition itself."""
    text = ctx.module.unit.text
    start = text.rfind("@", 0, ctx.span(call).start)
    later = [d for d in owner.decorator_list if d.lineno > (call.end_lineno or call.lineno)]
    if later:
        return Span(start, text.rfind("@", 0, ctx.span(later[0]).start))
    return Span(start, ctx.span(owner).start)
