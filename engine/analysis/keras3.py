"""Is this code written for Keras 3 already? Then nothing in it is rewritten.

`keras.ops`, `keras.random`, `keras.Variable` and their like exist in Keras 3 only. TensorFlow in
such a module is there on purpose (a backend's own file, a `tf.data` helper, an optional import).
"""
from __future__ import annotations

from kerashift.engine.analysis.index import ProjectIndex
from kerashift.engine.analysis.module import Module
from kerashift.engine.analysis.symbols import Origin, Symbol

_ONLY_IN_3 = (
    "keras.ops",
    "keras.random",
    "keras.tree",
    "keras.Variable",
    "keras.KerasTensor",
    "keras.StatelessScope",
    "keras.distribution",
    "keras.config",
    "keras.saving.KerasFileEditor",
    "keras.src.backend",
    "keras.src.ops",
    "keras.src.api_export",
    "keras.backend.standardize_dtype",
)
_ONLY_IN_2 = (Origin.TF_KERAS, Origin.V1, Origin.PRIVATE, Origin.LEGACY)
SHARE = 0.2
"""A project whose Keras modules use Keras 3 names in at least this share is a Keras 3 project."""


def keras3_modules(index: ProjectIndex) -> frozenset[Module]:
    """Modules that are Keras 3 code: by what they use, or by the project that they belong to."""
    modern: set[Module] = set()
    old: set[Module] = set()
    for module in index.by_path.values():
        if _uses_keras2(module):
            old.add(module)
        elif _uses_keras3(module):
            modern.add(module)
    if modern and len(modern) >= SHARE * (len(modern) + len(old)) and len(modern) > len(old):
        return frozenset(m for m in index.by_path.values() if m not in old)
    return frozenset(modern)


def _imported(module: Module) -> list[Symbol]:
    symbols = []
    for bindings in module.tree.scope.bindings.values():
        for binding in bindings:
            if binding.path:
                symbol = module.resolve_path(binding.path)
                if symbol is not None:
                    symbols.append(symbol)
    return symbols


def _uses_keras3(module: Module) -> bool:
    symbols = [*_imported(module), *(r.symbol for r in module.references)]
    return any(
        s.origin is Origin.KERAS and _starts(s.name, _ONLY_IN_3) for s in symbols
    )


def _uses_keras2(module: Module) -> bool:
    symbols = [*_imported(module), *(r.symbol for r in module.references)]
    return any(s.is_keras and s.origin in _ONLY_IN_2 for s in symbols)


def _starts(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == p or name.startswith(p + ".") for p in prefixes)
