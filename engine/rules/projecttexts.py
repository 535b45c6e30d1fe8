"""What texts a project writes: keys, names and monitored quantities, wherever they stand."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from weakref import WeakKeyDictionary

from kerashift.engine.analysis.index import ProjectIndex
from kerashift.engine.rules.base import RuleContext

_texts: WeakKeyDictionary[ProjectIndex, frozenset[str]] = WeakKeyDictionary()
_named: WeakKeyDictionary[ProjectIndex, frozenset[str]] = WeakKeyDictionary()
_stored: WeakKeyDictionary[ProjectIndex, frozenset[str]] = WeakKeyDictionary()


def texts(ctx: RuleContext) -> frozenset[str]:
    """Every string constant of the project."""
    index = ctx.module.index
    if index not in _texts:
        _texts[index] = frozenset(
            node.value
            for node in _nodes(index)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )
    return _texts[index]


def stored_keys(ctx: RuleContext) -> frozenset[str]:
    """Keys that the project itself writes: `x["lr"] = …`, `{"lr": …}`, `update(lr=…)`.

    Functions count too: a metric is logged under the name of its function.
    """
    index = ctx.module.index
    if index not in _stored:
        _stored[index] = frozenset(_keys(index))
    return _stored[index]


def named_texts(ctx: RuleContext) -> frozenset[str]:
    """Every text that the project gives as `name=`."""
    index = ctx.module.index
    if index not in _named:
        calls = [node for node in _nodes(index) if isinstance(node, ast.Call)]
        given = [k.value for call in calls for k in call.keywords if k.arg == "name"]
        _named[index] = frozenset(str(v.value) for v in given if isinstance(v, ast.Constant))
    return _named[index]


def _nodes(index: ProjectIndex) -> Iterator[ast.AST]:
    for module in index.by_path.values():
        yield from ast.walk(module.tree.module)


def _keys(index: ProjectIndex) -> Iterator[str]:
    for node in _nodes(index):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            if isinstance(node.slice, ast.Constant):
                yield str(node.slice.value)
        elif isinstance(node, ast.Dict):
            yield from (str(k.value) for k in node.keys if isinstance(k, ast.Constant))
        elif isinstance(node, ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.Call) and _is_update(node.func):
            yield from (k.arg for k in node.keywords if k.arg is not None)


def _is_update(func: ast.expr) -> bool:
    return isinstance(func, ast.Attribute) and func.attr == "update"
