"""The words of the engine as frozen values: spans, edits, fixes, issues.

Positions are counted in characters of the *module text*: the decoded text of a Python file, or
the code cells of a notebook joined in order (see `source` and `notebook`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Safety(StrEnum):
    """How sure a fix is."""

    SAFE = "safe"
    """Same numbers, proven by execution on the three backends, or a pure rename."""
    REVIEW = "review"
    """Right in the usual case; `Issue.caution` says when it is not."""
    MANUAL = "manual"
    """No edit: the message says what to do and why."""


class Target(StrEnum):
    """How far a project is taken."""

    KERAS3 = "keras3"
    """Stage 1: runs on Keras 3 with the TensorFlow backend."""
    MULTI_BACKEND = "multi-backend"
    """Stage 2: runs on JAX and PyTorch too."""


class Context(StrEnum):
    """Where a piece of code runs."""

    MODEL = "model"
    """Layers, losses, metrics, functional graphs, train steps: must become backend-agnostic."""
    DATA = "data"
    """`tf.data` pipelines and all that they call: must stay TensorFlow on every backend."""
    BOTH = "both"
    """Called from both worlds: reported, never rewritten."""
    HOST = "host"
    """Scripts, NumPy, input and output."""


class Decision(StrEnum):
    """What the person said of one issue."""

    OPEN = "open"
    ACCEPTED = "accepted"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of characters of the module text."""

    start: int
    end: int

    def contains(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace `span` by `parts`: literal text, and ranges of the original that are kept.

    Kept ranges let fixes nest: `tf.norm(tf.abs(x))` is two edits, the outer one keeps the span of
    its argument and the inner one is applied inside it. `rank` orders insertions at one point.
    """

    span: Span
    parts: tuple[str | Span, ...] = ()
    rank: int = 0


@dataclass(frozen=True, slots=True, order=True)
class ImportNeed:
    """A name that a fix's text uses: `from module import name as alias`, or `import module`."""

    module: str
    name: str = ""
    alias: str = ""

    @property
    def bound(self) -> str:
        """The local name that the statement binds."""
        return self.alias or self.name or self.module.partition(".")[0]

    @property
    def statement(self) -> str:
        text = f"from {self.module} import {self.name}" if self.name else f"import {self.module}"
        bound = self.name or self.module
        return text if self.alias in ("", bound) else f"{text} as {self.alias}"


@dataclass(frozen=True, slots=True, order=True)
class NewFile:
    """A file that a fix puts into the project, by path relative to it."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """The edits that solve one issue, the imports that their text needs, and files beside it."""

    edits: tuple[Edit, ...]
    needs: tuple[ImportNeed, ...] = ()
    creates: tuple[NewFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Issue:
    """One place in one file that a rule found.

    `line` … `end_column` count from 1, columns in characters; in a notebook they are relative to
    the cell `cell` (counted from 1 over all cells). `text_line` is the line in the module text.
    """

    id: str
    code: str
    rule: str
    path: str
    span: Span
    line: int
    column: int
    end_line: int
    end_column: int
    text_line: int
    message: str
    safety: Safety
    target: Target
    context: Context
    fix: Fix | None = None
    caution: str = ""
    cell: int | None = None
    row: str = ""
    """The row of a table that it came from, as in `tf.gather`; empty for a rule without tables."""

    @property
    def fixable(self) -> bool:
        return self.fix is not None


@dataclass(frozen=True, slots=True)
class FileError:
    """A file that could not be read or analysed, and why, in words for a person."""

    path: str
    message: str
