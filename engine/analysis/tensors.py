"""Which expressions hold tensors, so that Python cannot decide on their values in compiled code.

Everything that is not known for sure to be one has no value here: a Python number, `x.shape`,
`training`, an argument that may be None. Names count by all that is assigned to them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from kerashift.engine.analysis.kinds import (
    Kind,
    attribute_values,
    kind_of,
    kind_of_class,
    owner_class,
)
from kerashift.engine.analysis.module import Definition, Module
from kerashift.engine.analysis.opresults import result_of
from kerashift.engine.analysis.scopes import Binding, Function, Scope
from kerashift.engine.analysis.scopes import Kind as BindingKind
from kerashift.engine.analysis.values import Value

MAX_DEPTH = 12
_VARIABLES = frozenset({"tf.Variable", "keras.Variable", "keras.backend.variable"})
_GIVEN = {
    "call": {Kind.LAYER: 1, Kind.MODEL: 1, Kind.LOSS: 2},
    "update_state": {Kind.METRIC: 3},
}
"""Methods that Keras hands tensors, and how many of their arguments are some."""
_OF_TENSORS = frozenset({"read_value", "value"})
_OF_ARRAYS = frozenset({"read", "stack", "concat", "gather"})
_PLAIN = (ast.Is, ast.IsNot, ast.In, ast.NotIn)


class _Pending(Enum):
    """A name that is being looked at: `x = x + 1` says nothing new of it."""

    PENDING = auto()


@dataclass
class Tensors:
    """The values of one module's expressions; answers are kept."""

    module: Module
    _names: dict[tuple[Scope, str], Value | _Pending | None] = field(default_factory=dict)
    _returned: dict[ast.AST, Value | None] = field(default_factory=dict)

    def decides(self, node: ast.expr) -> bool:
        """Whether a condition is a tensor."""
        return self.of(node) in (Value.TENSOR, Value.SIZE)

    def is_asked(self, node: ast.BoolOp | ast.UnaryOp) -> bool:
        """Whether the operator itself asks whether a tensor is true: not the last of an `or`."""
        if isinstance(node, ast.UnaryOp):
            return isinstance(node.op, ast.Not) and self.decides(node.operand)
        return any(self.decides(value) for value in node.values[:-1])

    def of(self, node: ast.expr, depth: int = 0) -> Value | None:
        """What an expression holds; None where it is no tensor or that is not known."""
        if depth > MAX_DEPTH:
            return None
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        found = method(node, depth + 1) if method is not None else None
        return found if isinstance(found, Value) else None

    # Operators

    def _compare(self, node: ast.Compare, depth: int) -> Value | None:
        if any(isinstance(op, _PLAIN) for op in node.ops):
            return None
        sides = [node.left, *node.comparators]
        if any(_is_text_or_none(side) for side in sides):
            return None
        found = [self.of(side, depth) for side in sides]
        if Value.TENSOR in found or Value.SIZE in found:
            return Value.TENSOR
        equality = any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops)
        return Value.TENSOR if Value.SOME in found and not equality else None

    def _boolop(self, node: ast.BoolOp, depth: int) -> Value | None:
        found = {self.of(part, depth) for part in node.values}
        if Value.TENSOR in found:
            return Value.TENSOR
        return Value.SIZE if Value.SIZE in found else None

    def _unaryop(self, node: ast.UnaryOp, depth: int) -> Value | None:
        found = self.of(node.operand, depth)
        if isinstance(node.op, ast.Not):
            return Value.TENSOR if found in (Value.TENSOR, Value.SIZE) else None
        return Value.TENSOR if found is Value.SOME else found

    def _binop(self, node: ast.BinOp, depth: int) -> Value | None:
        if _is_text_or_none(node.left):
            return None
        found = {self.of(node.left, depth), self.of(node.right, depth)}
        if Value.TENSOR in found:
            return Value.TENSOR
        if Value.SIZE in found:
            return Value.SIZE
        if Value.SOME not in found:
            return None
        # Lists are added to lists and multiplied by numbers.
        return Value.SOME if isinstance(node.op, ast.Add | ast.Mult) else Value.TENSOR

    def _ifexp(self, node: ast.IfExp, depth: int) -> Value | None:
        return _all((self.of(part, depth), part) for part in (node.body, node.orelse))

    def _namedexpr(self, node: ast.NamedExpr, depth: int) -> Value | None:
        return self.of(node.value, depth)

    # Places

    def _subscript(self, node: ast.Subscript, depth: int) -> Value | None:
        found = self.of(node.value, depth)
        if found is not Value.SHAPE:
            return found if found is not Value.ARRAY else None
        return _of_axis(node.slice)

    def _attribute(self, node: ast.Attribute, depth: int) -> Value | None:
        if not (isinstance(node.value, ast.Name) and node.value.id == "self"):
            return None
        owner = owner_class(self.module, node.value)
        values = attribute_values(owner, node.attr) if owner is not None else []
        return _all((self.of(value, depth), value) for value in values)

    def _name(self, node: ast.Name, depth: int) -> Value | None:
        scope = self.module.tree.scopes.get(node)
        found = scope.lookup(node.id) if scope is not None else None
        if found is None:
            return None
        where, bindings = found
        key = (where, node.id)
        known = self._names.get(key, ...)
        if known is _Pending.PENDING:
            return None
        if known is not ...:
            return known
        self._names[key] = _Pending.PENDING
        result = self._bound(bindings, where, depth)
        self._names[key] = result
        return result

    def _bound(self, bindings: list[Binding], scope: Scope, depth: int) -> Value | None:
        parts: list[tuple[Value | None, ast.expr | None]] = []
        for binding in bindings:
            node = binding.node
            if _updates(self.module, node):
                update = self.module.parent(node)
                assert isinstance(update, ast.AugAssign)
                found = self.of(update.value, depth)
                if found is not None:
                    parts.append((found, None))
                continue
            value = binding.value
            if value is not None and self._is_of_itself(value, node):
                continue
            parts.append((self._binding(binding, scope, depth), value))
        return _all(parts)

    def _is_of_itself(self, value: ast.expr, node: ast.AST) -> bool:
        """Whether a name is set to something of itself only, as `x = x * 2` does."""
        targets = node.targets if isinstance(node, ast.Assign) else []
        names = {t.id for t in targets if isinstance(t, ast.Name)}
        if not isinstance(value, ast.BinOp):
            return False
        sides = (value.left, value.right)
        own = [s for s in sides if isinstance(s, ast.Name) and s.id in names]
        return bool(own) and all(s in own or isinstance(s, ast.Constant) for s in sides)

    def _binding(self, binding: Binding, scope: Scope, depth: int) -> Value | None:
        if binding.kind is BindingKind.PARAMETER:
            return self._parameter(binding.node, scope)
        if binding.kind is BindingKind.ASSIGN and binding.value is not None:
            return self.of(binding.value, depth)
        if binding.kind is BindingKind.UNPACK and binding.value is not None:
            found = self.of(binding.value, depth)
            if found is Value.SHAPE:
                return Value.SIZE if binding.index == 0 else None
            return Value.SOME if found in (Value.TENSOR, Value.SOME) else None
        loop = self.module.parent(binding.node)
        if isinstance(loop, ast.For | ast.comprehension) and loop.target is binding.node:
            return self.of_item(loop.iter, depth)
        return None

    def of_item(self, node: ast.expr, depth: int = 0) -> Value | None:
        """What a loop over an expression gives: with a fixed number of turns it is Python's."""
        found = self.of(node, depth)
        if found is Value.RANGE:
            assert isinstance(node, ast.Call)
            values = [self.of(part, depth) for part in node.args]
            return Value.TENSOR if Value.TENSOR in values or Value.SIZE in values else None
        return found if found in (Value.TENSOR, Value.SOME) else None

    def _parameter(self, node: ast.AST, scope: Scope) -> Value | None:
        """Arguments that Keras gives: tensors, or structures of them."""
        function = self.module.tree.functions.get(scope.node)
        if function is None or not isinstance(node, ast.arg):
            return None
        names = [a.arg for a in (*function.node.args.posonlyargs, *function.node.args.args)]
        if "y_true" in names and node.arg in ("y_true", "y_pred"):
            return Value.SOME
        return Value.SOME if node.arg in _given(self.module, function, names) else None

    # Calls

    def _call(self, node: ast.Call, depth: int) -> Value | None:
        scope = self.module.tree.scopes.get(node)
        symbol = self.module.symbol(node.func, scope)
        if symbol is not None:
            if symbol.name in _VARIABLES:
                return Value.TENSOR
            return result_of(symbol) or self._of_object(node, depth)
        found = self.module.resolve(node.func, scope)
        if isinstance(found, Definition):
            return self._of_function(found, depth)
        if isinstance(node.func, ast.Attribute):
            method = self._of_method(node.func, depth)
            if method is not None:
                return method
        if isinstance(node.func, ast.Name) and node.func.id == "abs" and node.args:
            return self.of(node.args[0], depth)
        return self._of_object(node, depth)

    def _of_object(self, node: ast.Call, depth: int) -> Value | None:
        """What a layer, model, loss or metric gives when it is called."""
        kind = kind_of(self.module, node.func)
        if kind in (Kind.LAYER, Kind.MODEL):
            return Value.SOME
        return Value.TENSOR if kind in (Kind.LOSS, Kind.METRIC) else None

    def _of_method(self, func: ast.Attribute, depth: int) -> Value | None:
        if func.attr == "add_weight" and isinstance(func.value, ast.Name):
            return Value.TENSOR if func.value.id == "self" else None
        if isinstance(func.value, ast.Name) and func.value.id == "self":
            return self._of_own_method(func, depth)
        if func.attr in _OF_TENSORS:
            found = self.of(func.value, depth)
            return Value.TENSOR if found is Value.TENSOR else None
        if (
            func.attr in _OF_ARRAYS | {"write", "unstack"}
            and self.of(func.value, depth) is Value.ARRAY
        ):
            return Value.TENSOR if func.attr in _OF_ARRAYS else Value.ARRAY
        return None

    def _of_own_method(self, func: ast.Attribute, depth: int) -> Value | None:
        owner = owner_class(self.module, func.value)
        for item in owner.body if owner is not None else ():
            if isinstance(item, ast.FunctionDef) and item.name == func.attr:
                return self._of_function(Definition(self.module, item), depth)
        return None

    def _of_function(self, found: Definition, depth: int) -> Value | None:
        """What a function of the project returns."""
        node = found.node
        if node is None or isinstance(node, ast.ClassDef) or found.module is not self.module:
            return None
        if node not in self._returned:
            self._returned[node] = None
            returned = list(_returns(node))
            self._returned[node] = _all((self.of(value, depth), value) for value in returned)
        return self._returned[node]


