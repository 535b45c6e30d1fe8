"""Parts of TensorFlow that are recognised as a whole: rows of `families.toml`, a rule a family."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from weakref import WeakKeyDictionary

from kerashift.engine.analysis.index import ProjectIndex
from kerashift.engine.analysis.module import Reference
from kerashift.engine.model import Context, Safety, Target
from kerashift.engine.rules.base import Finding, Rule, RuleContext
from kerashift.engine.tables import api

_DTYPE_LENGTH = 2
_USES_KERAS: WeakKeyDictionary[ProjectIndex, bool] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class FamilyRow:
    """What is said of a name and of all below it, in these contexts."""

    name: str
    where: frozenset[Context]
    target: Target
    text: str


@cache
def _rows() -> dict[str, dict[str, FamilyRow]]:
    """Rows by rule and name."""
    table = api.load("families.toml")["row"]
    assert isinstance(table, list)
    result: dict[str, dict[str, FamilyRow]] = {}
    for row in table:
        where = frozenset(Context(context) for context in row["where"])
        target = Target(row.get("target", Target.MULTI_BACKEND))
        made = FamilyRow(row["name"], where, target, row["text"])
        result.setdefault(row["rule"], {})[made.name] = made
    return result


class Family(Rule):
    """Base of the rules of families. `needs_keras_here`: the file itself must use Keras."""

    target = Target.MULTI_BACKEND
    needs_keras_here = True

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        row = self._row(ref, ctx)
        if row is None:
            return
        message = f"`{ctx.text(ref.node)}`: {row.text}."
        context = ctx.contexts.of_function(ref.function)
        span = ctx.span(ref.node)
        yield Finding(
            span, message, Safety.MANUAL, target=row.target, context=context, row=row.name
        )

    def _row(self, ref: Reference, ctx: RuleContext) -> FamilyRow | None:
        name = ref.symbol.name
        if not ref.symbol.is_tf or ctx.stays:
            return None
        row = longest(_rows()[self.code], name)
        if row is None or (ref.call is None and name.count(".") < _DTYPE_LENGTH):
            return None  # `isinstance(x, tf.RaggedTensor)` harms nobody
        context = ctx.contexts.of_function(ref.function)
        if context not in row.where or is_annotation(ref.node, ctx):
            return None
        if context is Context.HOST:
            uses = ctx.uses_keras if self.needs_keras_here else project_uses_keras(ctx)
            return row if uses else None
        return row


def longest(rows: dict[str, FamilyRow], name: str) -> FamilyRow | None:
    """The row of the longest prefix of a dotted name."""
    while name:
        if name in rows:
            return rows[name]
        name = name.rpartition(".")[0]
    return None


def project_uses_keras(ctx: RuleContext) -> bool:
    """Whether any module of the project touches Keras."""
    index = ctx.contexts.index
    if index not in _USES_KERAS:
        _USES_KERAS[index] = any(
            ref.symbol.is_keras for module in index.by_path.values() for ref in module.references
        )
    return _USES_KERAS[index]


def is_annotation(node: ast.AST, ctx: RuleContext) -> bool:
    """Whether a name stands in the annotation of an argument, a variable or a result."""
    current: ast.AST | None = node
    while current is not None and not isinstance(current, ast.stmt):
        parent = ctx.module.parent(current)
        if (
            isinstance(parent, ast.arg | ast.AnnAssign)
            and getattr(parent, "annotation", 0) is current
        ):
            return True
        if isinstance(parent, ast.FunctionDef) and parent.returns is current:
            return True
        current = parent
    return False
