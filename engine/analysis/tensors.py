"""Which expressions hold tensors, so that Python cannot decide on their values in compiled code.

Everything that is not known for sure to be one has no value here: a Python number, `x.shape`,
`training`, an argument that may be None. Names count by all that is assigned to them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

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
from kerashift.engine.analysis.values import Value, argument, combined, is_text_or_none

MAX_DEPTH = 12
_VARIABLES = frozenset({"tf.Variable", "keras.Variable", "keras.backend.variable"})
_GIVEN = {
    "call": {Kind.LAYER: 1, Kind.MODEL: 1, Kind.LOSS: 2},
    "update_state": {Kind.METRIC: 3},
}
"""Methods that Keras hands tensors, and how many of their arguments are some."""
_OF_TENSORS = frozenset({"read_value", "value"})
_OF_ARRAYS = frozenset({"read", "stack", "concat", "gather"})
_ARRAYS = frozenset({"write", "unstack"})
_OF_A_TENSOR = frozenset({"shape", "dtype", "ndim", "get_shape"})
_PLAIN = (ast.Is, ast.IsNot, ast.In, ast.NotIn)


@dataclass(eq=False)
class Tensors:
    """The values of one module's expressions; answers are kept."""

    module: Module
    _names: dict[tuple[Scope, str], Value | None] = field(default_factory=dict)
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
        if any(is_text_or_none(side) for side in sides):
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
        if is_text_or_none(node.left):
            return None
        found = {self.of(node.left, depth), self.of(node.right, depth)}
        if Value.TENSOR in found:
            return Value.TENSOR
        if Value.SIZE in found:
            return Value.SIZE
        if Value.SOME not in found:
            return Value.OWN if Value.OWN in found else None
        # Lists are added to lists and multiplied by numbers.
        return Value.SOME if isinstance(node.op, ast.Add | ast.Mult) else Value.TENSOR

    def _ifexp(self, node: ast.IfExp, depth: int) -> Value | None:
        return combined((self.of(part, depth), part) for part in (node.body, node.orelse))

    def _namedexpr(self, node: ast.NamedExpr, depth: int) -> Value | None:
        return self.of(node.value, depth)

    # Places

    def _subscript(self, node: ast.Subscript, depth: int) -> Value | None:
        found = self.of(node.value, depth)
        if found is not Value.SHAPE:
            return found if found not in (Value.ARRAY, Value.RANGE) else None
        return _of_axis(node.slice)

    def _attribute(self, node: ast.Attribute, depth: int) -> Value | None:
        if not (isinstance(node.value, ast.Name) and node.value.id == "self"):
            return None
        owner = owner_class(self.module, node.value)
        values = attribute_values(owner, node.attr) if owner is not None else []
        return combined((self.of(value, depth), value) for value in values)

    def _name(self, node: ast.Name, depth: int) -> Value | None:
        scope = self.module.tree.scopes.get(node)
        found = scope.lookup(node.id) if scope is not None else None
        if found is None:
            return None
        where, bindings = found
        key = (where, node.id)
        if key in self._names:
            return self._names[key]
        self._names[key] = Value.OWN
        result = self._bound(bindings, where, depth)
        self._names[key] = result
        if result is Value.OWN:  # of a name that is being looked at further up
            del self._names[key]
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
            parts.append((self._binding(binding, scope, depth), binding.value))
        return combined(parts)

    def _binding(self, binding: Binding, scope: Scope, depth: int) -> Value | None:
        if binding.kind is BindingKind.PARAMETER:
            return self._parameter(binding.node, scope, depth)
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

    def _parameter(self, node: ast.AST, scope: Scope, depth: int) -> Value | None:
        """Arguments that Keras gives (tensors or structures of them), or that all calls give."""
        function = self.module.tree.functions.get(scope.node)
        if function is None or not isinstance(node, ast.arg):
            return None
        names = [a.arg for a in (*function.node.args.posonlyargs, *function.node.args.args)]
        given = ["y_true", "y_pred"] if "y_true" in names else []
        if node.arg not in [*given, *_given(self.module, function, names)]:
            return self._handed(function.node, node.arg, names, depth)
        return Value.TENSOR if _is_used_as_tensor(function.node, node.arg) else Value.SOME

    def _handed(self, node: ast.AST, name: str, names: list[str], depth: int) -> Value | None:
        """What every call of a function in the module hands it."""
        given = []
        for call in self._calls.get(node, ()):
            is_method = isinstance(call.func, ast.Attribute) and names[:1] == ["self"]
            value = argument(call, names[1:] if is_method else names, name)
            if value is None:
                return None
            given.append(value)
        return combined((self.of(value, depth), value) for value in given)

    @cached_property
    def _calls(self) -> dict[ast.AST, list[ast.Call]]:
        """The calls of each function and method of the module."""
        found: dict[ast.AST, list[ast.Call]] = {}
        for call in self.module.tree.calls:
            target = self._own_function(call)
            if target is not None:
                found.setdefault(target, []).append(call)
        return found

    def _own_function(self, call: ast.Call) -> ast.AST | None:
        meaning = self.module.resolve(call.func, self.module.tree.scopes.get(call))
        if isinstance(meaning, Definition):
            return meaning.node if meaning.module is self.module else None
        func = call.func
        if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name):
            return self._own_method(func) if func.value.id == "self" else None
        return None

    def _own_method(self, func: ast.Attribute) -> ast.FunctionDef | None:
        owner = owner_class(self.module, func.value)
        for item in owner.body if owner is not None else ():
            if isinstance(item, ast.FunctionDef) and item.name == func.attr:
                return item
        return None

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
            own = self._own_method(func)
            return self._of_function(Definition(self.module, own), depth) if own else None
        if func.attr in _OF_TENSORS:
            found = self.of(func.value, depth)
            return Value.TENSOR if found is Value.TENSOR else None
        if func.attr in _OF_ARRAYS | _ARRAYS:
            found = self.of(func.value, depth)
            if found is Value.ARRAY and func.attr in _OF_ARRAYS:
                return Value.TENSOR
            return found if found in (Value.ARRAY, Value.OWN) else None
        return None

    def _of_function(self, found: Definition, depth: int) -> Value | None:
        """What a function of the project returns."""
        node = found.node
        if node is None or isinstance(node, ast.ClassDef) or found.module is not self.module:
            return None
        if node not in self._returned:
            self._returned[node] = None
            returned = list(_returns(node))
            self._returned[node] = combined((self.of(value, depth), value) for value in returned)
        return self._returned[node]


