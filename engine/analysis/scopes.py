"""Scopes and what they bind, from one walk over a module's tree.

The walk also keeps what later questions need: parents, references in load position with their
scope, classes, functions and calls. Nothing is resolved here: a name may be bound further down.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from kerashift.engine.analysis.symbols import ROOTS

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


class Kind(Enum):
    """How a name came to be bound."""

    IMPORT = auto()
    CLASS = auto()
    FUNCTION = auto()
    ASSIGN = auto()
    """`name = value`: `Binding.value` is the expression."""
    UNPACK = auto()
    """One of several targets: `value` is the whole right side, `index` the position."""
    PARAMETER = auto()
    OTHER = auto()


@dataclass(slots=True)
class Binding:
    """One binding of a name. `path` is the absolute dotted path of an import."""

    kind: Kind
    node: ast.AST
    path: str = ""
    value: ast.expr | None = None
    index: int = 0


@dataclass(slots=True, eq=False)
class Scope:
    """A module, class, function, lambda or comprehension, and the names that it binds."""

    node: ast.AST
    parent: Scope | None
    is_class: bool = False
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    globals: set[str] = field(default_factory=set)

    def lookup(self, name: str) -> tuple[Scope, list[Binding]] | None:
        """Where Python finds `name` from inside this scope."""
        scope: Scope | None = self
        first = True
        while scope is not None:
            # A class body's names are seen by the body itself, not by its methods.
            if first or not scope.is_class:
                if name in scope.globals:
                    scope = scope.module
                found = scope.bindings.get(name)
                if found:
                    return scope, found
            scope = scope.parent
            first = False
        return None

    @property
    def module(self) -> Scope:
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope


@dataclass(slots=True, eq=False)
class Function:
    """A function, method or lambda, with the class that it is a method of."""

    node: FunctionNode
    scope: Scope
    outer: Function | None
    owner: ast.ClassDef | None

    @property
    def name(self) -> str:
        return "<lambda>" if isinstance(self.node, ast.Lambda) else self.node.name


@dataclass
class Tree:
    """A parsed module and all that one walk learns of it."""

    module: ast.Module
    scope: Scope
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)
    scopes: dict[ast.AST, Scope] = field(default_factory=dict)
    """Scope of each Name in load position and of each call, class and function."""
    names: list[ast.Name] = field(default_factory=list)
    calls: list[ast.Call] = field(default_factory=list)
    classes: list[ast.ClassDef] = field(default_factory=list)
    functions: dict[ast.AST, Function] = field(default_factory=dict)
    within: dict[ast.AST, Function | None] = field(default_factory=dict)
    """Innermost function around each Name in load position and each call."""
    imports: list[ast.Import | ast.ImportFrom] = field(default_factory=list)
    others: list[ast.AST] = field(default_factory=list)
    """Assignments, subscripts and strings in tree order, for rules that look at them."""


class _Walker:
    """The one walk. Methods are named after the node type that they handle."""

    def __init__(self, module: ast.Module, package: str) -> None:
        self.package = package
        scope = Scope(module, None)
        self.tree = Tree(module, scope)
        self.scope = scope
        self.function: Function | None = None
        self.owner: ast.ClassDef | None = None
        self.handlers: dict[type[ast.AST], Callable[[Any], None]] = {
            ast.Name: self.name,
            ast.Call: self.call,
            ast.ClassDef: self.class_def,
            ast.FunctionDef: self.function_def,
            ast.AsyncFunctionDef: self.function_def,
            ast.Lambda: self.lambda_,
            ast.Import: self.import_,
            ast.ImportFrom: self.import_from,
            ast.Assign: self.assign,
            ast.AnnAssign: self.ann_assign,
            ast.AugAssign: self.aug_assign,
            ast.NamedExpr: self.named_expr,
            ast.Global: self.global_,
            ast.Nonlocal: self.skip,
            ast.ExceptHandler: self.except_handler,
            ast.ListComp: self.comprehension,
            ast.SetComp: self.comprehension,
            ast.GeneratorExp: self.comprehension,
            ast.DictComp: self.comprehension,
            ast.Subscript: self.keep,
            ast.Attribute: self.attribute,
            ast.Constant: self.constant,
        }

    def visit(self, node: ast.AST, parent: ast.AST) -> None:
        self.tree.parents[node] = parent
        handler = self.handlers.get(type(node))
        if handler is not None:
            handler(node)
        else:
            self.children(node)

    def children(self, node: ast.AST) -> None:
        for name in node._fields:
            value = getattr(node, name, None)
            if isinstance(value, list):
                for item in value:
                    if isinstance(item, ast.AST):
                        self.visit(item, node)
            elif isinstance(value, ast.AST):
                self.visit(value, node)

    def visit_all(self, nodes: Iterable[ast.AST | None], parent: ast.AST) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node, parent)

    def bind(self, name: str, binding: Binding) -> None:
        scope = self.scope.module if name in self.scope.globals else self.scope
        scope.bindings.setdefault(name, []).append(binding)

    # Expressions

    def name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.tree.names.append(node)
            self.tree.scopes[node] = self.scope
            self.tree.within[node] = self.function
        elif isinstance(node.ctx, ast.Store):
            self.bind(node.id, Binding(Kind.OTHER, node))

    def attribute(self, node: ast.Attribute) -> None:
        self.visit(node.value, node)
        self.tree.others.append(node)

    def constant(self, node: ast.Constant) -> None:
        pass

    def call(self, node: ast.Call) -> None:
        self.tree.calls.append(node)
        self.tree.scopes[node] = self.scope
        self.tree.within[node] = self.function
        self.children(node)

    def keep(self, node: ast.AST) -> None:
        self.tree.others.append(node)
        self.children(node)

    def named_expr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value, node)
        self.tree.parents[node.target] = node
        self.bind(node.target.id, Binding(Kind.ASSIGN, node, value=node.value))

    def lambda_(self, node: ast.Lambda) -> None:
        self.visit_all([*node.args.defaults, *node.args.kw_defaults], node)
        self.enter(node, node.args, [node.body])

    def comprehension(self, node: ast.ListComp | ast.DictComp) -> None:
        first = node.generators[0]
        self.visit(first.iter, first)
        outer = self.scope
        self.scope = Scope(node, outer)
        for generator in node.generators:
            self.tree.parents[generator] = node
            self.visit(generator.target, generator)
            if generator is not first:
                self.visit(generator.iter, generator)
            self.visit_all(generator.ifs, generator)
        results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self.visit_all(results, node)
        self.scope = outer

    # Statements that bind

    def assign(self, node: ast.Assign) -> None:
        self.tree.others.append(node)
        self.visit(node.value, node)
        for target in node.targets:
            self.target(target, node.value, node)

    def target(self, target: ast.expr, value: ast.expr, parent: ast.AST) -> None:
        if isinstance(target, ast.Name):
            self.tree.parents[target] = parent
            self.bind(target.id, Binding(Kind.ASSIGN, parent, value=value))
        elif isinstance(target, ast.Tuple | ast.List):
            self.tree.parents[target] = parent
            pairs = isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts)
            for index, item in enumerate(target.elts):
                if pairs and not isinstance(item, ast.Starred):
                    assert isinstance(value, ast.Tuple | ast.List)
                    self.target(item, value.elts[index], target)
                elif isinstance(item, ast.Name):
                    self.tree.parents[item] = target
                    self.bind(item.id, Binding(Kind.UNPACK, parent, value=value, index=index))
                else:
                    self.visit(item, target)
        else:
            self.visit(target, parent)

    def ann_assign(self, node: ast.AnnAssign) -> None:
        self.visit(node.annotation, node)
        if node.value is not None:
            self.tree.others.append(node)
            self.visit(node.value, node)
            self.target(node.target, node.value, node)
        elif not isinstance(node.target, ast.Name):
            self.visit(node.target, node)

    def aug_assign(self, node: ast.AugAssign) -> None:
        self.tree.others.append(node)
        self.tree.scopes[node] = self.scope
        self.tree.within[node] = self.function
        self.visit(node.value, node)
        self.visit(node.target, node)

    def except_handler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self.bind(node.name, Binding(Kind.OTHER, node))
        self.children(node)

    def global_(self, node: ast.Global) -> None:
        self.scope.globals.update(node.names)

    def skip(self, node: ast.AST) -> None:
        pass

    def import_(self, node: ast.Import) -> None:
        self.tree.imports.append(node)
        self.tree.scopes[node] = self.scope
        for alias in node.names:
            self.tree.parents[alias] = node
            bound = alias.asname or alias.name.partition(".")[0]
            path = alias.name if alias.asname else bound
            self.bind(bound, Binding(Kind.IMPORT, node, path))

    def import_from(self, node: ast.ImportFrom) -> None:
        self.tree.imports.append(node)
        self.tree.scopes[node] = self.scope
        module = absolute_module(node, self.package)
        for alias in node.names:
            self.tree.parents[alias] = node
            path = f"{module}.{alias.name}"
            if not module and alias.name not in ROOTS:  # `from . import x` at the project's root
                path = alias.name
            if alias.name == "*":
                self.bind("*", Binding(Kind.IMPORT, node, module))
            else:
                self.bind(alias.asname or alias.name, Binding(Kind.IMPORT, node, path))

    # Definitions

    def class_def(self, node: ast.ClassDef) -> None:
        self.tree.classes.append(node)
        self.tree.scopes[node] = self.scope
        self.tree.within[node] = self.function
        self.bind(node.name, Binding(Kind.CLASS, node))
        self.visit_all([*node.decorator_list, *node.bases, *node.keywords], node)
        outer, owner = self.scope, self.owner
        self.scope, self.owner = Scope(node, outer, is_class=True), node
        self.visit_all(node.body, node)
        self.scope, self.owner = outer, owner

    def function_def(self, node: ast.FunctionDef) -> None:
        self.tree.scopes[node] = self.scope
        self.bind(node.name, Binding(Kind.FUNCTION, node))
        outside = [*node.decorator_list, *node.args.defaults, *node.args.kw_defaults, node.returns]
        self.visit_all(outside, node)
        self.enter(node, node.args, node.body)

    def enter(self, node: FunctionNode, args: ast.arguments, body: Iterable[ast.AST]) -> None:
        outer, function, owner = self.scope, self.function, self.owner
        self.scope = Scope(node, outer)
        method_of = owner if outer.is_class else None
        self.function = Function(node, self.scope, function, method_of)
        self.owner = None
        self.tree.functions[node] = self.function
        every = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
        for arg in every:
            if arg is not None:
                self.tree.parents[arg] = node
                self.bind(arg.arg, Binding(Kind.PARAMETER, arg))
                if arg.annotation is not None:
                    self.visit(arg.annotation, arg)
        self.visit_all(body, node)
        self.scope, self.function, self.owner = outer, function, owner


def absolute_module(node: ast.ImportFrom, package: str) -> str:
    """The absolute module of a `from` import inside `package` (dotted, may be empty)."""
    if not node.level:
        return node.module or ""
    parts = package.split(".") if package else []
    base = parts[: len(parts) - (node.level - 1)]
    return ".".join([*base, node.module] if node.module else base)


def build_tree(module: ast.Module, package: str = "") -> Tree:
    """Walk the module once."""
    walker = _Walker(module, package)
    for statement in module.body:
        walker.visit(statement, module)
    return walker.tree
