"""KS112: TensorFlow function that does plain Python's work."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.module import Reference
from kerashift.engine.analysis.symbols import canonical
from kerashift.engine.model import Context, ImportNeed, Safety, Target
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, replace
from kerashift.engine.rules.hostfunctions import LOGGERS, python_function
from kerashift.engine.rules.respell import root_name

_FILE_CAUTION = "Keep TensorFlow's function if such a path may be gs:// or another remote place."
_LOG_CAUTION = "The text goes to Python's root logger now, no longer to TensorFlow's own."


class TfHostFunction(Rule):
    code = "KS112"
    name = "tf-host-function"
    target = Target.MULTI_BACKEND

    def import_statement(
        self, node: ast.Import | ast.ImportFrom, ctx: RuleContext
    ) -> Iterable[Finding]:
        if ctx.stays or not isinstance(node, ast.ImportFrom) or not ctx.uses_keras:
            return
        if _is_logging_import(node) and _takes_only_levels(ctx):
            message = f"`{ctx.text(node)}` becomes `import logging`"
            span = ctx.span(node)
            made = fix(replace(span, "import logging"))
            yield Finding(span, message, Safety.REVIEW, made, _LOG_CAUTION)

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        path = python_function(ref.symbol.name)
        if path is None or ctx.stays or not ctx.uses_keras:
            return
        context = ctx.context(root_name(ref.node))
        root = path.partition(".")[0]
        if context is not Context.MODEL or ref.scope.lookup(root) is not None:
            return
        span, is_file = ctx.span(ref.node), root != "logging"
        message = f"`{ctx.text(ref.node)}` becomes `{path}`"
        caution = _FILE_CAUTION if is_file else _LOG_CAUTION
        made = fix(replace(span, path), needs=[ImportNeed(root)])
        yield Finding(span, message, Safety.REVIEW, made, caution, context=context)

    examples = (
        Example(
            "a file of weights",
            "import keras\nimport tensorflow as tf\n\n\ndef build(weights):\n"
            "    x = keras.Input((3,))\n    model = keras.Model(x, keras.layers.Dense(2)(x))\n"
            "    if tf.io.gfile.exists(weights):\n        model.load_weights(weights)\n"
            "    return model\n\n\nresult = build('nowhere').count_params()\n",
            "import keras\nimport os\n\n\ndef build(weights):\n"
            "    x = keras.Input((3,))\n    model = keras.Model(x, keras.layers.Dense(2)(x))\n"
            "    if os.path.exists(weights):\n        model.load_weights(weights)\n"
            "    return model\n\n\nresult = build('nowhere').count_params()\n",
            compare="result",
        ),
        Example(
            "TensorFlow's private logger",
            "import keras\nfrom tensorflow.python.platform import tf_logging as logging\n\n"
            "logging.warning('%s layers', 3)\nmodel = keras.Sequential()\n",
            "import keras\nimport logging\n\n"
            "logging.warning('%s layers', 3)\nmodel = keras.Sequential()\n",
        ),
        Example(
            "a script's own files",
            "import keras\nimport tensorflow as tf\n\n"
            "if tf.io.gfile.exists('data'):\n    print(keras, 'found')\n",
            None,
        ),
        Example(
            "files in a pipeline",
            "import tensorflow as tf\n\n\ndef read(path):\n    return tf.io.read_file(path)\n\n\n"
            "d = tf.data.Dataset.list_files('*.png').map(read)\n",
            None,
        ),
        Example(
            "Python's logging",
            "import logging\nimport keras\n\nlogging.warning('%s', keras)\n",
            None,
        ),
        Example(
            "a logger with levels of its own",
            "import keras\nfrom tensorflow.python.platform import tf_logging as logging\n\n"
            "logging.vlog(1, 'built')\nmodel = keras.Sequential()\n",
            None,
        ),
    )


def _is_logging_import(node: ast.ImportFrom) -> bool:
    if len(node.names) != 1 or node.level:
        return False
    alias = node.names[0]
    symbol = canonical(f"{node.module}.{alias.name}")
    bound = alias.asname or alias.name
    return symbol is not None and symbol.name in LOGGERS and bound == "logging"


def _takes_only_levels(ctx: RuleContext) -> bool:
    names = [ref.symbol.name for ref in ctx.module.references]
    taken = [name for name in names if name.startswith(LOGGERS)]
    return all(python_function(name) for name in taken)
