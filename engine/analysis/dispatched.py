"""Modules that stand side by side for each backend, of which a project imports one.

`backend/_tensorflow.py` beside `backend/_torch.py`, or `tensorflow/layer.py` beside
`jax/layer.py`, in a project that asks Keras for its backend: what is in them is meant for one.
"""

from __future__ import annotations

from kerashift.engine.analysis.index import ProjectIndex
from kerashift.engine.analysis.module import Module

_BACKENDS = ("tensorflow", "tf", "jax", "torch", "numpy", "openvino")
_ASKED = ("keras.backend.backend", "keras.config.backend")


def dispatched_modules(index: ProjectIndex) -> frozenset[Module]:
    """Modules with a twin for another backend; none where nobody asks for the backend."""
    if not any(_asks(module) for module in index.by_path.values()):
        return frozenset()
    paths = {part for path in index.by_path for part in _parts(path)}
    return frozenset(m for path, m in index.by_path.items() if _has_twin(path, paths))


def _asks(module: Module) -> bool:
    names = {symbol.name for symbol in (ref.symbol for ref in module.references)}
    return not names.isdisjoint(_ASKED)


def _parts(path: str) -> list[str]:
    """A path and the folders above it."""
    names = path.split("/")
    return ["/".join(names[: length + 1]) for length in range(len(names))]


def _has_twin(path: str, paths: set[str]) -> bool:
    for part in _parts(path):
        folder, _, name = part.rpartition("/")
        stem, dot, suffix = name.partition(".")
        words = stem.split("_")
        for place, word in enumerate(words):
            if word not in _BACKENDS:
                continue
            for other in _BACKENDS:
                twin = "_".join([*words[:place], other, *words[place + 1 :]]) + dot + suffix
                if other != word and (f"{folder}/{twin}" if folder else twin) in paths:
                    return True
    return False
