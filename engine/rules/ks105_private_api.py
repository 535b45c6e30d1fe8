"""KS105: Keras taken from a private place."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.module import Reference
from kerashift.engine.analysis.scopes import absolute_module
from kerashift.engine.analysis.symbols import Origin, Symbol, canonical
from kerashift.engine.model import Safety
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.import_lines import import_finding
from kerashift.engine.rules.respell import import_moves_it, imported, respell, root_name
from kerashift.engine.rules.vendored import copy_finding, leads_to_copy
from kerashift.engine.tables import api
from kerashift.engine.tables.moves import row_name
from kerashift.engine.tables.private import is_private, public_path

_GONE = (
    "is private and has no public path in Keras 3: copy what is needed of it, or write it with "
    "public names."
)


class PrivateApi(Rule):
    code = "KS105"
    name = "private-api"

    def import_statement(
        self, node: ast.Import | ast.ImportFrom, ctx: RuleContext
    ) -> Iterable[Finding]:
        if ctx.is_keras3:
            return
        copied = None if ctx.keeps_tf_keras else copy_finding(node, ctx)
        if copied is not None:
            yield copied
            return

        def place(symbol: Symbol) -> str | None:
            return None if _is_kept(symbol, ctx) else _place(symbol)

        found = import_finding(node, ctx, place)
        if found is not None:
            yield found
        for name in _without_public_path(node, ctx):
            yield Finding(ctx.span(node), f"`{name}` {_GONE}", Safety.MANUAL)

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        if not is_private(ref.symbol) or ctx.is_keras3 or _is_kept(ref.symbol, ctx):
            return
        if ref.symbol.name.startswith("keras.backend.") and ref.symbol.name.count(".") > 2:
            return  # functions of the backend have rules of their own
        target = public_path(ref.symbol.name)
        span, text = ctx.span(ref.node), ctx.text(ref.node)
        context = ctx.context(root_name(ref.node))
        if target is None:
            first = imported(ref, ctx)
            if first != ref.symbol and not (is_private(first) and _place(first) is None):
                message = f"`{text}` {_GONE}"
                yield Finding(span, message, Safety.MANUAL, context=context)
            return
        if api.is_module(target) or import_moves_it(ref, target, _place, ctx):
            return
        fix, new = respell(ref, target, ctx)
        message = f"`{text}` is private: `{new}` is public"
        row = row_name(ref.symbol.name)
        yield Finding(span, message, Safety.SAFE, fix, context=context, row=row)

    examples = (
        Example(
            "the private copy in TensorFlow",
            "from tensorflow.python.keras.layers import Dense\nresult = Dense(3).units\n",
            "from keras.layers import Dense\nresult = Dense(3).units\n",
            compare="result",
        ),
        Example(
            "module of the private copy",
            "from tensorflow.python.keras import layers\nresult = layers.Dense(3).units\n",
            "from keras import layers\nresult = layers.Dense(3).units\n",
            compare="result",
        ),
        Example(
            "the engine of Keras 2",
            "from keras.engine.topology import Layer, InputSpec\nprint(Layer, InputSpec)\n",
            "from keras.layers import Layer, InputSpec\nprint(Layer, InputSpec)\n",
        ),
        Example(
            "the engine, written out",
            "import keras\nlayer = keras.engine.Layer()\n",
            "import keras\nlayer = keras.layers.Layer()\n",
        ),
        Example(
            "the source tree",
            "from keras.src.engine.base_layer import Layer\n"
            "from keras.src.layers.core.dense import Dense\n"
            "print(Layer, Dense)\n",
            "from keras.layers import Layer\nfrom keras.layers import Dense\nprint(Layer, Dense)\n",
        ),
        Example(
            "no public path",
            "from tensorflow.python.keras.utils import tf_utils\n"
            "print(tf_utils.shape_type_conversion)\n",
            "from tensorflow.python.keras.utils import tf_utils\n"
            "print(tf_utils.shape_type_conversion)\n",
        ),
        Example(
            "other private parts of TensorFlow",
            "from tensorflow.python.framework import ops\nimport keras\nprint(ops, keras)\n",
            None,
        ),
        Example(
            "the source tree in code for Keras 3",
            "from keras.src import ops\nfrom keras.src.layers.layer import Layer\n"
            "print(ops, Layer)\n",
            None,
        ),
        Example(
            "the source tree of tf_keras, in code copied from there",
            "from tf_keras.src.engine import training\nfrom tf_keras.src.utils import data_utils\n"
            "print(training.Model, data_utils.get_file)\n",
            "import keras as training\nfrom keras import utils as data_utils\n"
            "print(training.Model, data_utils.get_file)\n",
        ),
        Example(
            "a private part of tf_keras in code that stays on it",
            "import tf_keras\nfrom tf_keras.src.engine.base_layer import Layer\n"
            "print(tf_keras, Layer)\n",
            None,
        ),
        Example("public names", "from keras.layers import Dense\nprint(Dense)\n", None),
    )


def _place(symbol: Symbol) -> str | None:
    return public_path(symbol.name) if is_private(symbol) else None


def _is_kept(symbol: Symbol, ctx: RuleContext) -> bool:
    """Whether a private path is no concern of this rule: the project stays on `tf_keras`, or has
    a copy of the file."""
    if symbol.origin is Origin.LEGACY and ctx.keeps_tf_keras:
        return True
    return leads_to_copy(symbol, ctx)


def _without_public_path(node: ast.Import | ast.ImportFrom, ctx: RuleContext) -> list[str]:
    """Private names that the statement imports and that have no public path."""
    if isinstance(node, ast.ImportFrom):
        base = "" if node.level else absolute_module(node, "")
        paths = [base if a.name == "*" else f"{base}.{a.name}" for a in node.names] if base else []
    else:
        paths = [a.name for a in node.names]
    found = []
    for path in paths:
        symbol = canonical(path)
        if symbol is None or not is_private(symbol) or public_path(symbol.name) is not None:
            continue
        if _is_kept(symbol, ctx):
            continue
        if symbol.origin is not Origin.LEGACY:
            found.append(path)
    return found
