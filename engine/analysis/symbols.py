"""Canonical names: many spellings of one TensorFlow or Keras symbol become one.

`tensorflow.keras.layers.Dense`, `keras.layers.Dense` and `tensorflow.compat.v2.keras.layers.Dense`
are all `keras.layers.Dense`; the *origin* keeps which surface the code asked for, because Keras 3
offers different names on each (research: three different Keras 3 surfaces).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Origin(StrEnum):
    """The surface that a Keras name was taken from."""

    KERAS = "keras"
    """Bare `keras`: stand-alone Keras 2, or already Keras 3."""
    TF_KERAS = "tf.keras"
    V1 = "tf.compat.v1.keras"
    PRIVATE = "tensorflow.python.keras"
    LEGACY = "tf_keras"
    """The `tf_keras` package: the person chose to stay on Keras 2."""
    INJECTED = "injected"
    """A module handed in as an argument (`kwargs["backend"]`), as keras_applications did."""
    OTHER = "other"
    """Not Keras."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """A canonical dotted name: `tf.…`, `keras.…`, `tfa.…`, `numpy.…`."""

    name: str
    origin: Origin

    @property
    def is_keras(self) -> bool:
        return self.name == "keras" or self.name.startswith("keras.")

    @property
    def is_tf(self) -> bool:
        return self.name == "tf" or self.name.startswith("tf.")

    def child(self, attribute: str) -> Symbol:
        return _child(self, attribute)


# Longest prefix first.
_PREFIXES: tuple[tuple[str, str, Origin], ...] = (
    ("tensorflow.compat.v2.compat.v1.keras", "keras", Origin.V1),
    ("tensorflow.compat.v2.keras", "keras", Origin.TF_KERAS),
    ("tensorflow.compat.v1.keras", "keras", Origin.V1),
    ("tensorflow.compat.v2", "tf", Origin.OTHER),
    ("tensorflow.python.keras", "keras", Origin.PRIVATE),
    ("tensorflow.contrib.keras", "keras", Origin.PRIVATE),
    ("tensorflow._api.v2.v2.keras", "keras", Origin.PRIVATE),
    ("tensorflow.keras", "keras", Origin.TF_KERAS),
    ("tensorflow.losses", "keras.losses", Origin.TF_KERAS),
    ("tensorflow.metrics", "keras.metrics", Origin.TF_KERAS),
    ("tensorflow.optimizers", "keras.optimizers", Origin.TF_KERAS),
    ("tensorflow.initializers", "keras.initializers", Origin.TF_KERAS),
    ("tensorflow", "tf", Origin.OTHER),
    ("tf_keras", "keras", Origin.LEGACY),
    ("keras._tf_keras.keras", "keras", Origin.TF_KERAS),
    ("keras", "keras", Origin.KERAS),
    ("tensorflow_addons", "tfa", Origin.OTHER),
    ("numpy", "numpy", Origin.OTHER),
    ("injected.keras", "keras", Origin.INJECTED),
)

_RAW = {
    Origin.KERAS: "keras",
    Origin.TF_KERAS: "tensorflow.keras",
    Origin.V1: "tensorflow.compat.v1.keras",
    Origin.PRIVATE: "tensorflow.python.keras",
    Origin.LEGACY: "tf_keras",
    Origin.INJECTED: "injected.keras",
}

ROOTS = frozenset({"tensorflow", "keras", "tf_keras", "tensorflow_addons", "numpy", "injected"})


@lru_cache(maxsize=2**16)
def _child(symbol: Symbol, attribute: str) -> Symbol:
    # Through the absolute path, because `tf` + `keras` is Keras.
    path = f"{_raw(symbol)}.{attribute}"
    return canonical(path) or Symbol(f"{symbol.name}.{attribute}", symbol.origin)


def _raw(symbol: Symbol) -> str:
    if symbol.is_keras:
        return _RAW[symbol.origin] + symbol.name[len("keras") :]
    if symbol.is_tf:
        return "tensorflow" + symbol.name[len("tf") :]
    return symbol.name.replace("tfa", "tensorflow_addons", 1)


@lru_cache(maxsize=2**16)
def canonical(path: str) -> Symbol | None:
    """The symbol of an absolute dotted path, or None if it is of no interest."""
    if path.partition(".")[0] not in ROOTS:
        return None
    for prefix, name, origin in _PREFIXES:
        if path == prefix or path.startswith(prefix + "."):
            return Symbol(name + path[len(prefix) :], origin)
    return None
