"""The modules of a project by dotted name, so that names can be followed across files."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from kerashift.engine.analysis.module import Definition, Module, Resolved
from kerashift.engine.analysis.scopes import build_tree
from kerashift.engine.saved import SavedPaths
from kerashift.engine.unit import Unit


@dataclass(eq=False)
class ProjectIndex:
    """Modules of one project. Several dotted names may lead to one module."""

    modules: dict[str, Module] = field(default_factory=dict)
    by_path: dict[str, Module] = field(default_factory=dict)
    saved: SavedPaths | None = None
    """Saved models that lie in the project; None where no folder is at hand."""
    keras2: frozenset[str] = frozenset()
    """Files that were Keras 2 for sure before they were fixed."""

    def add(self, unit: Unit, tree: ast.Module, packages: frozenset[str]) -> Module:
        """Index a parsed unit. `packages` are the project's folders that hold `__init__.py`."""
        path = PurePosixPath(unit.path)
        parts = list(path.with_suffix("").parts)
        is_package = parts[-1] == "__init__"
        if is_package:
            parts.pop()
        package = ".".join(parts if is_package else parts[:-1])
        module = Module(unit, ".".join(parts), is_package, build_tree(tree, package), self)
        self.by_path[unit.path] = module
        if path.suffix not in (".py", ".ipynb"):  # a requirement file: nobody imports it
            return module
        self.modules[module.name] = module
        for name in _import_names(parts, packages):
            self.modules.setdefault(name, module)
        return module

    def find(self, path: str, depth: int = 0) -> Resolved | None:
        """What an absolute dotted path means if it leads into the project."""
        definition = self.module_definition(path)
        if definition is not None:
            return definition
        parent, _, name = path.rpartition(".")
        module = self.modules.get(parent)
        return module.exported(name, depth + 1) if module is not None and name else None

    def module_definition(self, path: str) -> Definition | None:
        module = self.modules.get(path)
        return Definition(module, None) if module is not None else None

    def exports(self) -> dict[str, frozenset[str]]:
        """For each file, the names that other modules of the project import from it."""
        taken: dict[str, set[str]] = {}
        for module in self.by_path.values():
            for path in _imported_paths(module):
                parent, _, name = path.rpartition(".")
                source = self.modules.get(parent)
                if source is not None and source is not module:
                    names = source.tree.scope.bindings if name == "*" else (name,)
                    taken.setdefault(source.unit.path, set()).update(names)
        return {path: frozenset(names) for path, names in taken.items()}


def _imported_paths(module: Module) -> Iterable[str]:
    tree = module.tree
    for scope in {tree.scope, *tree.scopes.values()}:
        for name, bindings in scope.bindings.items():
            for binding in bindings:
                if binding.path:
                    yield f"{binding.path}.*" if name == "*" else binding.path


def _import_names(parts: list[str], packages: frozenset[str]) -> Iterable[str]:
    """Names under which scripts import a module: from any folder that is no package itself.

    `src/net/model.py` is `net.model` for code that runs with `src` on its path.
    """
    for index in range(1, len(parts)):
        if "/".join(parts[:index]) not in packages:
            yield ".".join(parts[index:])
