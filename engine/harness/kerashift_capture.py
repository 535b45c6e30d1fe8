"""The first batch of whatever a project gives to `fit`, as arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from kerashift_nest import leaves, map_nest

MAX_ROWS = 32
Batch = tuple[Any, Any]


def first_batch(x: Any, y: Any, size: int | None) -> tuple[Batch | None, Any]:
    """The first (x, y), and `x` to be used from now on: a generator is put together again.

    The batch is `None` where the data are of a kind that cannot be looked into.
    """
    rows = min(size or MAX_ROWS, MAX_ROWS)
    if _is_arrays(x):
        return (_rows(x, rows), _rows(y, rows)), x
    if hasattr(x, "__next__"):
        first = next(x)
        return _split(first, rows), _again(first, x)
    if hasattr(x, "__getitem__") and hasattr(x, "__len__"):
        return _split(x[0], rows), x
    if hasattr(x, "__iter__"):
        return _split(next(iter(x)), rows), x
    return None, x


def _again(first: Any, rest: Iterator[Any]) -> Iterator[Any]:
    # A generator, since that is what Keras takes; not any iterator.
    yield first
    yield from rest


def _is_arrays(x: Any) -> bool:
    found = leaves(x)
    return bool(found) and all(
        hasattr(leaf, "to_numpy") or (hasattr(leaf, "shape") and hasattr(leaf, "dtype"))
        for leaf in found
    )


def _split(item: Any, rows: int) -> Batch:
    if isinstance(item, (list, tuple)) and 1 < len(item) <= 3:
        return _rows(item[0], rows), _rows(item[1], rows)
    if isinstance(item, (list, tuple)) and len(item) == 1:
        item = item[0]
    return _rows(item, rows), None


def _rows(nest: Any, rows: int) -> Any:
    return map_nest(lambda leaf: _array(leaf)[:rows], nest)


def _array(leaf: Any) -> np.ndarray:
    if hasattr(leaf, "detach"):
        leaf = leaf.detach().cpu()
    if hasattr(leaf, "to_numpy"):
        leaf = leaf.to_numpy()
    array = leaf.numpy() if hasattr(leaf, "numpy") else np.asarray(leaf)
    if array.dtype == object:
        array = array.astype(str)
    return array.astype("float32") if array.dtype == "float64" else array
