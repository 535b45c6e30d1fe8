"""A reference by another path, written the way the file already writes its neighbours.

`layers.experimental.preprocessing.Rescaling` becomes `layers.Rescaling`: what the code reaches the
module through stays, so that the edit is small and needs no import.
"""

from __future__ import annotations

import ast

from kerashift.engine.analysis.module import Reference
from kerashift.engine.analysis.symbols import Origin, Symbol
from kerashift.engine.model import Fix, Span
from kerashift.engine.rules.base import RuleContext, fix, replace
from kerashift.engine.rules.import_lines import Place, moves_whole
from kerashift.engine.tables import api

_IN_PLACE = (Origin.KERAS, Origin.TF_KERAS, Origin.INJECTED)


def respell(ref: Reference, path: str, ctx: RuleContext) -> tuple[Fix, str]:
    """The fix that makes the reference mean the public path, and the text that it then has."""
    end = ctx.span(ref.node).end
    kept = _kept_part(ref, path, ctx)
    if kept is not None:
        node, module = kept
        tail = path[len(module) :]
        return fix(replace(Span(ctx.span(node).end, end), tail)), ctx.text(node) + tail
    text, needs = ctx.spell(path)
    return fix(replace(ctx.span(ref.node), text), needs=needs), text


def _kept_part(ref: Reference, path: str, ctx: RuleContext) -> tuple[ast.expr, str] | None:
    """The longest leading part of the reference that is a module on the way to `path`."""
    node = ref.node
    while isinstance(node, ast.Attribute):
        part = node.value
        if not isinstance(part, ast.Name | ast.Attribute):
            return None
        node = part
        symbol = ctx.module.symbol(node, ref.scope)
        if symbol is None or not _reaches(symbol, path) or goes_through_tf(node, ref, ctx):
            continue
        return node, symbol.name
    return None


def _reaches(symbol: Symbol, path: str) -> bool:
    if symbol.origin not in _IN_PLACE or not path.startswith(symbol.name + "."):
        return False
    return api.is_module(symbol.name)


def root_name(node: ast.expr) -> ast.Name:
    """The name that a dotted expression starts with."""
    while isinstance(node, ast.Attribute):
        node = node.value
    assert isinstance(node, ast.Name)
    return node


def goes_through_tf(node: ast.expr, ref: Reference, ctx: RuleContext) -> bool:
    """Whether the text itself goes through TensorFlow (`tf.keras.x`), not through an import of
    Keras that the import's own fix changes."""
    found = ctx.module.lookup(root_name(node).id, ref.scope)
    return isinstance(found, Symbol) and not found.is_keras


def imported(ref: Reference, ctx: RuleContext) -> Symbol:
    """What the reference's first name was imported as."""
    found = ctx.module.lookup(root_name(ref.node).id, ref.scope)
    return found if isinstance(found, Symbol) else ref.symbol


def import_moves_it(ref: Reference, target: str, place: Place, ctx: RuleContext) -> bool:
    """Whether a new import of the reference's first name alone makes it mean `target`."""
    symbol = imported(ref, ctx)
    moved = place(symbol) if symbol.is_keras else None
    if moved is None:
        return False
    rest = ref.symbol.name[len(symbol.name) :]
    return moved + rest == target and moves_whole(ctx, symbol, moved, place)
