"""KS411: data in lists: batches of generators and sequences, and arguments of fit and predict."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kerashift.engine.analysis.callables import leaves
from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.analysis.module import Definition
from kerashift.engine.model import Edit, Fix, ImportNeed, Safety, Span
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, insert, replace
from kerashift.engine.rules.members import method
from kerashift.engine.rules.outputs import outputs_of
from kerashift.engine.rules.receivers import Sureness, is_model

_FITS = ("fit", "fit_generator")
_CALLS = {
    "fit": ("x", "y"),
    "evaluate": ("x", "y"),
    "predict": ("x",),
    "train_on_batch": ("x", "y"),
    "test_on_batch": ("x", "y"),
    "predict_on_batch": ("x",),
}
_LIST = "Keras 3 takes tuples for the parts of a batch: TensorFlow refuses lists here"
_TUPLE = "Keras 3 wants a tuple of inputs and targets from a generator, not a list"
_OLD = "import numpy as np\nfrom tensorflow import keras\n\n"
_NEW = "import numpy as np\nimport keras\n\n"
_TWO = (
    "a, b = keras.Input((2,)), keras.Input((2,))\n"
    "y = keras.layers.Dense(1, kernel_initializer='ones')(keras.layers.add([a, b]))\n"
    "model = keras.Model([a, b], y)\nmodel.compile('sgd', 'mse')\n"
)
_ONE = (
    "model = keras.Sequential([keras.layers.Dense(1, kernel_initializer='ones')])\n"
    "model.compile('sgd', 'mse')\n"
)
_GENERATOR = (
    "\n\ndef batches():\n    x, y = np.ones((2, 2)), np.ones((2, 1))\n    while True:\n"
    "        yield {}\n\n\n"
    "result = model.fit(batches(), steps_per_epoch=2, verbose=0).history['loss']\n"
)
_SEQUENCE = (
    "\n\nclass Batches(keras.utils.Sequence):\n    def __len__(self):\n        return 2\n\n"
    "    def __getitem__(self, i):\n        x = np.ones((2, 2))\n"
    "        return {}, np.ones((2, 1))\n\n\n"
    "result = model.fit(Batches(), shuffle=False, verbose=0).history['loss']\n"
)
_DICT = (
    "x = keras.Input((2,))\ny = keras.layers.Dense(1, kernel_initializer='ones', name='y')(x)\n"
    "model = keras.Model(x, y)\nmodel.compile('sgd', 'mse')\n"
    "result = model.fit(np.ones((2, 2)), {}, verbose=0).history['loss']\n"
)


class Batches(Rule):
    code = "KS411"
    name = "batches"
    reference_url = "https://keras.io/api/models/model_training_apis/#fit-method"

    def class_def(self, node: ast.ClassDef, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.stays or ctx.class_kind(node) is not Kind.SEQUENCE:
            return
        item = method(node, "__getitem__")
        if item is None:
            return
        for part in ast.walk(item):
            if isinstance(part, ast.Return) and isinstance(part.value, ast.Tuple | ast.List):
                yield from _parts(part.value, item, ctx)

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        func = node.func
        if ctx.stays or not isinstance(func, ast.Attribute):
            return
        if func.attr not in _CALLS and func.attr not in _FITS:
            return
        if is_model(ctx, func.value) < Sureness.LIKELY:
            return
        data = node.args[0] if node.args else None
        data = next((k.value for k in node.keywords if k.arg in ("x", "generator")), data)
        if isinstance(data, ast.Call):
            yield from _generator(data, ctx)
        yield from _arguments(node, func, ctx)

    examples = (
        Example(
            "a generator that yields lists",
            _OLD + _ONE + _GENERATOR.format("[x, y]"),
            _NEW + _ONE + _GENERATOR.format("(x, y)"),
            compare="result",
        ),
        Example(
            "inputs in a list",
            _OLD + _TWO + _GENERATOR.format("[x, x], y"),
            _NEW + _TWO + _GENERATOR.format("(x, x), y"),
            compare="result",
        ),
        Example(
            "batches with inputs in a list",
            _OLD + _TWO + _SEQUENCE.format("[x, x]"),
            _NEW + _TWO + _SEQUENCE.format("(x, x)"),
            compare="result",
        ),
        Example(
            "numbers in lists",
            _OLD + _ONE + "result = model.predict([[1.0, 2.0]], verbose=0)\n",
            _NEW + _ONE + "result = model.predict(np.array([[1.0, 2.0]]), verbose=0)\n",
            compare="result",
        ),
        Example(
            "targets by the name of the only output",
            _OLD + _DICT.format("{'y': np.ones((2, 1))}"),
            _NEW + _DICT.format("np.ones((2, 1))"),
            compare="result",
        ),
        Example(
            "inputs that the project puts into a list",
            "import keras\n\n\nclass Batches(keras.utils.Sequence):\n"
            "    def __getitem__(self, i):\n        x = []\n        x.append(self.a[i])\n"
            "        x.append(self.b[i])\n        return x, self.y[i]\n",
            "import keras\n\n\nclass Batches(keras.utils.Sequence):\n"
            "    def __getitem__(self, i):\n        x = []\n        x.append(self.a[i])\n"
            "        x.append(self.b[i])\n        return tuple(x), self.y[i]\n",
        ),
        Example(
            "texts in a list",
            "import keras\n\nmodel = keras.Sequential()\nmodel.predict(['a b'])\n",
            "import keras\n\nmodel = keras.Sequential()\nmodel.predict(['a b'])\n",
        ),
        Example(
            "several inputs of a model",
            "import keras\n\nmodel = keras.Sequential()\nmodel.predict([a, b])\n"
            "model.fit([a[0], b], [y])\n",
            None,
        ),
        Example(
            "tuples",
            "import keras\n\n\ndef batches():\n    while True:\n        yield (1, 2), 3\n\n\n"
            "model = keras.Sequential()\nmodel.fit(batches())\n",
            None,
        ),
        Example(
            "a generator for something else",
            "import keras\n\n\ndef pairs():\n    yield [1, 2], 3\n\n\nprint(list(pairs()))\n",
            None,
        ),
    )


def _generator(call: ast.Call, ctx: RuleContext) -> Iterator[Finding]:
    """What the project's generator function yields that is handed to `fit`."""
    found = ctx.module.resolve(call.func, ctx.module.tree.scopes.get(call))
    if not isinstance(found, Definition) or not isinstance(found.node, ast.FunctionDef):
        return
    if found.module is not ctx.module:
        return
    for part in ast.walk(found.node):
        if not isinstance(part, ast.Yield):
            continue
        if isinstance(part.value, ast.List) and len(part.value.elts) in (1, 2, 3):
            edit = _as_tuple(part.value, ctx)
            yield Finding(ctx.span(part.value), _TUPLE, Safety.SAFE, fix(*edit))
            yield from _parts(part.value, found.node, ctx)
        elif isinstance(part.value, ast.Tuple):
            yield from _parts(part.value, found.node, ctx)


