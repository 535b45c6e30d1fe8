"""Which names a block of statements binds, needs from before, and leaves for later.

A block that becomes a function must be given the names that it reads and binds anew, and must give
back the names that it binds and that are read later.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

_NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)


def stored(nodes: Iterable[ast.AST]) -> list[str]:
    """Names that the statements bind in their own scope, in the order of the text."""
    found: dict[str, None] = {}
    for node in nodes:
        for name in _stores(node):
            found[name] = None
    return list(found)


def _stores(node: ast.AST) -> Iterator[str]:
    if isinstance(node, _NESTED):
        if not isinstance(node, ast.Lambda):
            yield node.name
        return
    if isinstance(node, _COMPREHENSIONS):
        return
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    for child in ast.iter_child_nodes(node):
        yield from _stores(child)


def loaded(node: ast.AST) -> set[str]:
    """Names that are read, those in nested functions among them."""
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


class Flow:
    """Definite assignment over a sequence of statements.

    `early` are names that may be read before the sequence binds them, `known` those that it has
    bound for certain when it ends.
    """

    def __init__(self, statements: Sequence[ast.stmt]) -> None:
        self.early: set[str] = set()
        self.known = self._block(statements, frozenset())

    def _block(self, statements: Sequence[ast.stmt], known: frozenset[str]) -> frozenset[str]:
        for statement in statements:
            known = self._statement(statement, known)
        return known

    def _read(self, nodes: Iterable[ast.AST | None], known: frozenset[str]) -> None:
        for node in nodes:
            if node is not None:
                self.early |= loaded(node) - known

    def _statement(self, node: ast.stmt, known: frozenset[str]) -> frozenset[str]:
        if isinstance(node, ast.AugAssign):
            self._read([node.value], known)
            self.early |= {*stored([node.target])} - known
            self._read([node.target], known)
            return known | {*stored([node.target])}
        if isinstance(node, ast.If):
            self._read([node.test], known)
            return self._block(node.body, known) & self._block(node.orelse, known)
        if isinstance(node, _LOOPS):
            first = node.test if isinstance(node, ast.While) else node.iter
            self._read([first], known)
            targets = [] if isinstance(node, ast.While) else stored([node.target])
            self._block(node.body, known | {*targets})
            self._block(node.orelse, known)
            return known
        if isinstance(node, ast.With | ast.AsyncWith):
            self._read((item.context_expr for item in node.items), known)
            known |= {*stored(i.optional_vars for i in node.items if i.optional_vars)}
            return self._block(node.body, known)
        if isinstance(node, ast.Try):
            self._block(node.body, known)
            for handler in node.handlers:
                self._block(handler.body, known)
            self._block(node.orelse, known)
            return self._block(node.finalbody, known)
        self._read([node], known)
        return known | {*stored([node])}


def live_after(parents: dict[ast.AST, ast.AST], node: ast.stmt) -> set[str]:
    """Names that may be read after a statement of a function, before they are bound anew."""
    live: set[str] = set()
    for sequence in _futures(parents, node):
        live |= Flow(sequence).early
    return live


def _futures(parents: dict[ast.AST, ast.AST], node: ast.AST) -> Iterator[list[ast.stmt]]:
    """The statements that may run after `node`, as sequences; a loop may run again or end."""
    parent = parents.get(node)
    if parent is None:
        return
    rest: list[ast.stmt] = []
    for name in ("body", "orelse", "finalbody"):
        block = getattr(parent, name, None)
        if isinstance(node, ast.stmt) and isinstance(block, list) and node in block:
            rest = block[block.index(node) + 1 :]
    if isinstance(parent, (*_NESTED, ast.Module)):
        yield rest
        return
    if isinstance(parent, ast.For | ast.AsyncFor | ast.While):
        yield [*rest, parent]
    for later in _futures(parents, parent):
        yield [*rest, *later]


def bound_before(function: ast.FunctionDef | ast.Module, node: ast.stmt) -> set[str]:
    """Names that the function's parameters and the statements above `node` bind."""
    found: set[str] = set()
    if isinstance(function, ast.FunctionDef):
        found |= {a.arg for a in ast.walk(function.args) if isinstance(a, ast.arg)}
    for statement in ast.walk(function):
        if isinstance(statement, ast.stmt) and statement.lineno < node.lineno:
            if isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.For):
                found |= {*stored([statement])}
            elif isinstance(statement, ast.With) and statement is not node:
                found |= {*stored(i.optional_vars for i in statement.items if i.optional_vars)}
    return found
