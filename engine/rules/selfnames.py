"""Attributes of `self` through a class and its relatives: where they are set, read and renamed."""

from __future__ import annotations

import ast

from kerashift.engine.analysis.module import Definition, Module
from kerashift.engine.model import Edit, Span
from kerashift.engine.rules.base import RuleContext, replace
from kerashift.engine.rules.members import lineage, uses_of_self


def uses(owner: ast.ClassDef, name: str) -> tuple[ast.Attribute, ...]:
    """Every `self.name` in the class."""
    return uses_of_self(owner).get(name, ())


def stores(owner: ast.ClassDef, name: str) -> list[ast.Attribute]:
    """The places that assign `self.name`."""
    return [node for node in uses(owner, name) if isinstance(node.ctx, ast.Store)]


def defines(module: Module, owner: ast.ClassDef, name: str) -> bool:
    """Whether the class, or a base of it in the project, has the name in its body."""
    bases = [f.node for f in lineage(module, owner) if isinstance(f, Definition)]
    return any(_in_body(cls, name) for cls in (owner, *bases) if isinstance(cls, ast.ClassDef))


def _in_body(owner: ast.ClassDef, name: str) -> bool:
    for item in owner.body:
        if isinstance(item, ast.FunctionDef | ast.ClassDef) and item.name == name:
            return True
        targets = item.targets if isinstance(item, ast.Assign) else []
        if isinstance(item, ast.AnnAssign) and item.value is not None:
            targets = [item.target]
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            return True
    return False


def relatives(module: Module, owner: ast.ClassDef) -> list[ast.ClassDef]:
    """The class, its bases and the classes derived from it, as far as they are in its file."""
    bases = {f.node for f in lineage(module, owner) if isinstance(f, Definition)}
    derived = {
        cls
        for cls in module.tree.classes
        if any(isinstance(f, Definition) and f.node is owner for f in lineage(module, cls))
    }
    return [cls for cls in module.tree.classes if cls is owner or cls in bases or cls in derived]


def renamed(ctx: RuleContext, family: list[ast.ClassDef], name: str, new: str) -> tuple[Edit, ...]:
    """Edits that write `self.new` for every `self.name` of the classes."""
    spans = {ctx.span(node) for owner in family for node in uses(owner, name)}
    return tuple(replace(Span(span.end - len(name), span.end), new) for span in sorted(spans))


def free_name(family: list[ast.ClassDef], name: str) -> str:
    """The name with an underscore behind it, more than one where the classes use that."""
    new = name + "_"
    while any(uses(owner, new) for owner in family):
        new += "_"
    return new


def is_read_elsewhere(ctx: RuleContext, family: list[ast.ClassDef], name: str) -> bool:
    """Whether other code of the project may mean the attribute: `x.name`, or its name as text."""
    inside = {id(node) for owner in family for node in ast.walk(owner)}
    for module in ctx.module.index.by_path.values():
        for node in ast.walk(module.tree.module):
            if id(node) in inside:
                if isinstance(node, ast.Call) and _by_text(node, name):
                    return True
            elif isinstance(node, ast.Attribute) and node.attr == name:
                if _may_be_object(module, node):
                    return True
            elif isinstance(node, ast.Call) and _by_text(node, name):
                return True
    return False


def _may_be_object(module: Module, node: ast.Attribute) -> bool:
    """Not a module's name (`os.path`), nor an attribute of an object of another kind."""
    value = node.value
    if isinstance(value, ast.Name):
        scope = module.tree.scopes.get(value)
        found = scope.lookup(value.id) if scope is not None else None
        if found is not None and any(binding.path for binding in found[1]):
            return False
    return not isinstance(value, ast.Constant)


def _by_text(call: ast.Call, name: str) -> bool:
    func = call.func
    if not (isinstance(func, ast.Name) and func.id in ("getattr", "setattr", "hasattr", "delattr")):
        return False
    return any(isinstance(a, ast.Constant) and a.value == name for a in call.args[1:2])
