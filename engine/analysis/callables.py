"""Which functions of the project an expression means: names, methods, lambdas, and what wraps them.

`partial(f, …)`, `make(size)` that returns a function, `TABLE["flip"]`, `Parser().parse` and the
variable of a loop over functions all lead to functions. What cannot be told for sure leads to none.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TypeGuard

from kerashift.engine.analysis.kinds import (
    MODEL_SIDE,
    attribute_values,
    kind_of_class,
    owner_class,
)
from kerashift.engine.analysis.module import Definition, Module, Resolved
from kerashift.engine.analysis.scopes import Binding, Kind, Scope

Key = tuple[Module, ast.AST]
"""A function of the project: its module and its `def` or `lambda`."""
_DEPTH = 4
_VIEWS = frozenset({"values", "items", "get", "copy"})


def functions_of(
    module: Module, nodes: Iterable[ast.expr], scope: Scope | None = None, depth: int = 0
) -> Iterator[Key]:
    """The functions that expressions mean."""
    if depth > _DEPTH:
        return
    for node in nodes:
        if isinstance(node, ast.Lambda):
            yield module, node
        elif isinstance(node, ast.Call):
            yield from _of_call(module, node, depth + 1)
        elif isinstance(node, ast.Subscript):
            yield from functions_of(module, _items(module, node.value), scope, depth + 1)
        elif isinstance(node, ast.Name | ast.Attribute):
            yield from _of_name(module, node, scope, depth + 1)


def handed_functions(module: Module, call: ast.Call) -> Iterator[Key]:
    """Functions given to a call by name, as in `ops.map(step, x)`."""
    for argument in [*call.args, *(keyword.value for keyword in call.keywords)]:
        if isinstance(argument, ast.Name | ast.Attribute):
            yield from _by_name(module, argument)


def decorated_by(module: Module, node: ast.AST) -> Iterator[Key]:
    """The functions that a project's own decorators put around a function."""
    for decorator in getattr(node, "decorator_list", ()):
        maker = decorator.func if isinstance(decorator, ast.Call) else decorator
        found = module.resolve(maker, module.tree.scopes.get(node))
        if isinstance(found, Definition):
            yield from _inner(found)


