"""Import statements with names taken from new places: the lines that replace one statement."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

from kerashift.engine.analysis.scopes import absolute_module
from kerashift.engine.analysis.symbols import Symbol, canonical
from kerashift.engine.model import Fix, Safety, Span
from kerashift.engine.rules.base import Finding, RuleContext, fix, replace
from kerashift.engine.tables import api
from kerashift.engine.tables.moves import row_name

Place = Callable[[Symbol], str | None]
"""The new path of an imported symbol or module; None leaves it where it is."""


@dataclass
class _Lines:
    """What a statement becomes. `moved` are the symbols that got a new place."""

    lines: list[str] = field(default_factory=list)
    moved: list[Symbol] = field(default_factory=list)


def import_finding(
    node: ast.Import | ast.ImportFrom,
    ctx: RuleContext,
    place: Place,
    caution: Callable[[str], str] = lambda path: "",
) -> Finding | None:
    """A finding whose fix takes names from where `place` says; None if it changes nothing."""

    def whole(symbol: Symbol) -> str | None:
        target = place(symbol)
        return target if target is None or moves_whole(ctx, symbol, target, place) else None

    if isinstance(node, ast.ImportFrom):
        lines = _from_lines(node, whole)
    else:
        lines = _import_lines(node, whole)
    if lines is None:
        return None
    text = f"{ctx.module.unit.newline}{' ' * node.col_offset}".join(lines.lines)
    old = ctx.text(node)
    if text == old:
        return None
    span = ctx.span(node)
    doubt = next((c for c in (caution(s.name) for s in lines.moved) if c), "")
    safety = Safety.REVIEW if doubt else Safety.SAFE
    message = f"`{_first_line(old)}` becomes `{_first_line(text)}`"
    row = next((row for row in (row_name(s.name) for s in lines.moved) if row), "")
    return Finding(span, message, safety, fix(replace(span, text)), caution=doubt, row=row)


def moves_whole(ctx: RuleContext, symbol: Symbol, target: str, place: Place) -> bool:
    """Whether all that the code takes from an imported module is in the new one.

    True for what is no module. Where it is False, the module's names are written anew one by one.
    """
    inside = symbol.name + "."
    if symbol.name == "keras.src.backend" and target == "keras.backend":
        return _is_keras2_backend(ctx, inside)
    if target in (symbol.name, "keras.backend") or not api.is_module(target):
        return True  # functions of the backend have rules of their own
    return all(
        place(ref.symbol) == target + ref.symbol.name[len(symbol.name) :]
        for ref in ctx.module.references
        if ref.symbol.origin is symbol.origin and ref.symbol.name.startswith(inside)
    )


def _is_keras2_backend(ctx: RuleContext, inside: str) -> bool:
    """Whether all that is taken from `keras.src.backend` was public in Keras 2, or is in Keras 3:
    by the same path Keras 3 has much more, which has no public place."""
    names = [r.symbol.name for r in ctx.module.references if r.symbol.name.startswith(inside)]
    public = ["keras.backend." + name[len(inside) :].partition(".")[0] for name in names]
    return bool(names) and all(api.exists(name) or api.existed(name) for name in public)


def _first_line(text: str) -> str:
    first, _, rest = text.partition("\n")
    return first.strip() + (" …" if rest else "")


def _import_lines(node: ast.Import, place: Place) -> _Lines | None:
    """For `import tensorflow.keras…`, or None where nothing of it moves."""
    result = _Lines()
    for alias in node.names:
        symbol = canonical(alias.name)
        target = place(symbol) if symbol and symbol.is_keras else None
        if symbol is None or target is None:
            suffix = f" as {alias.asname}" if alias.asname else ""
            result.lines.append(f"import {alias.name}{suffix}")
            continue
        result.moved.append(symbol)
        if alias.asname is None:
            root = alias.name.partition(".")[0]
            # `import tensorflow.keras` also binds `tensorflow`, for which code may use it.
            result.lines += [f"import {root}"] if root != "keras" else []
            result.lines.append("import keras")
        elif alias.asname == target.rpartition(".")[2] and "." in target:
            result.lines.append(f"from {target.rpartition('.')[0]} import {alias.asname}")
        else:
            result.lines.append(_import(target, alias.asname))
    result.lines = list(dict.fromkeys(result.lines))
    return result if result.moved else None


def _import(target: str, asname: str | None) -> str:
    return f"import {target}" + (f" as {asname}" if asname and asname != target else "")


def _from_lines(node: ast.ImportFrom, place: Place) -> _Lines | None:
    """For `from tensorflow… import …`, or None where nothing of it moves."""
    base = absolute_module(node, "")
    if node.level or canonical(base) is None:
        return None
    result = _Lines()
    groups: dict[str, list[str]] = {}
    for alias in node.names:
        head, name, symbol = _from_alias(base, alias, place)
        if symbol is not None:
            result.moved.append(symbol)
        groups.setdefault(head, []).append(name)
    stays = f"from {base} import"
    result.lines = list(_join(groups, stays))
    return result if result.moved else None


def _from_alias(base: str, alias: ast.alias, place: Place) -> tuple[str, str, Symbol | None]:
    """The statement's head, the name in it, and the symbol if that is new."""
    name = alias.name + (f" as {alias.asname}" if alias.asname else "")
    stays = (f"from {base} import", name, None)
    if alias.name == "*":
        symbol = canonical(base)
        target = place(symbol) if symbol else None
        return (f"from {target} import", "*", symbol) if target else stays
    symbol = canonical(f"{base}.{alias.name}")
    target = place(symbol) if symbol and symbol.is_keras else None
    if symbol is None or target is None:
        return stays
    bound = alias.asname or alias.name
    parent, _, last = target.rpartition(".")
    if not parent:
        return _import(target, bound), "", symbol
    return f"from {parent} import", last + (f" as {bound}" if bound != last else ""), symbol


def _join(groups: dict[str, list[str]], stays: str) -> Iterator[str]:
    # Names that moved come first; the order within a group is the user's.
    for head, names in sorted(groups.items(), key=lambda item: item[0] == stays):
        yield f"{head} {', '.join(names)}" if names != [""] else head


def is_guarded(ctx: RuleContext, node: ast.stmt) -> bool:
    """Whether the statement stands in a `try` that something catches."""
    parent = ctx.module.parent(node)
    while parent is not None:
        if isinstance(parent, ast.Try) and parent.handlers:
            return True
        parent = ctx.module.parent(parent)
    return False


def without_names(ctx: RuleContext, node: ast.ImportFrom, names: Collection[str]) -> Fix | None:
    """The fix that takes names out of an import; None where the statement cannot just go."""
    span = ctx.span(node)
    kept = [a for a in node.names if (a.asname or a.name) not in names]
    if kept:
        listed = ", ".join(a.name + (f" as {a.asname}" if a.asname else "") for a in kept)
        return fix(replace(span, f"from {node.module} import {listed}"))
    code = ctx.module.unit.code
    end = code.find("\n", span.end) + 1
    alone = node.col_offset == 0 and end and not code[span.end : end].strip()
    if not alone or not isinstance(ctx.module.parent(node), ast.Module):
        return None
    return fix(replace(Span(span.start, end)))
