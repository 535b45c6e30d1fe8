"""KS315: states of recurrent layers: how they are handed in, given back, and made by cells."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.analysis.symbols import Symbol
from kerashift.engine.model import Context, Safety, Span
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, insert, replace
from kerashift.engine.rules.members import lineage, method, uses_of_self
from kerashift.engine.rules.receivers import made_by

_LAYERS = {
    f"keras.layers.{name}"
    for name in ("LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D")
}
_OLD = "import numpy as np\nfrom tensorflow import keras\n\n"
_NEW = "import numpy as np\nimport keras\n\n"
_CALL = (
    "x, h, c = keras.Input((3, 4)), keras.Input((2,)), keras.Input((2,))\n"
    "lstm = keras.layers.LSTM(2, kernel_initializer='ones', recurrent_initializer='ones')\n"
    "y = lstm({})\nmodel = keras.Model([x, h, c], y)\n"
    "data = [np.ones((1, 3, 4)), np.ones((1, 2)), np.ones((1, 2))]\n"
    "result = model.predict(data, verbose=0)\n"
)
_CELL = (
    "class Cell(keras.layers.Layer):\n    def __init__(self):\n        super().__init__()\n"
    "        self.state_size = 2\n\n    def get_initial_state({}):\n"
    "        return [np.zeros((batch_size, 2), 'float32')]\n\n"
    "    def call(self, x, states):\n        return x[:, :2] + states[0], [x[:, :2] + states[0]]\n"
    "\n\nresult = keras.layers.RNN(Cell())(np.ones((2, 3, 4), 'float32'))\n"
)


class RecurrentState(Rule):
    code = "KS315"
    name = "recurrent-state"
    reference_url = "https://keras.io/guides/working_with_rnns/"

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.stays:
            return
        if _is_recurrent(node.func, ctx):
            yield from _list_call(node, ctx)
        func = node.func
        if isinstance(func, ast.Attribute) and func.attr == "get_initial_state":
            made = made_by(ctx, func.value)
            if made is not None and made.name.endswith("Cell") and made.is_keras:
                yield from _initial_state(node, ctx)

    def class_def(self, node: ast.ClassDef, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.stays or ctx.class_kind(node) is not Kind.LAYER:
            return
        if "state_size" not in uses_of_self(node) and method(node, "state_size") is None:
            return
        state = method(node, "get_initial_state")
        if state is not None and not _derives_from_cell(node, ctx):
            yield from _own_state(state, ctx)

    examples = (
        Example(
            "states in one list with the sequence",
            _OLD + _CALL.format("[x, h, c]"),
            _NEW + _CALL.format("x, initial_state=[h, c]"),
            compare="result",
        ),
        Example(
            "a cell whose state asks for inputs",
            _OLD + _CELL.format("self, inputs, batch_size, dtype"),
            _NEW + _CELL.format("self, inputs=None, batch_size=None, dtype=None"),
            compare="result",
        ),
        Example(
            "states of a cell of Keras",
            "import keras\n\ncell = keras.layers.LSTMCell(4)\n"
            "cell.get_initial_state(inputs=None, batch_size=8, dtype='float32')\n",
            "import keras\n\ncell = keras.layers.LSTMCell(4)\n"
            "cell.get_initial_state(batch_size=8)\n",
        ),
        Example(
            "states by their keyword",
            _NEW + _CALL.format("x, initial_state=[h, c]"),
            None,
        ),
        Example(
            "a list for another layer",
            "import keras\n\na, b = keras.Input((2,)), keras.Input((2,))\n"
            "keras.layers.Add()([a, b])\n",
            None,
        ),
        Example(
            "a cell that needs the batch alone",
            _NEW + _CELL.format("self, batch_size=None"),
            None,
        ),
        Example(
            "a size of something else",
            "import keras\n\n\nclass Agent:\n    def __init__(self):\n"
            "        self.state_size = 4\n\n    def get_initial_state(self, a, b, c):\n"
            "        return a\n",
            None,
        ),
    )


def _is_recurrent(node: ast.expr, ctx: RuleContext) -> bool:
    if isinstance(node, ast.Call):
        symbol = ctx.module.symbol(node.func, ctx.module.tree.scopes.get(node))
    elif isinstance(node, ast.Name | ast.Attribute):
        symbol = made_by(ctx, node)
    else:
        return False
    return symbol is not None and symbol.name in _LAYERS


def _list_call(node: ast.Call, ctx: RuleContext) -> Iterator[Finding]:
    """`lstm([x, h, c])`."""
    if len(node.args) != 1 or not isinstance(node.args[0], ast.List):
        return
    given = node.args[0]
    if any(k.arg == "initial_state" for k in node.keywords) or len(given.elts) < 2:
        return
    if any(isinstance(e, ast.Starred) for e in given.elts):
        return
    span, first = ctx.span(given), ctx.span(given.elts[0])
    states = Span(ctx.span(given.elts[1]).start, ctx.span(given.elts[-1]).end)
    edit = replace(span, first, ", initial_state=[", states, "]")
    message = "Keras 3 takes the states of a recurrent layer as `initial_state`"
    yield Finding(span, message, Safety.SAFE, fix(edit), context=Context.MODEL)


def _own_state(state: ast.FunctionDef, ctx: RuleContext) -> Iterator[Finding]:
    """`def get_initial_state(self, inputs, batch_size, dtype)`: Keras 3 gives `batch_size`."""
    arguments = state.args
    given = arguments.args[1:]
    needed = given[: len(given) - len(arguments.defaults)]
    missing = [a for a in needed if a.arg != "batch_size"]
    if not missing or arguments.posonlyargs:
        return
    edits = [insert(ctx.span(a).end, "=None") for a in needed]
    names = ", ".join(f"`{a.arg}`" for a in missing)
    message = f"Keras 3 calls `get_initial_state(batch_size=…)`: {names} get a default"
    uses = {n.id for n in ast.walk(state) if isinstance(n, ast.Name)}
    span = ctx.span(state.args.args[0])
    if any(a.arg in uses for a in missing):
        text = f"{message.partition(':')[0]}: do without {names}."
        yield Finding(span, text, Safety.MANUAL, context=Context.MODEL)
        return
    yield Finding(span, message, Safety.SAFE, fix(*edits), context=Context.MODEL)


def _initial_state(node: ast.Call, ctx: RuleContext) -> Iterator[Finding]:
    """`cell.get_initial_state(inputs, batch_size, dtype)` of a cell of Keras."""
    batch = next((k.value for k in node.keywords if k.arg == "batch_size"), None)
    old = [k.arg for k in node.keywords if k.arg in ("inputs", "dtype")]
    if not old and len(node.args) < 2:
        return
    span = ctx.span(node)
    message = "Cells of Keras 3 make their state from `batch_size` alone"
    if batch is None or node.args or (isinstance(batch, ast.Constant) and batch.value is None):
        yield Finding(span, f"{message}: `get_initial_state(batch_size=…)`.", Safety.MANUAL)
        return
    head = Span(ctx.span(node.func).end, span.end)
    edit = replace(head, "(batch_size=", ctx.span(batch), ")")
    caution = "States are of the cell's own dtype then."
    yield Finding(span, message, Safety.REVIEW, fix(edit), caution, context=Context.MODEL)


def _derives_from_cell(owner: ast.ClassDef, ctx: RuleContext) -> bool:
    return any(
        isinstance(f, Symbol) and f.name.endswith("Cell") for f in lineage(ctx.module, owner)
    )
