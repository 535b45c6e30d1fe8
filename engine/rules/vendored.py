"""Files of Keras's own source that a project has copied, and imports that still lead past them."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import PurePosixPath

from kerashift.engine.analysis.module import Module
from kerashift.engine.analysis.scopes import absolute_module
from kerashift.engine.analysis.symbols import Symbol, canonical
from kerashift.engine.model import Safety
from kerashift.engine.rules.base import Finding, RuleContext, fix, replace
from kerashift.engine.tables.private import is_private

_CAUTION = (
    "The import led to the library's file; from now on it leads to the one of that name beside "
    "this file, which may have been changed."
)


def copy_finding(node: ast.Import | ast.ImportFrom, ctx: RuleContext) -> Finding | None:
    """The import of copied files from where they are; None where the statement has none such."""
    base = "" if isinstance(node, ast.Import) else absolute_module(node, "")
    if not isinstance(node, ast.ImportFrom) or node.level or not base:
        return None
    if _is_copied(base, ctx):
        kept, copied = [], node.names
    else:
        copied = [alias for alias in node.names if _is_copied(f"{base}.{alias.name}", ctx)]
        kept = [alias for alias in node.names if alias not in copied]
    if not copied:
        return None
    lines = [_from(base, kept)] if kept else []
    lines += _local_lines(base if _is_copied(base, ctx) else "", copied, _in_package(ctx))
    text = f"{ctx.module.unit.newline}{' ' * node.col_offset}".join(lines)
    message = f"`{base}` is part of Keras 2, and the project has a copy of it: `{lines[-1]}`"
    span = ctx.span(node)
    return Finding(span, message, Safety.REVIEW, fix(replace(span, text)), caution=_CAUTION)


def copy_beside(symbol: Symbol, ctx: RuleContext) -> Module | None:
    """The file beside this one that is named like the private module at `symbol`, and that
    defines every name which the code takes from that module; None if there is none such."""
    if not is_private(symbol) or symbol.name == "keras.src":
        return None
    folder = PurePosixPath(ctx.module.unit.path).parent
    path = str(folder / f"{symbol.name.rpartition('.')[2]}.py")
    found = ctx.contexts.index.by_path.get(path)
    if found is None or found is ctx.module:
        return None
    names = _names_taken(symbol, ctx)
    return found if names and names <= set(found.tree.scope.bindings) else None


def leads_to_copy(symbol: Symbol, ctx: RuleContext) -> bool:
    """Whether the path goes through a module of which the project has a copy beside this file."""
    parts = symbol.name.split(".")
    return any(
        copy_beside(Symbol(".".join(parts[:length]), symbol.origin), ctx) is not None
        for length in range(len(parts), 2, -1)
    )


def _names_taken(symbol: Symbol, ctx: RuleContext) -> set[str]:
    """Names of the module that the code refers to or imports."""
    inside = symbol.name + "."
    taken = {r.symbol.name for r in ctx.module.references if r.symbol.origin is symbol.origin}
    taken |= set(_imported(ctx.module.tree.imports))
    return {n[len(inside) :].partition(".")[0] for n in taken if n.startswith(inside)}


def _imported(nodes: Iterable[ast.Import | ast.ImportFrom]) -> Iterable[str]:
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                symbol = canonical(f"{node.module}.{alias.name}")
                if symbol is not None:
                    yield symbol.name


def _is_copied(path: str, ctx: RuleContext) -> bool:
    symbol = canonical(path)
    return symbol is not None and copy_beside(symbol, ctx) is not None


def _in_package(ctx: RuleContext) -> bool:
    folder = PurePosixPath(ctx.module.unit.path).parent
    return str(folder / "__init__.py") in ctx.contexts.index.by_path


def _local_lines(base: str, names: list[ast.alias], in_package: bool) -> list[str]:
    """Imports of names of one copied file, or of copied files where `base` is empty."""
    if base:
        module = base.rpartition(".")[2]
        return [_from(f".{module}" if in_package else module, names)]
    if in_package:
        return [_from(".", names)]
    return [f"import {_alias(name)}" for name in names]


def _from(module: str, names: list[ast.alias]) -> str:
    return f"from {module} import {', '.join(map(_alias, names))}"


def _alias(name: ast.alias) -> str:
    return name.name + (f" as {name.asname}" if name.asname else "")