def leaves(node: ast.expr) -> Iterator[ast.expr]:
    """Items of lists and dicts, so that `metrics=[dice, iou]` gives both."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        for item in node.elts:
            yield from leaves(item)
    elif isinstance(node, ast.Dict):
        for item in node.values:
            yield from leaves(item)
    else:
        yield node


def _of_call(module: Module, node: ast.Call, depth: int) -> Iterator[Key]:
    """`partial(f, …)` and wrappers of functions; makers of functions; objects that are called."""
    yield from functions_of(module, node.args[:1], None, depth)
    if isinstance(node.func, ast.Attribute) and node.func.attr in _VIEWS:
        yield from functions_of(module, _items(module, node.func.value), None, depth)
    found = module.resolve(node.func, module.tree.scopes.get(node))
    plain = _plain_class(found)
    if plain is not None:
        yield from _method(*plain, "__call__")
    elif isinstance(found, Definition):
        yield from _inner(found)


def _inner(found: Definition) -> Iterator[Key]:
    """The functions that a function makes and gives back."""
    if found.node is None or isinstance(found.node, ast.ClassDef):
        return
    local = {
        item.name: item
        for item in ast.walk(found.node)
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and item is not found.node
    }
    for part in ast.walk(found.node):
        if isinstance(part, ast.Return) and part.value is not None:
            value: ast.expr = part.value
            if isinstance(value, ast.Lambda):
                yield found.module, value
            elif isinstance(value, ast.Name) and value.id in local:
                yield found.module, local[value.id]


def _of_name(
    module: Module, node: ast.Name | ast.Attribute, scope: Scope | None, depth: int
) -> Iterator[Key]:
    known = tuple(_by_name(module, node, scope))
    if known:
        yield from known
    elif isinstance(node, ast.Name):
        for binding in _bindings(module, node, scope):
            yield from functions_of(module, _values(module, binding), None, depth)
    elif _is_of_self(node):
        owner = owner_class(module, node.value)
        values = attribute_values(owner, node.attr) if owner is not None else []
        yield from functions_of(module, values, None, depth)
    else:
        yield from _method_of_object(module, node)


def _by_name(
    module: Module, node: ast.Name | ast.Attribute, scope: Scope | None = None
) -> Iterator[Key]:
    """`f`, `module.f`, `self.method`, and a lambda under a name: the cheap questions."""
    if _is_of_self(node):
        owner = owner_class(module, node.value)
        if owner is not None:
            yield from _method(module, owner, node.attr)
        return
    found = module.resolve(node, scope)
    if isinstance(found, Definition):
        if found.node is not None and not isinstance(found.node, ast.ClassDef):
            yield found.module, found.node
    elif found is None and isinstance(node, ast.Name):
        for binding in _bindings(module, node, scope):
            if isinstance(binding.value, ast.Lambda):
                yield module, binding.value


def _method_of_object(module: Module, node: ast.Attribute) -> Iterator[Key]:
    """`parser.parse`, where `parser` was made by a class of the project."""
    makers: list[ast.expr] = [node.value]
    if isinstance(node.value, ast.Name):
        bindings = _bindings(module, node.value, None)
        makers = [b.value for b in bindings if b.kind is Kind.ASSIGN and b.value is not None]
    elif _is_of_self(node.value):
        owner = owner_class(module, node.value.value)
        makers = attribute_values(owner, node.value.attr) if owner is not None else []
    for maker in makers:
        target = maker.func if isinstance(maker, ast.Call) else maker
        scope = module.tree.scopes.get(maker)
        found = module.resolve(target, scope)
        plain = _plain_class(found)
        if plain is not None:
            yield from _method(*plain, node.attr)


def _plain_class(found: Resolved | None) -> tuple[Module, ast.ClassDef] | None:
    """A class of the project that is nothing of Keras."""
    if not isinstance(found, Definition) or not isinstance(found.node, ast.ClassDef):
        return None
    if kind_of_class(found.module, found.node) in MODEL_SIDE:
        return None
    return found.module, found.node


def _is_of_self(node: ast.expr) -> TypeGuard[ast.Attribute]:
    """`self.name` or `cls.name`."""
    if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)):
        return False
    return node.value.id in ("self", "cls")


def _method(module: Module, owner: ast.ClassDef, name: str, depth: int = 0) -> Iterator[Key]:
    """A method by its name, of the class or of the first base that has it."""
    for item in owner.body:
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and item.name == name:
            yield module, item
            return
    for base in owner.bases if depth < _DEPTH else ():
        found = module.resolve(base, module.tree.scopes.get(owner))
        if isinstance(found, Definition) and isinstance(found.node, ast.ClassDef):
            methods = tuple(_method(found.module, found.node, name, depth + 1))
            if methods:
                yield from methods
                return


def _items(module: Module, node: ast.expr) -> Iterator[ast.expr]:
    """What stands in a list, tuple or dict, also under a name."""
    if isinstance(node, ast.Name):
        for binding in _bindings(module, node, None):
            if isinstance(binding.value, ast.Dict | ast.List | ast.Tuple | ast.Set):
                yield from leaves(binding.value)
    elif _is_of_self(node):
        owner = owner_class(module, node.value)
        for value in attribute_values(owner, node.attr) if owner is not None else ():
            if isinstance(value, ast.Dict | ast.List | ast.Tuple | ast.Set):
                yield from leaves(value)
    elif isinstance(node, ast.Dict | ast.List | ast.Tuple | ast.Set):
        yield from leaves(node)


def _values(module: Module, binding: Binding) -> Iterator[ast.expr]:
    """What a name may hold: what it was assigned, or the items that a loop goes over."""
    if binding.kind is Kind.ASSIGN and binding.value is not None:
        yield binding.value
    elif binding.kind is Kind.OTHER:
        loop = module.parent(binding.node)
        while isinstance(loop, ast.Tuple):
            loop = module.parent(loop)
        if isinstance(loop, ast.For | ast.comprehension):
            over = loop.iter
            if isinstance(over, ast.Call) and isinstance(over.func, ast.Attribute):
                over = over.func.value
            yield from _items(module, over)


def _bindings(module: Module, node: ast.Name, scope: Scope | None) -> list[Binding]:
    scope = scope or module.tree.scopes.get(node)
    found = scope.lookup(node.id) if scope is not None else None
    return found[1] if found is not None else []
