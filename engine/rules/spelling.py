"""How a Keras 3 symbol is written in a given module, and the import that this needs.

`ops.sum` where the name `ops` is free or already means `keras.ops`, else `keras.ops.sum`; all
rules of a file agree because the answer depends on the file alone.
"""

from __future__ import annotations

import builtins
from dataclasses import dataclass, field
from functools import cached_property

from kerashift.engine.analysis.module import Module
from kerashift.engine.analysis.symbols import Origin, Symbol
from kerashift.engine.model import ImportNeed

_SHORT = {"ops": "keras.ops"}


@dataclass(eq=False)
class Speller:
    """Writes symbols for one module."""

    module: Module
    _cache: dict[str, tuple[str, tuple[ImportNeed, ...]]] = field(default_factory=dict)

    def __call__(self, path: str) -> tuple[str, tuple[ImportNeed, ...]]:
        """Text for the public path `keras.…`, and what must be imported for it."""
        if path not in self._cache:
            self._cache[path] = self._spell(path)
        return self._cache[path]

    def _spell(self, path: str) -> tuple[str, tuple[ImportNeed, ...]]:
        for short, module in _SHORT.items():
            if path.startswith(module + ".") and self._is_free(short, module):
                need = ImportNeed("keras", short)
                return short + path[len(module) :], (need,)
        root, _, rest = path.partition(".")
        if not self._is_free(root, root):
            alias = f"{root}3" if root == "keras" else f"{root}_"
            return f"{alias}.{rest}", (ImportNeed(root, alias=alias),)
        return path, (ImportNeed(root),)

    def _is_free(self, name: str, path: str) -> bool:
        """Whether `name` may be (or is) bound to the module `path`."""
        meanings = self._bound.get(name)
        if meanings is None:
            return not hasattr(builtins, name)
        return meanings == {path}

    @cached_property
    def _bound(self) -> dict[str, set[str]]:
        """Every name that the module binds anywhere, with what it means."""
        result: dict[str, set[str]] = {}
        tree = self.module.tree
        for scope in {
            tree.scope,
            *tree.scopes.values(),
            *(f.scope for f in tree.functions.values()),
        }:
            for name in scope.bindings:
                if name not in ("ops", "keras", "numpy", "math"):
                    continue
                found = self.module.lookup(name, scope)
                known = isinstance(found, Symbol) and found.origin is not Origin.INJECTED
                meaning = found.name if known and isinstance(found, Symbol) else "?"
                result.setdefault(name, set()).add(meaning)
        return result
