"""The first batch of whatever a project gives to `fit`, as arrays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from kerashift_nest import leaves, map_nest

MAX_ROWS = 32


class Batch(NamedTuple):
    """What one step is given. A model with a step of its own may mean something else by it."""

    x: Any
    y: Any = None
    weights: Any = None

    @property
    def parts(self) -> tuple[Any, ...]:
        """All that is there, as `train_step` gets it."""
        return tuple(part for part in self if part is not None)


def first_batch(
    x: Any, y: Any, size: int | None, weights: Any = None
) -> tuple[Batch | None, Any]:
    """The first batch, and `x` to be used from now on: a generator is put together again.

    The batch is `None` where the data are of a kind that cannot be looked into.
    """
    rows = min(size or MAX_ROWS, MAX_ROWS)
    if _is_arrays(x):
        return Batch(_rows(x, rows), _rows(y, rows), _rows(weights, rows)), x
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
        return Batch(*(_rows(part, rows) for part in item))
    if isinstance(item, (list, tuple)) and len(item) == 1:
        item = item[0]
    return Batch(_rows(item, rows))


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


def inputs_of(framework: Any, model: Any, batch: Batch) -> Any:
    """What `call` takes of a batch; it builds the model. Raises what calling it on `x` raises.

    A step of the project's own may hand all to the model: three images, none of them a label.
    """
    try:
        framework.forward(model, batch.x)
    except Exception:
        if len(batch.parts) == 1 or not framework.has_own_step(model):
            raise
        try:
            framework.forward(model, batch.parts)
        except Exception:
            pass
        else:
            return batch.parts
        raise
    return batch.x