def _returns(node: ast.AST) -> Iterator[ast.expr]:
    """What a function gives back, without the functions in it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(child, ast.Return) and child.value is not None:
            yield child.value
        yield from _returns(child)


def _all(parts: Iterable[tuple[Value | None, ast.expr | None]]) -> Value | None:
    """The value of a name by those of all that it may hold; numbers beside tensors do not count."""
    found = set()
    for value, node in parts:
        if value is not None:
            found.add(value)
        elif node is not None and _is_none(node):
            found.add(Value.SOME)
        elif not _is_number(node):
            return None
    if found == {Value.SOME} and not any(value is not None for value, _ in parts):
        return None
    if len(found) == 1:
        return found.pop()
    return Value.SOME if found and found <= {Value.SOME, Value.TENSOR} else None


def _given(module: Module, function: Function, names: list[str]) -> list[str]:
    """The arguments that Keras hands tensors."""
    kinds = _GIVEN.get(function.name, {})
    kind = kind_of_class(module, function.owner) if function.owner is not None and kinds else None
    return names[1 : 1 + kinds[kind]] if kind in kinds else []


def _of_axis(node: ast.expr) -> Value | None:
    """A size of a tensor: that of the batch is not known while a model is compiled."""
    if isinstance(node, ast.Slice):
        return Value.SHAPE
    if isinstance(node, ast.UnaryOp):
        return None
    return None if isinstance(node, ast.Constant) and node.value != 0 else Value.SIZE


def _updates(module: Module, node: ast.AST) -> bool:
    parent = module.parent(node)
    return isinstance(parent, ast.AugAssign) and parent.target is node


def _is_text_or_none(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, str))
    )


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_number(node: ast.expr | None) -> bool:
    if isinstance(node, ast.UnaryOp):
        return _is_number(node.operand)
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)
