"""Whether an expression surely is one symbolic tensor of a functional model being built."""

from __future__ import annotations

import ast

from kerashift.engine.analysis.module import Definition
from kerashift.engine.analysis.scopes import Binding
from kerashift.engine.analysis.scopes import Kind as BindingKind
from kerashift.engine.analysis.symbols import Symbol
from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.receivers import bindings_of

Known = dict[tuple[int, str], bool]
"""What is known of names so far; one that is being looked at counts as symbolic (`x = f(x)`)."""
_MOST_NAMES = 100
"""Names that are followed from one place, so that a deep model does not exhaust the stack."""
_SEVERAL = frozenset(
    {"LSTM", "GRU", "SimpleRNN", "RNN", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "Bidirectional"}
    | {"CuDNNLSTM", "CuDNNGRU", "MultiHeadAttention", "GroupQueryAttention", "Attention"}
    | {"AdditiveAttention", "Lambda", "TimeDistributed", "Layer", "Wrapper", "TFSMLayer"}
)
"""Layers that may give several tensors, in a list or tuple."""
_OF_NO_TENSORS = frozenset(
    {"ndim", "dtype", "is_keras_tensor", "is_tensor", "is_sparse", "is_float_dtype", "eval"}
    | {"standardize_dtype", "count_params", "get_value", "batch_get_value", "get_uid"}
    | {"is_placeholder", "is_variable", "serialize", "deserialize"}
)
"""Functions that tell something of a tensor in numbers and words of Python."""
_FUNCTIONS_OF_SEVERAL = frozenset(
    {"split", "unstack", "meshgrid", "top_k", "moments", "slogdet", "modf", "rnn", "nonzero"}
    | {"array_split", "eig", "eigh", "svd", "qr", "unravel_index", "int_shape", "shape"}
)


def is_symbolic(node: ast.expr, ctx: RuleContext, known: Known | None = None) -> bool:
    """Whether it is `keras.Input(…)`, or what a layer, function or operator makes of one.

    Layers of one's own and those that may give several tensors are left out.
    """
    known = {} if known is None else known
    if isinstance(node, ast.Name):
        return _is_symbolic_name(node, ctx, known)
    if isinstance(node, ast.Subscript):
        return is_symbolic(node.value, ctx, known)
    if isinstance(node, ast.BinOp):
        return any(is_symbolic(side, ctx, known) for side in (node.left, node.right))
    if not isinstance(node, ast.Call):
        return False
    symbol = ctx.module.symbol(node.func, ctx.module.tree.scopes.get(node))
    if symbol is not None:
        if symbol.is_keras and symbol.name.rpartition(".")[2] == "Input":
            return True
        is_one = _is_function(symbol)
    else:
        is_one = _is_layer_of_one(node.func, ctx)
    return is_one and any(_holds_symbolic(a, ctx, known) for a in node.args)


def _holds_symbolic(node: ast.expr, ctx: RuleContext, known: Known) -> bool:
    parts = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
    return any(is_symbolic(part, ctx, known) for part in parts)


def _is_symbolic_name(node: ast.Name, ctx: RuleContext, known: Known) -> bool:
    """Whether every value that the name is given is one, its parts unpacked from a display."""
    scope = ctx.module.tree.scopes.get(node)
    found = scope.lookup(node.id) if scope is not None else None
    if found is None:
        return False
    key = (id(found[0]), node.id)
    if key not in known:
        known[key] = len(known) < _MOST_NAMES
        if not known[key]:
            return False
        values = [_value(binding) for binding in found[1]]
        known[key] = bool(values) and all(
            value is not None and is_symbolic(value, ctx, known) for value in values
        )
    return known[key]


def _value(binding: Binding) -> ast.expr | None:
    if binding.kind is BindingKind.ASSIGN:
        return binding.value
    value = binding.value
    if binding.kind is not BindingKind.UNPACK or not isinstance(value, ast.Tuple | ast.List):
        return None
    starred = any(isinstance(item, ast.Starred) for item in value.elts)
    return value.elts[binding.index] if not starred and binding.index < len(value.elts) else None


def _is_function(symbol: Symbol) -> bool:
    path, _, last = symbol.name.rpartition(".")
    if last in _FUNCTIONS_OF_SEVERAL | _OF_NO_TENSORS or last[:1].isupper():
        return False
    return path.startswith(("keras.ops", "keras.backend", "keras.activations", "keras.layers"))


def _is_layer_of_one(func: ast.expr, ctx: RuleContext) -> bool:
    """Whether what is called is a layer of Keras that gives one tensor."""
    if isinstance(func, ast.Call):
        made = ctx.module.resolve(func.func, ctx.module.tree.scopes.get(func))
        return _is_one(made)
    if not isinstance(func, ast.Name):
        return False
    found = bindings_of(func.id, ctx.module.tree.scopes.get(func))
    return bool(found) and all(
        isinstance(b.value, ast.Call)
        and b.kind is BindingKind.ASSIGN
        and _is_one(ctx.module.resolve(b.value.func, ctx.module.tree.scopes.get(b.value)))
        for b in found
    )


def _is_one(made: Symbol | Definition | None) -> bool:
    if not isinstance(made, Symbol) or not made.name.startswith("keras.layers."):
        return False
    last = made.name.rpartition(".")[2]
    return last[:1].isupper() and last not in _SEVERAL
