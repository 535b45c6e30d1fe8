"""One analysed module: its tree, its place in the project, and what its names mean."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from kerashift.engine.analysis.injected import injected_module
from kerashift.engine.analysis.scopes import Binding, Function, Kind, Scope, Tree
from kerashift.engine.analysis.symbols import Origin, Symbol, canonical
from kerashift.engine.model import Span
from kerashift.engine.tables import api
from kerashift.engine.unit import Unit

if TYPE_CHECKING:
    from kerashift.engine.analysis.index import ProjectIndex

MAX_DEPTH = 12
"""Aliases of aliases are followed this far; deeper chains are cycles or not worth it."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A class, function or module of the project itself. `node` is None for a module."""

    module: Module
    node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | None

    @property
    def name(self) -> str:
        return self.module.name if self.node is None else self.node.name


Resolved = Symbol | Definition


@dataclass(frozen=True, slots=True)
class Reference:
    """A maximal dotted expression that means a library symbol.

    `call` is set where the expression is what is called.
    """

    node: ast.Name | ast.Attribute
    symbol: Symbol
    scope: Scope
    function: Function | None
    call: ast.Call | None


@dataclass(eq=False)
class Module:
    """A unit with its tree. `index` gives access to the other modules of the project."""

    unit: Unit
    name: str
    is_package: bool
    tree: Tree
    index: ProjectIndex
    _memo: dict[int, Resolved | None] = field(default_factory=dict)

    # Text and positions

    def span(self, node: ast.AST) -> Span:
        """Characters of a node; for nodes with a position."""
        return Span(
            self.offset(node.lineno, node.col_offset),  # type: ignore[attr-defined]
            self.offset(node.end_lineno, node.end_col_offset),  # type: ignore[attr-defined]
        )

    def offset(self, line: int, byte_column: int) -> int:
        """Character offset of an `ast` position (lines from 1, columns in UTF-8 bytes)."""
        start = self.unit.line_starts[line - 1]
        if self._ascii:
            return start + byte_column
        starts = self.unit.line_starts
        end = starts[line] if line < len(starts) else len(self.unit.text)
        raw = self.unit.code[start:end].encode()[:byte_column]
        return start + len(raw.decode(errors="ignore"))

    @cached_property
    def _ascii(self) -> bool:
        return self.unit.code.isascii()

    def text(self, node: ast.AST) -> str:
        """The source text of a node."""
        span = self.span(node)
        return self.unit.text[span.start : span.end]

    def parent(self, node: ast.AST) -> ast.AST | None:
        return self.tree.parents.get(node)

    def statement(self, node: ast.AST) -> ast.stmt:
        """The statement around a node."""
        current = node
        while not isinstance(current, ast.stmt):
            current = self.tree.parents[current]
        return current

    # Meaning

    def resolve(self, node: ast.AST, scope: Scope | None = None, depth: int = 0) -> Resolved | None:
        """What a name or dotted expression means; None if that is not known for sure."""
        if depth > MAX_DEPTH:
            return None
        if isinstance(node, ast.Name):
            scope = scope or self.tree.scopes.get(node)
            return self.lookup(node.id, scope, depth) if scope else None
        if isinstance(node, ast.Attribute):
            base = self.resolve(node.value, scope, depth)
            if isinstance(base, Symbol):
                return base.child(node.attr)
            if isinstance(base, Definition) and base.node is None:
                return base.module.exported(node.attr, depth + 1)
        return None

    def symbol(self, node: ast.AST, scope: Scope | None = None) -> Symbol | None:
        """As `resolve`, library symbols only."""
        found = self.resolve(node, scope)
        return found if isinstance(found, Symbol) else None

    def lookup(self, name: str, scope: Scope, depth: int = 0) -> Resolved | None:
        """What `name` means in `scope`."""
        found = scope.lookup(name)
        if found is None:
            return self._star(name, depth)
        where, bindings = found
        key = id(bindings)
        if key not in self._memo:
            self._memo[key] = None  # ends cycles such as `keras = keras`
            self._memo[key] = self._agree(bindings, where, depth)
        return self._memo[key]

    def exported(self, name: str, depth: int = 0) -> Resolved | None:
        """What another module gets when it imports `name` from this one."""
        if depth > MAX_DEPTH:
            return None
        found = self.lookup(name, self.tree.scope, depth)
        if isinstance(found, Symbol) and found.is_tf and self._takes_all_of_keras():
            return None  # one branch of an `if` takes it from TensorFlow, the other from Keras 3
        return found or self.index.module_definition(f"{self.name}.{name}")

    def _takes_all_of_keras(self) -> bool:
        stars = (canonical(b.path) for b in self.tree.scope.bindings.get("*", ()))
        return any(symbol is not None and symbol.is_keras for symbol in stars)

    def _agree(self, bindings: list[Binding], scope: Scope, depth: int) -> Resolved | None:
        """The meaning that all bindings share; bindings to None do not count."""
        results: list[Resolved] = []
        for binding in bindings:
            value = binding.value
            if isinstance(value, ast.Constant) and value.value is None:
                continue
            result = self._binding(binding, scope, depth + 1)
            if result is None:
                return None
            results.append(result)
        if not results:
            return None
        first = results[0]
        if all(isinstance(r, Symbol) for r in results) and isinstance(first, Symbol):
            if any(isinstance(r, Symbol) and r.name != first.name for r in results):
                return None
            # `try: import tensorflow.keras as keras` / `except: import keras`: the first one leads.
            return first
        return first if all(r == first for r in results) else None

    def _binding(self, binding: Binding, scope: Scope, depth: int) -> Resolved | None:
        if binding.kind is Kind.IMPORT:
            return canonical(binding.path) or self.index.find(binding.path, depth)
        if binding.kind in (Kind.CLASS, Kind.FUNCTION):
            assert isinstance(binding.node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            return Definition(self, binding.node)
        if binding.value is None:
            return None
        injected = injected_module(binding)
        if injected is not None:
            return Symbol(injected, Origin.INJECTED)
        if binding.kind is Kind.ASSIGN and isinstance(binding.value, ast.Name | ast.Attribute):
            return self.resolve(binding.value, scope, depth)
        return None

    def _star(self, name: str, depth: int) -> Resolved | None:
        """A name that only `from module import *` can have bound."""
        for binding in self.tree.scope.bindings.get("*", ()):
            symbol = canonical(binding.path)
            if symbol is not None:
                if symbol.is_keras and api.is_star_name(symbol.name, name):
                    return symbol.child(name)
            else:
                found = self.index.find(f"{binding.path}.{name}", depth + 1)
                if found is not None:
                    return found
        return None

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """Every maximal dotted expression that means a library symbol, in tree order."""
        return tuple(self._references())

    def _references(self) -> Iterator[Reference]:
        tree = self.tree
        for name in tree.names:
            scope = tree.scopes[name]
            base = self.lookup(name.id, scope)
            node: ast.Name | ast.Attribute = name
            parent = tree.parents[node]
            while isinstance(parent, ast.Attribute):
                if isinstance(base, Definition) and base.node is None:
                    base = base.module.exported(parent.attr)
                elif isinstance(base, Symbol):
                    base = base.child(parent.attr)
                else:
                    break
                node, parent = parent, tree.parents[parent]
            if isinstance(base, Symbol):
                called = isinstance(parent, ast.Call) and parent.func is node
                call = parent if called and isinstance(parent, ast.Call) else None
                yield Reference(node, base, scope, tree.within[name], call)
