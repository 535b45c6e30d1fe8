"""The fixed arguments that cases are written with, by the name that a case uses.

Stand-alone: the child processes of every side import it too.
"""

from __future__ import annotations

import numpy as np

_RNG = np.random.default_rng(7)


def _normal(*shape: int) -> np.ndarray:
    return _RNG.normal(size=shape).astype("float32")


def _definite() -> np.ndarray:
    root = _RNG.normal(size=(2, 3, 3))
    return (root @ root.transpose(0, 2, 1) + 2 * np.eye(3)).astype("float32")


INPUTS: dict[str, np.ndarray] = {
    "x": _normal(3, 4),
    "y": _normal(3, 4),
    "p": _RNG.uniform(0.1, 0.9, (3, 4)).astype("float32"),
    "q": _RNG.uniform(1.1, 2.9, (3, 4)).astype("float32"),
    "zeros": np.array([[0.0, 1.0, 0.0, -2.0]] * 3, "float32"),
    "tiny": np.array([[1e-8, 0.0, -1e-8, 1e-9], [0, 0, 0, 0], [3, 4, 0, 0]], "float32"),
    "scalar": np.array(0.7, "float32"),
    "v": _normal(4),
    "u": _normal(3),
    "m": _normal(4, 5),
    "x3": _normal(2, 3, 4),
    "y3": _normal(2, 4, 5),
    "z3": _normal(2, 3, 4),
    "x4": _normal(2, 2, 3, 4),
    "i": _RNG.integers(-5, 6, (3, 4)).astype("int32"),
    "j": _RNG.integers(1, 4, (3, 4)).astype("int32"),
    "index": np.array([[0, 2, 1], [1, 1, 0]], "int32"),
    "pick": np.array([2, 0, 1], "int32"),
    "columns": np.array([[3, 0], [1, 1], [2, 3]], "int32"),
    "pairs": np.array([[0, 1], [2, 3]], "int32"),
    "rows": np.array([[0], [2]], "int32"),
    "lengths": np.array([1, 3, 0], "int32"),
    "segments": np.array([0, 0, 2], "int32"),
    "b": _RNG.random((3, 4)) > 0.5,
    "c": _RNG.random((3, 4)) > 0.3,
    "yes": np.array(True),
    "keep": np.array([True, False, True]),
    "labels": np.array([3, 0, 2], "int32"),
    "onehot": np.eye(4, dtype="float32")[[3, 0, 2]],
    "soft": np.array([[0.1, 0.2, 0.3, 0.4]] * 3, "float32"),
    "binary": np.array([[0, 1, 1, 0]] * 3, "float32"),
    "definite": _definite(),
    "sequence": _normal(2, 8, 3),
    "image": _RNG.uniform(0, 1, (1, 8, 8, 3)).astype("float32"),
    "odd": _RNG.uniform(0, 1, (2, 7, 6, 3)).astype("float32"),
    "single": _RNG.uniform(0, 1, (8, 6, 3)).astype("float32"),
    "gray": _RNG.uniform(0, 1, (1, 8, 8, 1)).astype("float32"),
    "bytes": _RNG.integers(0, 255, (1, 8, 8, 3)).astype("uint8"),
    "volume": _normal(1, 4, 5, 6, 2),
    "kernel1": _normal(3, 3, 5),
    "kernel2": _normal(3, 3, 3, 4),
    "kernel3": _normal(2, 2, 2, 2, 3),
    "deep": _normal(3, 3, 3, 2),
    "point": _normal(1, 1, 6, 4),
    "back1": _normal(3, 5, 3),
    "back2": _normal(3, 3, 4, 3),
    "back3": _normal(2, 2, 2, 3, 2),
    "signal": _normal(2, 40),
    "wave": (_normal(2, 4, 8) + 1j * _normal(2, 4, 8)).astype("complex64"),
    "array": _normal(3, 4),
}
"""All but `AS_NUMPY` reach a case as tensors of the side's backend."""

AS_NUMPY = frozenset({"array"})

_KERNELS = {"kernel1", "kernel2", "kernel3", "deep", "point", "back1", "back2", "back3"}
_CONSTANTS = {"m", "v", "u", "scalar", "yes", "pick", "segments", "rows", "pairs"}
WEIGHTS = frozenset(_KERNELS | _CONSTANTS)
"""What a layer would own: never symbolic."""