def _parts(
    batch: ast.Tuple | ast.List, function: ast.FunctionDef, ctx: RuleContext
) -> Iterator[Finding]:
    """Lists among the inputs, targets and weights of a batch."""
    if len(batch.elts) not in (2, 3):
        return
    for part in batch.elts:
        if isinstance(part, ast.List) and len(part.elts) > 1 and not _has_numbers(part):
            change = fix(*_as_tuple(part, ctx))
            yield Finding(ctx.span(part), _LIST, Safety.SAFE, change)
        elif isinstance(part, ast.Name) and _is_list_of_parts(part, function):
            span = ctx.span(part)
            change = fix(insert(span.start, "tuple("), insert(span.end, ")"))
            yield Finding(span, _LIST, Safety.SAFE, change)


def _as_tuple(node: ast.List, ctx: RuleContext) -> tuple[Edit, ...]:
    span = ctx.span(node)
    text = ctx.text(node)
    closing = ")" if len(node.elts) > 1 or text[:-1].rstrip().endswith(",") else ",)"
    start, end = span.start, span.end
    return (
        replace(Span(start, start + 1), "("),
        replace(Span(end - 1, end), closing),
    )


def _has_numbers(node: ast.List) -> bool:
    return any(isinstance(leaf, ast.Constant) for leaf in leaves(node))


def _is_list_of_parts(name: ast.Name, function: ast.FunctionDef) -> bool:
    """Whether a name is a list that is filled by `append` outside of loops: an item each input."""
    made = loops = 0
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and any(_is(t, name.id) for t in node.targets):
            is_empty = isinstance(node.value, ast.List) and not node.value.elts
            made += 1 if is_empty else 10
        elif isinstance(node, ast.For | ast.While | ast.comprehension):
            loops += any(_appends(n, name.id) for n in ast.walk(node))
    return made == 1 and not loops and any(_appends(n, name.id) for n in ast.walk(function))


def _appends(node: ast.AST, name: str) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "append"
        and _is(node.func.value, name)
    )


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _arguments(node: ast.Call, func: ast.Attribute, ctx: RuleContext) -> Iterator[Finding]:
    """Numbers and texts in lists, and targets in a dictionary for the only output."""
    names = _CALLS.get(func.attr, ())
    given = dict(zip(names, node.args, strict=False))
    given |= {str(k.arg): k.value for k in node.keywords if k.arg in names}
    for name, value in given.items():
        constants = [leaf for leaf in leaves(value) if isinstance(value, ast.List | ast.Tuple)]
        if constants and all(_is_number(leaf) for leaf in constants):
            text, needs = _array(ctx)
            span = ctx.span(value)
            change = Fix((replace(span, f"{text}(", span, ")"),), needs)
            message = f"Keras 3 takes no lists of numbers for `{name}`: an array"
            yield Finding(span, message, Safety.SAFE, change)
        elif constants and all(_is_text(leaf) for leaf in constants):
            message = (
                f"Keras 3 takes no lists of texts for `{name}`: pass `tf.constant([…])` on "
                "TensorFlow, or turn texts into numbers in the data pipeline for other backends."
            )
            yield Finding(ctx.span(value), message, Safety.MANUAL)
        elif name == "y" and isinstance(value, ast.Dict) and len(value.values) == 1:
            yield from _single_target(value, func.value, ctx)


def _single_target(value: ast.Dict, model: ast.expr, ctx: RuleContext) -> Iterator[Finding]:
    key = value.keys[0]
    if key is None or outputs_of(ctx.module, model) not in (1, None):
        return
    span = ctx.span(value)
    message = (
        "Keras 3 takes a dictionary of targets only for a model with several outputs or a "
        "dictionary of outputs: the target alone"
    )
    change = fix(replace(span, ctx.span(value.values[0])))
    sure = outputs_of(ctx.module, model) == 1
    caution = "" if sure else "The model must have one output, which is not in a dictionary."
    safety = Safety.SAFE if sure else Safety.REVIEW
    yield Finding(span, message, safety, change, caution)


def _array(ctx: RuleContext) -> tuple[str, tuple[ImportNeed, ...]]:
    """`numpy.array` under the name that the module imports NumPy by."""
    for name, bindings in ctx.module.tree.scope.bindings.items():
        if len(bindings) == 1 and bindings[0].path == "numpy":
            return f"{name}.array", ()
    return ctx.spell("numpy.array")


def _is_number(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
