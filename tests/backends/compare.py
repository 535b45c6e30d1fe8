"""Whether two outcomes are the same: structure, shapes, kinds of numbers, values."""

from __future__ import annotations

from typing import Any

import numpy as np

RELATIVE, ABSOLUTE = 2e-4, 2e-5
"""Room for the rounding of float32 in another order of operations."""
GRADIENT_RELATIVE, GRADIENT_ABSOLUTE = 2e-3, 1e-4

_INTEGERS = "iu"


def difference(old: Any, new: Any, relative: float, absolute: float, where: str = "") -> str:
    """Empty if `new` is `old`, else what differs first, in words."""
    if isinstance(old, str | None) or isinstance(new, str | None):
        same = type(old) is type(new) and old == new
        return "" if same else f"{where}: {_said(old)} became {_said(new)}"
    if isinstance(old, dict) or isinstance(new, dict):
        if not (isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys()):
            return f"{where}: {_said(old)} became {_said(new)}"
        pairs = [(old[key], new[key], f"{where}[{key}]") for key in old]
        return _first(pairs, relative, absolute)
    nested = isinstance(old, tuple), isinstance(new, tuple)
    if all(nested) and len(old) == len(new):
        pairs = [(a, b, f"{where}[{n}]") for n, (a, b) in enumerate(zip(old, new, strict=True))]
        return _first(pairs, relative, absolute)
    if any(nested) and not _is_vector(old, new):
        return f"{where}: {_said(old)} became {_said(new)}"
    return _of_arrays(np.asarray(old), np.asarray(new), relative, absolute, where)


def distance(old: Any, new: Any) -> float:
    """The largest difference of any two numbers of structures that are the same otherwise."""
    if isinstance(old, dict):
        return max((distance(old[key], new[key]) for key in old), default=0.0)
    if isinstance(old, tuple) and isinstance(new, tuple):
        return max((distance(a, b) for a, b in zip(old, new, strict=True)), default=0.0)
    arrays = np.asarray(old), np.asarray(new)
    if any(array.dtype.kind not in "fciub" or not array.size for array in arrays):
        return 0.0
    one, other = (array.astype("complex128") for array in arrays)
    with np.errstate(all="ignore"):
        apart = np.abs(other - one)
    finite = apart[np.isfinite(apart)]
    return float(finite.max()) if finite.size else 0.0


def _first(pairs: list[tuple[Any, Any, str]], relative: float, absolute: float) -> str:
    found = (difference(a, b, relative, absolute, where) for a, b, where in pairs)
    return next((text for text in found if text), "")


def _is_vector(old: Any, new: Any) -> bool:
    """A shape may be a vector on one side and a tuple of numbers on the other."""
    return all(
        not isinstance(part, tuple) or all(np.ndim(item) == 0 for item in part)
        for part in (old, new)
    )


def _of_arrays(
    old: np.ndarray, new: np.ndarray, relative: float, absolute: float, where: str
) -> str:
    if old.shape != new.shape:
        return f"{where}: shape {old.shape} became {new.shape}"
    if _kind(old) != _kind(new):
        return f"{where}: {old.dtype} became {new.dtype}"
    if old.dtype.kind not in "fciub":
        return "" if np.array_equal(old, new) else f"{where}: {old!r} became {new!r}"
    if np.allclose(new, old, rtol=relative, atol=absolute, equal_nan=True):
        return ""
    with np.errstate(all="ignore"):
        apart = np.nanmax(np.abs(np.asarray(new, "complex128") - np.asarray(old, "complex128")))
    return f"{where}: values {apart:.3g} apart: {_said(old)} became {_said(new)}"


def _kind(array: np.ndarray) -> str:
    kind = array.dtype.kind
    return "i" if kind in _INTEGERS else kind


def shape_difference(value: Any, described: Any, where: str = "") -> str:
    """Empty if the symbolic result announces the shape and kind of the value, else what differs."""
    if isinstance(described, str):
        return "" if described == value else described
    if isinstance(described, dict) and described.keys() == {"shape", "dtype"}:
        array, shape = np.asarray(value), described["shape"]
        fits = len(shape) == array.ndim and all(
            n is None or n == m for n, m in zip(shape, array.shape, strict=False)
        )
        if not fits:
            return f"{where}: shape {array.shape} was announced as {shape}"
        if _kind(array) != _kind(np.empty(0, described["dtype"])):
            return f"{where}: {array.dtype} was announced as {described['dtype']}"
        return ""
    if isinstance(described, tuple) and isinstance(value, tuple):
        if len(described) != len(value):
            return f"{where}: {len(value)} parts were announced as {len(described)}"
        for number, (item, announced) in enumerate(zip(value, described, strict=True)):
            text = shape_difference(item, announced, f"{where}[{number}]")
            if text:
                return text
    return ""


def _said(value: Any) -> str:
    return " ".join(repr(value).split())[:200]
