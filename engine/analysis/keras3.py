"""Is this code written for Keras 3 by people who knew? Then nothing in it is rewritten.

Using `keras.ops` is not enough: a project that is half migrated uses it too, and what is left of
Keras 2 in it must still be found. The marks are those of libraries: the internals of Keras 3, or
TensorFlow as an optional import beside names that only Keras 3 has.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from weakref import WeakKeyDictionary

from kerashift.engine.analysis.dispatched import dispatched_modules
from kerashift.engine.analysis.index import ProjectIndex
from kerashift.engine.analysis.keras2 import was_keras2
from kerashift.engine.analysis.module import Module
from kerashift.engine.analysis.scopes import Binding
from kerashift.engine.analysis.symbols import Origin, canonical
from kerashift.engine.tables import api

_BACKEND_OF_3 = (
    *("KerasTensor", "StatelessScope", "Variable", "compute_output_spec", "device_scope"),
    *("get_keras_mask", "set_keras_mask", "standardize_dtype", "standardize_shape"),
)
_INTERNALS = (
    *(f"keras.src.backend.{name}" for name in _BACKEND_OF_3),
    "keras.src.api_export",
    "keras.src.backend.common",
    "keras.src.backend.jax",
    "keras.src.backend.tensorflow",
    "keras.src.backend.torch",
    "keras.src.distribution",
    "keras.src.dtype_policies",
    "keras.src.layers.layer",
    "keras.src.legacy",
    "keras.src.ops",
    "keras.src.quantizers",
    "keras.src.random",
    "keras.src.testing",
    "keras.src.trainers",
    "keras.src.tree",
    "keras.src.utils.backend_utils",
    "keras.src.utils.module_utils",
)
"""Private places that Keras 2 does not have."""
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
    "keras.backend.standardize_dtype",
)
_ONLY_IN_2 = (Origin.TF_KERAS, Origin.V1, Origin.PRIVATE, Origin.LEGACY)


def keras3_modules(index: ProjectIndex) -> frozenset[Module]:
    """Modules that are Keras 3 code: by their own marks, or as part of a library that has them."""
    modules = index.by_path.values()
    old = {m for m in modules if was_keras2(m) or _uses_keras2(m)}
    marked = {m for m in modules if m not in old and _is_marked(m)}
    marked |= dispatched_modules(index) - old
    if len(marked) > len(old):
        return frozenset(m for m in modules if m not in old)
    return frozenset(marked)


_STAYING: WeakKeyDictionary[ProjectIndex, bool] = WeakKeyDictionary()


def stays_on_tf_keras(index: ProjectIndex) -> bool:
    """Whether a module of the project takes public names of `tf_keras`: somebody chose it.

    Paths below `tf_keras.src` are no such choice: copies of Keras's own source are full of them.
    """
    if index not in _STAYING:
        _STAYING[index] = any(_names_tf_keras(module) for module in index.by_path.values())
    return _STAYING[index]


def _names_tf_keras(module: Module) -> bool:
    paths: list[str] = []
    for node in module.tree.imports:
        if isinstance(node, ast.Import):
            paths += [alias.name for alias in node.names]
        elif not node.level and node.module:
            paths += [f"{node.module}.{alias.name}" for alias in node.names]
    return any(
        _starts(path, ("tf_keras",)) and not _starts(path, ("tf_keras.src",)) for path in paths
    )


def _is_marked(module: Module) -> bool:
    imports = list(_imports(module))
    taken = [b.path for b in imports] + [ref.symbol.name for ref in module.references]
    if any(_starts(path, _INTERNALS) for path in taken):
        return True
    optional = any(
        binding.path.partition(".")[0] == "tensorflow" and _is_optional(module, binding)
        for binding in imports
    )
    return optional and (uses_keras3(module) or not _uses_old_backend(module))


def _uses_old_backend(module: Module) -> bool:
    """Whether it takes functions of the Keras 2 backend, or does not import `keras` itself.

    Keras 2 cannot be imported without TensorFlow, save for the old one with Theano, whose code
    is full of these functions.
    """
    if not any(b.path.partition(".")[0] == "keras" for b in _imports(module)):
        return True
    names = (ref.symbol.name for ref in module.references)
    return any(n.startswith("keras.backend.") and not api.exists(n) for n in names)


def _is_optional(module: Module, binding: Binding) -> bool:
    """Whether an import stands in a `try`."""
    node: ast.AST | None = binding.node
    while node is not None:
        node = module.parent(node)
        if isinstance(node, ast.Try):
            return True
    return False


def _imports(module: Module) -> Iterator[Binding]:
    for bindings in module.tree.scope.bindings.values():
        for binding in bindings:
            if binding.path:
                yield binding


def uses_keras3(module: Module) -> bool:
    """Whether a module takes names that only Keras 3 has."""
    names = [b.path for b in _imports(module)]
    names += [r.symbol.name for r in module.references if r.symbol.origin is Origin.KERAS]
    return any(_starts(name, _ONLY_IN_3) for name in names)


def _uses_keras2(module: Module) -> bool:
    symbols = [canonical(binding.path) for binding in _imports(module)]
    symbols += [reference.symbol for reference in module.references]
    return any(s is not None and s.is_keras and s.origin in _ONLY_IN_2 for s in symbols)


def _starts(name: str, prefixes: tuple[str, ...]) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)
