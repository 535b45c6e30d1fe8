"""Paths in code: the literal text that a path ends in, and edits of that ending."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from kerashift.engine.analysis.module import Module
from kerashift.engine.analysis.scopes import Kind as BindingKind
from kerashift.engine.model import Edit, Span
from kerashift.engine.rules.receivers import bindings_of

_DEPTH = 4


@dataclass(frozen=True, slots=True)
class PathText:
    """A path whose last characters are written in the code.

    `key` is equal for equal paths of a project; `tail` are the last characters, up to the last
    value that is put in; `literal` is the string to edit.
    """

    key: str
    tail: str
    literal: ast.expr

    def ends(self, *suffixes: str) -> bool:
        return self.tail.endswith(suffixes)


def path_text(module: Module, node: ast.expr) -> PathText | None:
    """The text of a path expression; None where its end is not in sight."""
    value = _unwrapped(module, _value(module, node))
    literal = _last_literal(module, value)
    if literal is None:
        return None
    tail = _tail(literal)
    if tail is None:
        return None
    if isinstance(value, ast.Constant):
        return PathText(str(value.value).removeprefix("./").rstrip("/"), tail, literal)
    return PathText(ast.unparse(value), tail, literal)


def _value(module: Module, node: ast.expr, depth: int = 0) -> ast.expr:
    """The expression that a name was assigned, if that happens once in this module."""
    if isinstance(node, ast.Name) and depth < _DEPTH:
        bindings = bindings_of(node.id, module.tree.scopes.get(node))
        if len(bindings) == 1 and bindings[0].kind is BindingKind.ASSIGN:
            value = bindings[0].value
            if value is not None:
                return _value(module, value, depth + 1)
    return node


def _unwrapped(module: Module, node: ast.expr) -> ast.expr:
    """`path` of `Path(path)` and of `str(path)`, which mean the same file."""
    for _ in range(_DEPTH):
        if not isinstance(node, ast.Call) or len(node.args) != 1 or node.keywords:
            break
        if not isinstance(node.func, ast.Name) or node.func.id not in ("Path", "PurePath", "str"):
            break
        node = _value(module, node.args[0])
    return node


def _last_literal(module: Module, node: ast.expr, depth: int = 0) -> ast.expr | None:
    """The string that the path ends in."""
    if depth > _DEPTH:
        return None
    if isinstance(node, ast.JoinedStr):
        return node
    if isinstance(node, ast.Constant):
        return node if isinstance(node.value, str) else None
    inner: ast.expr | None = None
    if isinstance(node, ast.BinOp):
        if isinstance(node.op, ast.Add | ast.Div):
            inner = _value(module, node.right)
        elif isinstance(node.op, ast.Mod):
            inner = node.left
    elif isinstance(node, ast.Call) and not any(isinstance(a, ast.Starred) for a in node.args):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        name = node.func.id if isinstance(node.func, ast.Name) else name
        if name in ("join", "joinpath", "Path", "str", "abspath", "expanduser") and node.args:
            inner = _value(module, node.args[-1])
        elif name == "format" and isinstance(node.func, ast.Attribute):
            inner = node.func.value
    return _last_literal(module, inner, depth + 1) if inner is not None else None


def _tail(literal: ast.expr) -> str | None:
    if isinstance(literal, ast.Constant):
        return str(literal.value)
    assert isinstance(literal, ast.JoinedStr)
    last = literal.values[-1] if literal.values else None
    return str(last.value) if isinstance(last, ast.Constant) else None


def change_ending(module: Module, path: PathText, old: str, new: str) -> Edit | None:
    """The edit that puts `new` in place of the characters `old` at the end of a path's text.

    None where the text is written with escapes, so that the place cannot be told.
    """
    text = module.text(path.literal)
    quotes = 3 if text.endswith(('"""', "'''")) else 1
    inner = text[:-quotes]
    if not inner.endswith(old) or "\n" in text:
        return None
    end = module.span(path.literal).end - quotes
    return Edit(Span(end - len(old), end), (new,))
