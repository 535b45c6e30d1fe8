"""KS310: state that is made too early, or without the base's __init__."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.model import Context, Fix, Safety, Span, Target
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, insert, replace
from kerashift.engine.rules.members import (
    attribute_of_self,
    base_init,
    indentation,
    inherits_method,
    method,
)

_STATEFUL = (Kind.LAYER, Kind.MODEL)
_HEAD = "from tensorflow import keras\n\n"
_NEW = "import keras\n\n"
_EARLY = (
    "class L(keras.layers.Layer):\n    def __init__(self, units):\n{}"
    "    def call(self, x):\n        return self.d(x)\n\n\n"
    "l = L(2)\nl(keras.Input((3,)))\nresult = len(l.weights)\n"
)
_MADE = "        self.d = keras.layers.Dense(units)\n"
_BASE = "        super().__init__()\n"
_DATA = (
    "import numpy as np\n{}"
    "class Batches(keras.utils.Sequence):\n    def __init__(self, n):\n{}"
    "        self.n = n\n\n    def __len__(self):\n        return self.n\n\n"
    "    def __getitem__(self, i):\n        return np.ones((2, 3)) * i, np.ones((2, 1))\n\n\n"
    "model = keras.Sequential([keras.layers.Dense(1, kernel_initializer='ones')])\n"
    "model.compile('sgd', 'mse')\n"
    "result = model.fit(Batches(2), shuffle=False, verbose=0).history\n"
)


class OrderOfInit(Rule):
    code = "KS310"
    name = "order-of-init"

    def class_def(self, node: ast.ClassDef, ctx: RuleContext) -> Iterable[Finding]:
        kind = None if ctx.stays else ctx.class_kind(node)
        init = method(node, "__init__")
        if kind is Kind.SEQUENCE and init is not None and not _calls_base(init):
            if not inherits_method(ctx.module, node, "workers"):
                yield from _without_base(node, init, ctx)
        elif kind in _STATEFUL and init is not None:
            yield from _too_early(init, ctx)

    examples = (
        Example(
            "a layer made before the base's __init__",
            _HEAD + _EARLY.format(_MADE + _BASE + "\n"),
            _NEW + _EARLY.format(_BASE + _MADE + "\n"),
            compare="result",
        ),
        Example(
            "batches without the base's __init__",
            _DATA.format(_HEAD, ""),
            _DATA.format(_NEW, _BASE),
            compare="result",
        ),
        Example(
            "the base takes what was made",
            _NEW + "class M(keras.Model):\n    def __init__(self):\n"
            "        x = keras.Input((3,))\n        self.d = keras.layers.Dense(2)\n"
            "        super().__init__(x, self.d(x))\n",
            _NEW + "class M(keras.Model):\n    def __init__(self):\n"
            "        x = keras.Input((3,))\n        self.d = keras.layers.Dense(2)\n"
            "        super().__init__(x, self.d(x))\n",
        ),
        Example(
            "numbers set before the base's __init__",
            _NEW + "class L(keras.layers.Layer):\n    def __init__(self, units):\n"
            "        self.units = units\n        super().__init__()\n",
            None,
        ),
        Example(
            "batches without an __init__",
            _NEW + "class Batches(keras.utils.Sequence):\n    def __len__(self):\n"
            "        return 3\n",
            None,
        ),
        Example(
            "a model that a callback makes",
            _NEW + "class C(keras.callbacks.Callback):\n    def on_epoch_end(self, e, logs=None):\n"
            "        self.d = keras.layers.Dense(2)\n",
            None,
        ),
    )


def _calls_base(init: ast.FunctionDef) -> bool:
    """Whether `__init__` mentions another `__init__` anywhere."""
    return any(isinstance(n, ast.Attribute) and n.attr == "__init__" for n in ast.walk(init))


def _without_base(
    owner: ast.ClassDef, init: ast.FunctionDef, ctx: RuleContext
) -> Iterator[Finding]:
    first = init.body[0]
    is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    if is_text and len(init.body) > 1:
        first = init.body[1]
    indent = indentation(ctx, first)
    start = ctx.span(init).start
    at = ctx.module.unit.code.index("__init__", start)
    span = Span(at, at + len("__init__"))
    message = "Keras 3 wants `super().__init__()` here: it warns, and other settings are missing"
    if indent is None or len(owner.bases) > 1:
        yield Finding(span, f"{message}.", Safety.MANUAL)
        return
    line = f"super().__init__(){ctx.module.unit.newline}{indent}"
    yield Finding(span, message, Safety.SAFE, fix(insert(ctx.span(first).start, line)))


def _too_early(init: ast.FunctionDef, ctx: RuleContext) -> Iterator[Finding]:
    """Layers that are set as attributes before the base's `__init__`."""
    base = base_init(init)
    early = [s for s in init.body if base is not None and s.lineno < base.lineno]
    made = [s for s in early if _sets_layer(s, ctx)]
    if base is None or not made:
        return
    message = "PyTorch takes no layer before `super().__init__()`"
    change = _move(base, made[0], early, ctx)
    target, context = Target.MULTI_BACKEND, Context.MODEL
    if change is None:
        text = f"{message}: keep it in a plain name until then, and set the attribute after it."
        yield Finding(ctx.span(made[0]), text, Safety.MANUAL, target=target, context=context)
        return
    yield Finding(
        ctx.span(base), f"{message}: call it first", Safety.SAFE, change, "", target, context
    )


def _sets_layer(statement: ast.stmt, ctx: RuleContext) -> bool:
    return (
        isinstance(statement, ast.Assign)
        and any(attribute_of_self(target) is not None for target in statement.targets)
        and ctx.kind(statement.value) in _STATEFUL
    )


def _move(base: ast.stmt, first: ast.stmt, early: list[ast.stmt], ctx: RuleContext) -> Fix | None:
    """The base's `__init__` before the first layer, if nothing between is needed by it."""
    between = early[early.index(first) :]
    set_here = {n.id for s in between for n in ast.walk(s) if isinstance(n, ast.Name) if _stores(n)}
    needs = {n.id for n in ast.walk(base) if isinstance(n, ast.Name)}
    uses_self = any(attribute_of_self(n) for n in ast.walk(base))
    changes = any(_changes(s, needs) for s in between)
    indent = indentation(ctx, base)
    if needs & set_here or uses_self or changes or indent is None:
        return None
    if indentation(ctx, first) != indent:
        return None
    text, span = ctx.module.unit.code, ctx.span(base)
    stop = text.find("\n", span.end)
    if stop < 0 or text[span.end : stop].strip():
        return None
    start = text.rfind("\n", 0, span.start) + 1
    line = f"{ctx.text(base)}{ctx.module.unit.newline}{indent}"
    return fix(insert(ctx.span(first).start, line), replace(Span(start, stop + 1)))


def _stores(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


def _changes(statement: ast.stmt, names: set[str]) -> bool:
    """Whether a statement calls a method of one of the names, as `kwargs.pop(…)`."""
    return any(
        isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id in names
        for n in ast.walk(statement)
        if not (isinstance(n, ast.Attribute) and attribute_of_self(n))
    )
