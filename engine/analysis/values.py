"""What an expression holds, as far as `if`, `while` and `for` are concerned."""

from __future__ import annotations

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