def _returns(node: ast.AST) -> Iterator[ast.expr]:
    """What a function gives back, without the functions in it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(child, ast.Return) and child.value is not None:
            yield child.value
        yield from _returns(child)


def _given(module: Module, function: Function, names: list[str]) -> list[str]:
    """The arguments that Keras hands tensors."""
    kinds = _GIVEN.get(function.name, {})
    kind = kind_of_class(module, function.owner) if function.owner is not None and kinds else None
    return names[1 : 1 + kinds[kind]] if kind in kinds else []


def _is_used_as_tensor(function: ast.AST, name: str) -> bool:
    """Whether the code does with an argument what it could not do with a list of tensors."""
    for node in ast.walk(function):
        if isinstance(node, ast.Attribute):
            if node.attr in _OF_A_TENSOR and _is_name(node.value, name):
                return True
        elif isinstance(node, ast.BinOp) and (
            _is_name(node.left, name) or _is_name(node.right, name)
        ):
            other = node.right if _is_name(node.left, name) else node.left
            is_float = isinstance(other, ast.Constant) and isinstance(other.value, float)
            if is_float or not isinstance(node.op, ast.Add | ast.Mult):
                return True
    return False


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _of_axis(node: ast.expr) -> Value | None:
    """A size of a tensor: that of the batch is not known while a model is compiled."""
    if isinstance(node, ast.Slice):
        return Value.SHAPE
    return Value.SIZE if isinstance(node, ast.Constant) and node.value == 0 else None


def _updates(module: Module, node: ast.AST) -> bool:
    parent = module.parent(node)
    return isinstance(parent, ast.AugAssign) and parent.target is node
