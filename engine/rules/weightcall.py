"""Calls of `add_weight` in Keras 2: order of arguments, and those that Keras 3 does not have."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.calls import Argument, Bound, CallEditor
from kerashift.engine.rules.expressions import is_none, is_text, last_word

LAYER = (
    "name",
    "shape",
    "dtype",
    "initializer",
    "regularizer",
    "trainable",
    "constraint",
    "use_resource",
    "synchronization",
    "aggregation",
)
METRIC = ("name", "shape", "aggregation", "synchronization", "initializer", "dtype")
_DROPPED = (
    "use_resource",
    "synchronization",
    "partitioner",
    "collections",
    "getter",
    "caching_device",
    "layout",
)
_AGGREGATIONS = ("NONE", "MEAN", "SUM", "ONLY_FIRST_REPLICA")
_PARTITIONED = "The partitioner split the weight over parameter servers; Keras 3 does not do that."
_ZEROS = "Until its first reset the weight now holds zeros, where Keras 2 drew random numbers."


class Changes:
    """Removed and changed keyword arguments of one call."""

    def __init__(self, editor: CallEditor, kind: Kind, bound: Bound, ctx: RuleContext) -> None:
        self.editor, self.kind, self.ctx = editor, kind, ctx
        self.bound = bound
        self.given = {**bound.by_name, **{str(a.name): a for a in bound.unknown}}
        self.gone: list[str] = []
        self.other: list[str] = []
        self.caution = ""
        self.unclear = ""

    def collect(self) -> None:
        for name in _DROPPED:
            if name in self.given:
                self._drop(name)
        self._autocast()
        self._aggregation()
        if self.kind is Kind.METRIC and "initializer" not in self.given and not self.bound.unpacked:
            self.other.append("a metric's weight needs an initializer")
            self.editor.add('initializer="zeros"')
            self.caution = _ZEROS

    def _drop(self, name: str) -> None:
        argument = self.given[name]
        self.gone.append(name)
        self.editor.drop(argument)
        if name == "partitioner" and not is_none(argument.value):
            self.caution = _PARTITIONED
        if name == "synchronization" and self.kind is not Kind.METRIC:
            on_read = self.ctx.text(argument.value).endswith("ON_READ")
            if on_read and "trainable" not in self.given:
                self.editor.add("trainable=False")

    def _autocast(self) -> None:
        argument = self.given.get("experimental_autocast")
        if argument is not None:
            self.gone.append("experimental_autocast")
            if self.kind is Kind.METRIC:
                self.editor.drop(argument)
            else:
                self.editor.set_keyword(argument, "autocast")

    def _aggregation(self) -> None:
        argument = self.given.get("aggregation")
        if argument is None:
            return
        if self.kind is Kind.METRIC:
            self.gone.append("aggregation")
            self.editor.drop(argument)
            return
        if isinstance(argument.value, ast.Constant):
            return
        last = self.ctx.text(argument.value).rpartition(".")[2]
        if last in _AGGREGATIONS:
            self.other.append("`aggregation` is a string")
            self.editor.set_value(argument, f'"{last.lower()}"')
        else:
            self.other.append("`aggregation` is a string")
            self.unclear = "it is not written out which one it is."


def is_name_first(positional: Sequence[Argument], editor: CallEditor) -> bool:
    """Whether the first argument is a name, as in Keras 2, and not a shape, as in Keras 3."""
    first = positional[0].value
    if is_text(first) or is_none(first):
        return True
    if isinstance(first, ast.Tuple | ast.List | ast.Constant):
        return False
    names = {a.name for a in editor.arguments}
    if "name" in names:
        return False
    if "shape" in names:
        return True
    word = last_word(first)
    if "shape" in word or "dim" in word:
        return False
    if "name" in word:
        return True
    if len(positional) > 1:
        second = positional[1].value
        return isinstance(second, ast.Tuple | ast.List) or "shape" in last_word(second)
    return False
