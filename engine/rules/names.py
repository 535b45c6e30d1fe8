"""Names of layers as the code writes them, and where the project looks layers up by name."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kerashift.engine.analysis.kinds import Kind, kind_made
from kerashift.engine.analysis.module import Definition, Resolved
from kerashift.engine.analysis.scopes import Kind as Binding
from kerashift.engine.analysis.symbols import Origin, Symbol
from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.expressions import is_text

_NAMED = (Kind.LAYER, Kind.MODEL, Kind.OPTIMIZER)
_FACTORIES = ("keras.Input", "keras.layers.Input", "keras.Variable", "tf.Variable")
_METHODS = ("add_weight", "add_variable")
_TESTS = ("startswith", "endswith")


def slashed(node: ast.expr) -> tuple[ast.Constant, ...]:
    """String constants with a `/` that an expression puts a name together from."""
    return tuple(
        part for part in _pieces(node) if isinstance(part.value, str) and "/" in part.value
    )


def _pieces(node: ast.expr) -> Iterator[ast.Constant]:
    if isinstance(node, ast.Constant):
        yield node
    elif isinstance(node, ast.JoinedStr):
        yield from (v for v in node.values if isinstance(v, ast.Constant))
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        yield from _pieces(node.left)
        yield from _pieces(node.right)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        yield from _pieces(node.left)
    elif isinstance(node, ast.IfExp):
        yield from _pieces(node.body)
        yield from _pieces(node.orelse)
    elif (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "format"
        and is_text(node.func.value)
    ):
        yield from _pieces(node.func.value)


def given_name(ctx: RuleContext, call: ast.Call) -> ast.expr | None:
    """The `name` that a call gives to a layer, model, optimizer or variable."""
    func = call.func
    value = next((k.value for k in call.keywords if k.arg == "name"), None)
    found = ctx.module.resolve(func)
    if isinstance(found, Definition) and isinstance(found.node, ast.FunctionDef):
        if _builds_layers(ctx, found.node):
            value = value if value is not None else _at(found.node, call)
            return _followed(ctx, value)
        return None
    if value is None and isinstance(func, ast.Attribute) and func.attr in _METHODS:
        return call.args[0] if call.args and is_text(call.args[0]) else None
    return _followed(ctx, value) if value is not None and _is_named(ctx, func, found) else None


def is_part_of_name(ctx: RuleContext, node: ast.Assign) -> bool:
    """Whether the name that is set is put into names of layers: `name=prefix + "conv"`."""
    for call in ctx.module.tree.calls:
        name = given_name(ctx, call)
        if not isinstance(name, ast.BinOp | ast.JoinedStr):
            continue
        for part in ast.walk(name):
            scope = ctx.module.tree.scopes.get(part) if isinstance(part, ast.Name) else None
            found = scope.lookup(part.id) if scope and isinstance(part, ast.Name) else None
            if found is not None and any(binding.node is node for binding in found[1]):
                return True
    return False


def _is_named(ctx: RuleContext, func: ast.expr, found: Resolved | None) -> bool:
    """Whether what is called makes something whose name Keras checks."""
    if isinstance(found, Symbol):
        if found.origin is Origin.LEGACY:
            return False
        return found.name in _FACTORIES or kind_made(found) in _NAMED
    if found is not None:
        return kind_made(found) in _NAMED
    if isinstance(func, ast.Attribute):
        if func.attr in _METHODS:
            return True
        return func.attr == "__init__" and _is_super(func.value)
    return False


def _followed(ctx: RuleContext, value: ast.expr | None) -> ast.expr | None:
    """What a local name was set to, where it is set once."""
    if not isinstance(value, ast.Name):
        return value
    scope = ctx.module.tree.scopes.get(value)
    found = scope.lookup(value.id) if scope is not None else None
    if found is None or len(found[1]) != 1 or found[1][0].value is None:
        return None
    return found[1][0].value if found[1][0].kind is Binding.ASSIGN else None


def _at(function: ast.FunctionDef, call: ast.Call) -> ast.expr | None:
    """The positional argument for the parameter `name`."""
    names = [arg.arg for arg in function.args.args]
    index = names.index("name") if "name" in names else len(call.args)
    if any(isinstance(a, ast.Starred) for a in call.args) or index >= len(call.args):
        return None
    return call.args[index]


def _is_super(node: ast.expr) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Name) and called.id == "super"


def _builds_layers(ctx: RuleContext, function: ast.FunctionDef) -> bool:
    """Whether a function of the project is model code that hands its `name` to layers."""
    arguments = (*function.args.args, *function.args.kwonlyargs)
    return function in ctx.contexts.model and any(arg.arg == "name" for arg in arguments)


def head(node: ast.expr) -> str:
    """The literal text that a name starts with."""
    first = next(_pieces(node), None)
    if isinstance(node, ast.JoinedStr) and (not node.values or node.values[0] is not first):
        return ""
    text = first.value if first is not None and isinstance(first.value, str) else ""
    return text.partition("{")[0].partition("%")[0]


def looked_up(call: ast.Call) -> ast.expr | None:
    """The name in `model.get_layer(name)` and `layer.name.startswith(name)`."""
    func = call.func
    if not isinstance(func, ast.Attribute):
        return None
    if func.attr == "get_layer":
        by_name = next((k.value for k in call.keywords if k.arg == "name"), None)
        return by_name if by_name is not None else (call.args[0] if call.args else None)
    if func.attr in _TESTS and _is_name_of(func.value) and len(call.args) == 1:
        return call.args[0]
    return None


def compared(node: ast.Compare) -> Iterator[ast.expr]:
    """Constants that `layer.name` is compared with."""
    sides = [node.left, *node.comparators]
    if any(_is_name_of(side) for side in sides):
        yield from (side for side in sides if not _is_name_of(side))


def _is_name_of(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "name"
