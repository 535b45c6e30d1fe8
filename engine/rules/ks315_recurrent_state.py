"""KS315: states of recurrent layers: how they are handed in, given back, and made by cells."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.analysis.symbols import Symbol
from kerashift.engine.model import Context, ImportNeed, Safety, Span, Target
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, insert, replace
from kerashift.engine.rules.members import defines, lineage, method
from kerashift.engine.rules.recurrent import is_recurrent, list_findings, state_of_cell

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
_STACKED = (
    "cells = [keras.layers.GRUCell(2, kernel_initializer='ones', recurrent_initializer='ones')]\n"
    "cell = keras.layers.StackedRNNCells(cells)\nx = np.ones((3, 4), 'float32')\n"
    "y, state = cell(x, cell.get_initial_state({}))\n"
    "result = [keras.backend.is_keras_tensor(y), len(y), len(state)]\n"
)
_TWO = (
    "class Cell(keras.layers.Layer):\n    state_size = [2, 2]\n\n"
    "    def call(self, inputs, states):\n        new = inputs + states[0]\n"
    "        return new, {}\n\n\nresult = keras.layers.RNN(Cell())(np.ones((2, 3, 2), 'float32'))\n"
)
_JOINED = (
    "x, more = keras.Input((3, 4)), keras.Input((2,))\n"
    "lstm = keras.layers.LSTM(2, return_state=True, kernel_initializer='ones',\n"
    "                         recurrent_initializer='ones')\n"
    "parts = {}\nstates = parts[1:]\n"
    "model = keras.Model([x, more], [more] + states)\n"
    "result = model.predict([np.ones((1, 3, 4)), np.ones((1, 2))], verbose=0)\n"
)


class RecurrentState(Rule):
    code = "KS315"
    name = "recurrent-state"
    reference_url = "https://keras.io/guides/working_with_rnns/"

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.stays:
            return
        if is_recurrent(node.func, ctx):
            yield from _list_call(node, ctx)
        yield from _initial_state(node, ctx)

    def other(self, node: ast.AST, ctx: RuleContext) -> Iterable[Finding]:
        if isinstance(node, ast.Assign) and not ctx.stays:
            yield from list_findings(node, ctx)

    def class_def(self, node: ast.ClassDef, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.stays or ctx.class_kind(node) is not Kind.LAYER:
            return
        if not defines(ctx.module, node, "state_size"):
            return
        state = method(node, "get_initial_state")
        if state is not None and not _derives_from_cell(node, ctx):
            yield from _own_state(state, ctx)
        yield from _tuples_of_states(node, ctx)

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
            "states of stacked cells, from their inputs",
            _OLD + _STACKED.format("inputs=x, batch_size=None, dtype='float32'"),
            _NEW.replace("import keras\n", "import keras\nfrom keras import ops\n")
            + _STACKED.format("batch_size=ops.shape(x)[0]"),
            compare="result",
        ),
        Example(
            "a cell that gives its states in a tuple",
            _OLD + _TWO.format("(new, states[1])"),
            _NEW + _TWO.format("[new, states[1]]"),
            compare="result",
        ),
        Example(
            "states that are joined with a list",
            _OLD + _JOINED.format("lstm(x)"),
            _NEW + _JOINED.format("list(lstm(x))"),
            compare="result",
        ),
        Example(
            "states that are only read",
            "import keras\n\nx = keras.Input((3, 4))\n"
            "parts = keras.layers.LSTM(2, return_state=True)(x)\n"
            "y = keras.layers.LSTM(2)(x, initial_state=parts[1:])\n",
            None,
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
    made = state_of_cell(node, ctx)
    if made is None:
        return
    span, given = ctx.span(node), ctx.span(made.size)
    head = Span(ctx.span(node.func).end, span.end)
    needs: tuple[ImportNeed, ...] = ()
    if made.is_batch:
        edit = replace(head, "(batch_size=", given, ")")
    else:
        shape, needs = ctx.spell("keras.ops.shape")
        edit = replace(head, f"(batch_size={shape}(", given, ")[0])")
    message = "Cells of Keras 3 make their state from `batch_size` alone"
    caution = "States are of the cell's own dtype then."
    change = fix(edit, needs=needs)
    yield Finding(span, message, Safety.REVIEW, change, caution, context=Context.MODEL)


def _tuples_of_states(owner: ast.ClassDef, ctx: RuleContext) -> Iterator[Finding]:
    """`return output, (h, c)` of a cell: JAX wants the structure that it gave, a list."""
    call = method(owner, "call")
    if call is None or len(call.args.args) < 3 or call.args.args[2].arg != "states":
        return
    for node in ast.walk(call):
        given = node.value if isinstance(node, ast.Return) else None
        if not isinstance(given, ast.Tuple) or len(given.elts) != 2:
            continue
        states = given.elts[1]
        if not isinstance(states, ast.Tuple) or not states.elts:
            continue
        span = ctx.span(states)
        if ctx.module.unit.code[span.start] != "(":
            continue
        inside = Span(ctx.span(states.elts[0]).start, ctx.span(states.elts[-1]).end)
        message = "A cell gives its states in the structure that it got them in, a list"
        made = fix(replace(span, "[", inside, "]"))
        yield Finding(
            span, message, Safety.SAFE, made, target=Target.MULTI_BACKEND, context=Context.MODEL
        )


def _derives_from_cell(owner: ast.ClassDef, ctx: RuleContext) -> bool:
    return any(
        isinstance(f, Symbol) and f.name.endswith("Cell") for f in lineage(ctx.module, owner)
    )
