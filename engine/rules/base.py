"""What a rule is, what it may ask, and what it reports.

A rule is one file: its identity, tables, detection, fix and examples, in this order; its texts are
its page (`pages/en/CODE.md`). It overrides the hooks that it needs; each is called once for each
such place of a file.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from kerashift.engine.analysis.contexts import Contexts
from kerashift.engine.analysis.keras3 import stays_on_tf_keras
from kerashift.engine.analysis.kinds import Kind, kind_of, kind_of_class
from kerashift.engine.analysis.module import Module, Reference
from kerashift.engine.analysis.symbols import Origin
from kerashift.engine.analysis.tensors import Tensors
from kerashift.engine.model import Context, Edit, Fix, ImportNeed, NewFile, Safety, Span, Target
from kerashift.engine.rules.page import page
from kerashift.engine.rules.spelling import Speller
from kerashift.engine.saved import SavedFile
from kerashift.engine.tables.versions import KerasVersion, newest


@dataclass(frozen=True, slots=True)
class Example:
    """A named example: at once documentation, test and the window's before and after.

    `after` is None where the rule leaves the code alone, and equal to `before` where it reports
    without a fix. With `compare`, both sides are executed (before under Keras 2, after under
    Keras 3 on each backend) and the variable of that name must hold the same numbers within
    `tolerance` (absolute and relative).
    """

    name: str
    before: str
    after: str | None
    compare: str = ""
    tolerance: float = 1e-5
    path: str = "example.py"
    """The file that it is, for rules that look at other files than code."""
    saved: tuple[SavedFile, ...] = ()
    """Saved models that lie beside it."""
    beside: tuple[NewFile, ...] = ()
    """Other files of the project, for rules that look at it as a whole."""
    keras: str = ""
    """The version of Keras 3 that was chosen; empty for the newest."""

    @property
    def reports(self) -> bool:
        return self.after is not None


@dataclass(frozen=True, slots=True)
class Finding:
    """One place that a rule reports. `safety` MANUAL has no fix; REVIEW has a `caution`."""

    span: Span
    message: str
    safety: Safety
    fix: Fix | None = None
    caution: str = ""
    target: Target | None = None
    context: Context = Context.HOST
    row: str = ""
    """The row of a table that it came from, by the row's name in the catalog."""


@dataclass(eq=False)
class RuleContext:
    """What rules may ask about the module at hand."""

    module: Module
    contexts: Contexts
    is_keras3: bool
    """The module (or its project) is written for Keras 3 already: nothing in it is rewritten."""
    keras: KerasVersion = field(default_factory=newest)
    """The version of Keras 3 that the project moves to."""

    @cached_property
    def stays(self) -> bool:
        """Nothing is to be migrated: Keras 3 already, or on `tf_keras` by choice."""
        return self.is_keras3 or (
            self.keeps_tf_keras
            and any(ref.symbol.origin is Origin.LEGACY for ref in self.module.references)
        )

    @cached_property
    def keeps_tf_keras(self) -> bool:
        """Whether private parts of `tf_keras` are left alone: the code is Keras 3, or somebody
        in the project imports the package by its public names and so chose to stay on it."""
        return self.is_keras3 or stays_on_tf_keras(self.module.index)

    @cached_property
    def spell(self) -> Speller:
        return Speller(self.module)

    @cached_property
    def tensors(self) -> Tensors:
        """Which expressions hold tensors."""
        return Tensors(self.module)

    @cached_property
    def uses_keras(self) -> bool:
        """Whether the module itself touches Keras; one that does not is plain TensorFlow."""
        return any(ref.symbol.is_keras for ref in self.module.references)

    def span(self, node: ast.AST) -> Span:
        return self.module.span(node)

    def text(self, node: ast.AST) -> str:
        return self.module.text(node)

    def context(self, node: ast.AST) -> Context:
        """Context of a name or call, or of a class or function's surroundings."""
        return self.contexts.of(self.module, node)

    def kind(self, node: ast.expr) -> Kind | None:
        """What an expression holds, as far as it is known for sure."""
        return kind_of(self.module, node)

    def class_kind(self, node: ast.ClassDef) -> Kind | None:
        return kind_of_class(self.module, node)


class Rule:
    """Base of all rules. Hooks that are not overridden cost nothing."""

    code: str
    name: str
    target: Target = Target.KERAS3
    """The stage that needs it; a finding may say otherwise."""
    reference_url: str = "https://keras.io/guides/migrating_to_keras_3/"
    examples: tuple[Example, ...] = ()

    @property
    def summary(self) -> str:
        """One line for lists: what it finds."""
        return page(self.code).summary

    @property
    def documentation(self) -> str:
        """The rule's page in Markdown."""
        return page(self.code).text

    # Hooks

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        """A dotted expression that means a library symbol (`tf.…`, `keras.…`)."""
        return ()

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        """Any call."""
        return ()

    def class_def(self, node: ast.ClassDef, ctx: RuleContext) -> Iterable[Finding]:
        """Any class."""
        return ()

    def import_statement(
        self, node: ast.Import | ast.ImportFrom, ctx: RuleContext
    ) -> Iterable[Finding]:
        """Any import."""
        return ()

    def other(self, node: ast.AST, ctx: RuleContext) -> Iterable[Finding]:
        """An attribute, subscript or assignment."""
        return ()

    def whole(self, ctx: RuleContext) -> Iterable[Finding]:
        """The module as a whole, once."""
        return ()


HOOKS = ("reference", "call", "class_def", "import_statement", "other", "whole")


def replace(span: Span, *parts: str | Span) -> Edit:
    """Replace a range by text and kept ranges."""
    return Edit(span, parts)


def insert(offset: int, text: str, rank: int = 0) -> Edit:
    """Insert text at a point."""
    return Edit(Span(offset, offset), (text,), rank)


def fix(*edits: Edit, needs: Iterable[ImportNeed] = ()) -> Fix:
    return Fix(tuple(edits), tuple(needs))
