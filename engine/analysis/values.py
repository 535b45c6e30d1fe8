"""What an expression holds, as far as `if`, `while` and `for` are concerned."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from enum import Enum, auto


class Value(Enum):
    """A tensor, or something that is made of tensors."""

    TENSOR = auto()
    SOME = auto()
    """A tensor or a structure of tensors: no list in a comparison, but perhaps one in a loop."""
    SHAPE = auto()
    """What `tf.shape` gives: a tensor in Keras 2, a tuple in Keras 3."""
    SIZE = auto()
    """The size of the batch, or one that may be: with TensorFlow a tensor in compiled code."""
    RANGE = auto()
    """`tf.range(…)`."""
    ARRAY = auto()
    """A `tf.TensorArray`."""
    OWN = auto()
    """The name that is being looked at: `x = x + 1` says nothing new of `x`."""


def combined(parts: Iterable[tuple[Value | None, ast.expr | None]]) -> Value | None:
    """The value of a name by those of all that it may hold; numbers beside tensors do not count."""
    found = set()
    may_be_none = False
    for value, node in parts:
        if value is not None:
            found.add(value)
        elif node is not None and _is_none(node):
            may_be_none = True
        elif not _is_number(node):
            return None
    if may_be_none and found & {Value.TENSOR, Value.SOME}:
        found.add(Value.SOME)
    if len(found) > 1:
        found.discard(Value.OWN)
    if len(found) == 1:
        return found.pop()
    return Value.SOME if found and found <= {Value.SOME, Value.TENSOR} else None


def argument(call: ast.Call, names: Sequence[str], name: str) -> ast.expr | None:
    """What a call gives for a parameter; None where that is its default or is not written out."""
    if any(isinstance(a, ast.Starred) for a in call.args) or name not in names:
        return None
    place = names.index(name)
    if place < len(call.args):
        return call.args[place]
    return next((k.value for k in call.keywords if k.arg == name), None)


def is_text_or_none(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, str))
    )


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_number(node: ast.expr | None) -> bool:
    if isinstance(node, ast.UnaryOp):
        return _is_number(node.operand)
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)
