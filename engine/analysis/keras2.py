"""What is Keras 2 for sure: taken from where only Keras 2 is, pinned to it, or so before a fix.

A fix that spells `tf.keras` as `keras` takes the mark away and not the meaning: what another fix or
a person has yet to do would go unsaid. The index knows the files that had the mark.
"""

from __future__ import annotations

from packaging.version import Version

from kerashift.engine.analysis.index import ProjectIndex
from kerashift.engine.analysis.module import Module
from kerashift.engine.analysis.symbols import Origin, Symbol
from kerashift.engine.dependencies import dependencies
from kerashift.engine.pins import is_old
from kerashift.engine.requirements import manifest_kind

SURFACES = frozenset({Origin.TF_KERAS, Origin.V1, Origin.PRIVATE, Origin.INJECTED})
"""Where only Keras 2 is taken from. A bare `keras` may be Keras 3."""

_FIRST = {"keras": "3", "tensorflow": "2.16"}
"""The first versions that are, or bring, Keras 3."""


def means_keras2(symbol: Symbol, module: Module) -> bool:
    """Whether a name of Keras was written for Keras 2."""
    if symbol.origin is Origin.KERAS:
        return was_keras2(module)
    return symbol.origin in SURFACES


def was_keras2(module: Module) -> bool:
    """Whether the file had the mark before its first fix."""
    return module.unit.path in module.index.keras2


def is_keras2(module: Module) -> bool:
    """Whether a file takes Keras from where only Keras 2 is, or did so before."""
    return was_keras2(module) or any(r.symbol.origin in SURFACES for r in module.references)


def pinned_paths(index: ProjectIndex) -> frozenset[str]:
    """All files, where one at the root of the project asks for Keras 2, or for its TensorFlow.

    A `keras` that may be 3 beside an old TensorFlow says nothing.
    """
    pins: dict[str, bool] = {}
    for path, module in index.by_path.items():
        if "/" not in path and manifest_kind(path) is not None:
            for found in dependencies(module.unit):
                if found.name in _FIRST:
                    old = is_old(found.pin, found.style, Version(_FIRST[found.name]))
                    pins[found.name] = pins.get(found.name, True) and old
    is_pinned = pins.get("keras", pins.get("tensorflow", False))
    return frozenset(index.by_path) if is_pinned else frozenset()


def keras2_paths(index: ProjectIndex) -> frozenset[str]:
    """The files that are, or were, Keras 2 for sure."""
    found = {module.unit.path for module in index.by_path.values() if is_keras2(module)}
    return index.keras2 | found
