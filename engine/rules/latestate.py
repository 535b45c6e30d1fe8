"""State that a layer or model makes while it is called: where, and in which form."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.analysis.module import Definition
from kerashift.engine.analysis.symbols import Symbol
from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.expressions import is_none
from kerashift.engine.rules.members import (
    attribute_of_self,
    creates_state,
    method,
    methods,
    self_calls,
)

STATEFUL = (Kind.LAYER, Kind.MODEL)
_RANDOM = ("Dropout", "AlphaDropout", "Gaussian", "Random", "SpatialDropout")
_WEIGHTED = frozenset(
    {
        "AdditiveAttention",
        "BatchNormalization",
        "Bidirectional",
        "Dense",
        "EinsumDense",
        "Embedding",
        "GRU",
        "GRUCell",
        "GroupNormalization",
        "LSTM",
        "LSTMCell",
        "LayerNormalization",
        "MultiHeadAttention",
        "PReLU",
        "RNN",
        "SimpleRNN",
        "SimpleRNNCell",
        "SpectralNormalization",
        "TimeDistributed",
    }
)
_CONVOLUTIONS = ("Conv", "SeparableConv", "DepthwiseConv")
_ADDERS = ("add_weight", "add_variable")
_VARIABLES = ("tf.Variable", "keras.Variable", "keras.backend.variable")


@dataclass(frozen=True, slots=True)
class Late:
    """State made in `where`: by the statements of a guard, by one statement, or by a call inline.

    `guard` is the `if` that keeps it from being made twice; `made` the call that makes a layer
    where it is used. Of the three, one is set, or only `statement`.
    """

    where: ast.FunctionDef
    guard: ast.If | None = None
    statement: ast.Assign | None = None
    made: ast.Call | None = None

    @property
    def node(self) -> ast.AST:
        """What is pointed at."""
        if self.guard is not None:
            return next(s for s in self.guard.body if isinstance(s, ast.Assign))
        found = self.statement or self.made
        assert found is not None
        return found


def late_state(ctx: RuleContext, owner: ast.ClassDef) -> list[Late]:
    """All state of a class that is made in `call` or in what `call` calls."""
    found: list[Late] = []
    for item in methods(owner):
        if not creates_state(owner, item.name) and _runs_in_call(owner, item.name):
            found += _of_method(ctx, item)
    return found


def _runs_in_call(owner: ast.ClassDef, name: str) -> bool:
    return name == "call" or (method(owner, "call") is not None and "call" in _callers(owner, name))


def _callers(owner: ast.ClassDef, name: str) -> set[str]:
    """The methods by which a method is reached."""
    reached: set[str] = set()
    pending = [name]
    while pending:
        new = self_calls(owner, pending.pop()) - reached
        reached |= new
        pending += new
    return reached


def _of_method(ctx: RuleContext, where: ast.FunctionDef) -> Iterator[Late]:
    taken: set[ast.AST] = set()
    nodes = list(ast.walk(where))
    for node in nodes:
        if isinstance(node, ast.If) and _is_guard(ctx, node):
            taken |= set(ast.walk(node))
            yield Late(where, guard=node)
    for node in nodes:
        if isinstance(node, ast.Assign) and node not in taken and _keeps(ctx, node):
            taken |= set(ast.walk(node))
            yield Late(where, statement=node)
    for node in nodes:  # from outside in: `TimeDistributed(Dense(2))` is one layer
        if isinstance(node, ast.Call) and node not in taken and _makes_layer(ctx, node):
            taken |= set(ast.walk(node))
            yield Late(where, made=node)


def _is_guard(ctx: RuleContext, node: ast.If) -> bool:
    """`if self.x is None:`, `if not hasattr(self, "x"):` or `if not self.made:`, and its making."""
    name = _guarded(node.test)
    if name is None:
        return False
    assigned = [s for s in node.body if isinstance(s, ast.Assign)]
    stored = {attribute_of_self(t) for s in assigned for t in s.targets}
    return name in stored and any(_keeps(ctx, s) for s in assigned)


def _guarded(test: ast.expr) -> str | None:
    """The attribute whose absence a test asks for."""
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        is_absent = isinstance(test.ops[0], ast.Is | ast.Eq) and is_none(test.comparators[0])
        return attribute_of_self(test.left) if is_absent else None
    if not (isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)):
        return None
    asked = test.operand
    if isinstance(asked, ast.Call) and isinstance(asked.func, ast.Name):
        is_asked = asked.func.id == "hasattr" and len(asked.args) == 2
        second = asked.args[1] if is_asked else None
        return str(second.value) if isinstance(second, ast.Constant) else None
    return attribute_of_self(asked)


def _keeps(ctx: RuleContext, node: ast.Assign) -> bool:
    """Whether a statement sets an attribute to a weight, a layer, or a list of them."""
    if not any(attribute_of_self(target) is not None for target in node.targets):
        return False
    value = node.value
    if isinstance(value, ast.List | ast.Tuple):
        return any(_makes_state(ctx, item) for item in value.elts)
    if isinstance(value, ast.ListComp):
        return _makes_state(ctx, value.elt)
    return _makes_state(ctx, value)


def _makes_state(ctx: RuleContext, value: ast.expr) -> bool:
    if not isinstance(value, ast.Call):
        return False
    if attribute_of_self(value.func) in _ADDERS:
        return True
    symbol = ctx.module.symbol(value.func)
    if symbol is not None and symbol.name in _VARIABLES:
        return True
    return ctx.kind(value) in STATEFUL


def _makes_layer(ctx: RuleContext, node: ast.Call) -> bool:
    """Whether a call makes a layer that keeps weights or a seed."""
    found = ctx.module.resolve(node.func, ctx.module.tree.scopes.get(node))
    if isinstance(found, Symbol):
        return is_random(found.name) or _is_weighted(found.name)
    return (
        isinstance(found, Definition)
        and isinstance(found.node, ast.ClassDef)
        and ctx.kind(node) in STATEFUL
        and _has_state(found.node)
    )


def makes_weighted(ctx: RuleContext, node: ast.expr) -> bool:
    """Whether an expression makes a layer with weights, or several of them."""
    for part in ast.walk(node):
        if not isinstance(part, ast.Call) or not _makes_layer(ctx, part):
            continue
        symbol = ctx.module.symbol(part.func)
        if symbol is None or not is_random(symbol.name):
            return True
    return False


def _has_state(owner: ast.ClassDef) -> bool:
    """Whether a layer of the project keeps weights or layers, as far as its class shows."""
    for node in ast.walk(owner):
        if isinstance(node, ast.Call):
            if attribute_of_self(node.func) in _ADDERS:
                return True
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            name = node.func.id if isinstance(node.func, ast.Name) else name
            if name in _WEIGHTED or name.startswith((*_RANDOM, *_CONVOLUTIONS)):
                return True
    return False


def is_variable(ctx: RuleContext, late: Late) -> bool:
    """Whether it is a variable, and no weight or layer."""
    value = getattr(late.node, "value", None)
    symbol = ctx.module.symbol(value.func) if isinstance(value, ast.Call) else None
    return symbol is not None and symbol.name in _VARIABLES


def is_random(name: str) -> bool:
    """Whether a Keras class draws random numbers, by its path."""
    return _is_layer(name) and name.rpartition(".")[2].startswith(_RANDOM)


def _is_weighted(name: str) -> bool:
    last = name.rpartition(".")[2]
    return _is_layer(name) and (last in _WEIGHTED or last.startswith(_CONVOLUTIONS))


def _is_layer(name: str) -> bool:
    return name.startswith("keras.layers.")
