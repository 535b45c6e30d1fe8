"""Classes as rules see them: their methods, what they derive from, and where code can be added."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache

from kerashift.engine.analysis.kinds import MAX_DEPTH
from kerashift.engine.analysis.module import Definition, Module
from kerashift.engine.analysis.symbols import Symbol
from kerashift.engine.model import Edit
from kerashift.engine.rules.base import RuleContext, insert


def methods(owner: ast.ClassDef) -> Iterator[ast.FunctionDef]:
    """The methods that the class itself defines."""
    for item in owner.body:
        if isinstance(item, ast.FunctionDef):
            yield item


def method(owner: ast.ClassDef, name: str) -> ast.FunctionDef | None:
    return next((item for item in methods(owner) if item.name == name), None)


def enclosing_method(module: Module, node: ast.AST) -> tuple[ast.ClassDef, ast.FunctionDef] | None:
    """The method around a name or call, with its class; functions inside methods count."""
    function = module.tree.within.get(node)
    while function is not None:
        if function.owner is not None and isinstance(function.node, ast.FunctionDef):
            return function.owner, function.node
        function = function.outer
    return None


def lineage(module: Module, node: ast.ClassDef, depth: int = 0) -> Iterator[Definition | Symbol]:
    """The class's bases and their bases, as far as they are known."""
    if depth > MAX_DEPTH:
        return
    scope = module.tree.scopes.get(node)
    for base in node.bases:
        found = module.resolve(base, scope)
        if found is None:
            continue
        yield found
        if isinstance(found, Definition) and isinstance(found.node, ast.ClassDef):
            yield from lineage(found.module, found.node, depth + 1)


def derives_from(module: Module, node: ast.ClassDef, name: str) -> bool:
    """Whether a library class is among the class's ancestors."""
    return any(isinstance(found, Symbol) and found.name == name for found in lineage(module, node))


def inherits_method(module: Module, node: ast.ClassDef, name: str) -> bool:
    """Whether the class or one of its bases in the project defines the method."""
    if method(node, name) is not None:
        return True
    return any(
        isinstance(found, Definition)
        and isinstance(found.node, ast.ClassDef)
        and method(found.node, name) is not None
        for found in lineage(module, node)
    )


def defines(module: Module, node: ast.ClassDef, name: str) -> bool:
    """Whether the class or one of its bases in the project defines or sets the attribute."""
    own = [Definition(module, node), *lineage(module, node)]
    return any(
        _has_attribute(found.node, name)
        for found in own
        if isinstance(found, Definition) and isinstance(found.node, ast.ClassDef)
    )


def _has_attribute(node: ast.ClassDef, name: str) -> bool:
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute):
            if isinstance(part.ctx, ast.Store) and attribute_of_self(part) == name:
                return True
        elif isinstance(part, ast.FunctionDef):
            if part.name == name:
                return True
        elif isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store) and part.id == name:
            return True
    return False


def attribute_of_self(node: ast.AST) -> str | None:
    """The name `x` of `self.x`."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.attr if node.value.id == "self" else None
    return None


@lru_cache(maxsize=2048)
def uses_of_self(owner: ast.AST) -> Mapping[str, tuple[ast.Attribute, ...]]:
    """Every `self.x` in a class or method, by name; kept, because many rules ask."""
    found: dict[str, list[ast.Attribute]] = {}
    for node in ast.walk(owner):
        if isinstance(node, ast.Attribute) and (name := attribute_of_self(node)) is not None:
            found.setdefault(name, []).append(node)
    return {name: tuple(nodes) for name, nodes in found.items()}


def base_init(init: ast.FunctionDef) -> ast.stmt | None:
    """The statement of `__init__` that calls the base's: `super().__init__(…)` and older forms."""
    for statement in init.body:
        if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)):
            continue
        called = statement.value.func
        if not (isinstance(called, ast.Attribute) and called.attr == "__init__"):
            continue
        owner = called.value
        by_super = (
            isinstance(owner, ast.Call)
            and isinstance(owner.func, ast.Name)
            and owner.func.id == "super"
        )
        first = statement.value.args[0] if statement.value.args else None
        if by_super or (isinstance(first, ast.Name) and first.id == "self"):
            return statement
    return None


def line_after(ctx: RuleContext, statement: ast.stmt, line: str) -> Edit | None:
    """An edit that puts a line after a statement, in its block; None where `;` follows it."""
    text = ctx.module.unit.code
    end = ctx.span(statement).end
    stop = text.find("\n", end)
    stop = len(text) if stop < 0 else stop
    rest = text[end:stop].strip()
    if rest and not rest.startswith("#"):
        return None
    newline = ctx.module.unit.newline
    indent = indentation(ctx, statement)
    if indent is None:
        return None
    stop -= text[:stop].endswith("\r")
    return insert(stop, f"{newline}{indent}{line}")


def indentation(ctx: RuleContext, statement: ast.stmt) -> str | None:
    """The white space before a statement; None if something else stands before it."""
    text = ctx.module.unit.code
    start = ctx.span(statement).start
    indent = text[text.rfind("\n", 0, start) + 1 : start]
    return None if indent.strip() else indent


def self_calls(owner: ast.ClassDef, name: str) -> set[str]:
    """Names of the class's methods that mention `self.name`."""
    return {
        item.name
        for item in methods(owner)
        if item.name != name and name in uses_of_self(item)
    }


def creates_state(owner: ast.ClassDef, name: str) -> bool:
    """Whether a method runs only while the object is made: from `__init__` or `build` alone."""
    if name in ("__init__", "build"):
        return True
    reached = {name}
    pending = [name]
    while pending:
        callers = self_calls(owner, pending.pop())
        if not callers:
            return False
        for caller in callers - reached - {"__init__", "build"}:
            reached.add(caller)
            pending.append(caller)
    return True
