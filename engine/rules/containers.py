"""Lists and dicts of layers that are filled in ways that Keras 3 does not follow.

Keras 3 looks at what a list or dict holds when it becomes an attribute, and at `append`, `extend`,
`insert` and `+=` of a list and `d[key] = …` and `update` of a dict after that. It makes a copy of
its own, so a name that the list had before means another list.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from kerashift.engine.analysis.kinds import Kind, attribute_values
from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.members import attribute_of_self, creates_state, methods

_KEPT = (Kind.LAYER, Kind.MODEL, Kind.METRIC)
_MAKERS = ("add_weight", "add_variable")
_FILLERS = ("append", "extend", "insert")


@dataclass(frozen=True, slots=True)
class Late:
    """What is put in unseen at `node`. After the statement `after` the attribute is to be set."""

    node: ast.AST
    attribute: str
    value: str
    after: ast.stmt


def late_items(ctx: RuleContext, owner: ast.ClassDef) -> Iterator[Late]:
    """One for each attribute and method of a class."""
    for where in methods(owner):
        if not creates_state(owner, where.name):
            continue
        found: dict[str, Late] = {}
        for statement in where.body:
            for node in ast.walk(statement):
                for attribute, value in _unseen(ctx, owner, where, node):
                    first = found[attribute].node if attribute in found else node
                    found[attribute] = Late(first, attribute, value, statement)
        for late in found.values():
            if not _is_set_again(late, where):
                yield late


def _is_set_again(late: Late, where: ast.FunctionDef) -> bool:
    """Whether the attribute is set anew behind the statement already."""
    return any(
        isinstance(s, ast.Assign)
        and s.lineno > late.after.lineno
        and any(attribute_of_self(t) == late.attribute for t in s.targets)
        for s in where.body
    )


def _unseen(
    ctx: RuleContext, owner: ast.ClassDef, where: ast.FunctionDef, node: ast.AST
) -> Iterator[tuple[str, str]]:
    """The attribute that a statement fills unseen, and what it is to be set to."""
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        name = attribute_of_self(node.targets[0].value)
        if name is not None and _starts_as(owner, name) is list and _is_kept(ctx, node.value):
            yield name, f"list(self.{name})"
        return
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
        return
    target, value = node.func.value, node.args[-1]
    if node.func.attr == "setdefault" and _is_kept(ctx, value):
        name = attribute_of_self(target)
        if name is not None and _starts_as(owner, name) is dict:
            yield name, f"dict(self.{name})"
        return
    if node.func.attr not in _FILLERS or not _is_kept(ctx, value):
        return
    if isinstance(target, ast.Subscript):
        name = attribute_of_self(target.value)
        kind = _starts_as(owner, name) if name is not None else None
        if kind is not None and not _has_lists(owner, str(name)):
            yield str(name), f"{kind.__name__}(self.{name})"
    elif isinstance(target, ast.Name):
        yield from _by_name(owner, where, target, node)


def _by_name(
    owner: ast.ClassDef, where: ast.FunctionDef, target: ast.Name, node: ast.Call
) -> Iterator[tuple[str, str]]:
    """`layers.append(…)` where `self.x = layers`, or `self.x.append(layers)`, stands before."""
    if not any(_names(s, target.id) for s in ast.walk(where) if isinstance(s, ast.Assign)):
        return
    for statement in ast.walk(where):
        if not isinstance(statement, ast.Assign | ast.Expr) or statement.lineno >= node.lineno:
            continue
        if isinstance(statement, ast.Assign):
            if not _is_name(statement.value, target.id):
                continue
            first = statement.targets[0]
            name = attribute_of_self(first)
            if name is not None:
                yield name, target.id
            elif isinstance(first, ast.Subscript):
                name = attribute_of_self(first.value)
                kind = _starts_as(owner, name) if name is not None else None
                if kind is not None:
                    yield str(name), f"{kind.__name__}(self.{name})"
        elif isinstance(statement.value, ast.Call):
            call = statement.value
            if not (isinstance(call.func, ast.Attribute) and call.func.attr == "append"):
                continue
            name = attribute_of_self(call.func.value)
            if name is not None and call.args and _is_name(call.args[0], target.id):
                yield name, f"list(self.{name})"


def _names(statement: ast.Assign, name: str) -> bool:
    """Whether a statement makes a local list of that name."""
    is_list = isinstance(statement.value, ast.List | ast.ListComp)
    return is_list and any(_is_name(t, name) for t in statement.targets)


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _starts_as(owner: ast.ClassDef, name: str) -> type | None:
    """Whether an attribute is set to a list or to a dict; None if to both or something else."""
    kinds = {_kind(value) for value in attribute_values(owner, name)}
    return kinds.pop() if len(kinds) == 1 else None


def _kind(value: ast.expr) -> type | None:
    if isinstance(value, ast.BinOp):
        value = value.left
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
        return {"list": list, "dict": dict}.get(value.func.id)
    if isinstance(value, ast.List | ast.ListComp):
        return list
    return dict if isinstance(value, ast.Dict | ast.DictComp) else None


def _has_lists(owner: ast.ClassDef, name: str) -> bool:
    """Whether it is set to lists within: Keras looks into those."""
    return any(
        isinstance(part, ast.List | ast.ListComp | ast.Dict | ast.DictComp)
        for value in attribute_values(owner, name)
        for child in ast.iter_child_nodes(value)
        for part in ast.walk(child)
    )


def _is_kept(ctx: RuleContext, value: ast.expr) -> bool:
    """Whether something is a layer, a metric or a weight."""
    if isinstance(value, ast.Call) and attribute_of_self(value.func) in _MAKERS:
        return True
    return ctx.kind(value) in _KEPT
