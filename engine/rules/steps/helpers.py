"""The functions that rewritten steps call: their text, put once into a file that needs them."""

from __future__ import annotations

import ast
from functools import cache
from importlib.resources import files

from kerashift.engine.model import Edit, ImportNeed
from kerashift.engine.rules.base import RuleContext, insert

STEP, FUNCTION, RECORD, CHANGE, OPTIMIZERS, BUILD, NOISY = (
    "backend_step",
    "backend_function",
    "record",
    "change_if",
    "variables_of",
    "build_by_step",
    "noisy_loss",
)
"""What the parts are called by; each text may define more."""

_STATE = "state_of"
_PARTS = {
    STEP: "step",
    FUNCTION: "function",
    RECORD: "record",
    CHANGE: "change",
    _STATE: "state",
    OPTIMIZERS: "optimizers",
    BUILD: "build",
    NOISY: "labels",
}
_NEEDING_STATE = (STEP, RECORD, CHANGE)
Additions = tuple[tuple[Edit, ...], tuple[ImportNeed, ...]]


@cache
def _text(part: str) -> str:
    folder = files(__package__).joinpath("runtime")
    return folder.joinpath(f"{_PARTS[part]}.txt").read_text(encoding="utf-8")


@cache
def _defined(part: str) -> frozenset[str]:
    body = ast.parse(_text(part)).body
    return frozenset(n.name for n in body if isinstance(n, ast.FunctionDef | ast.ClassDef))


def helper_text(*parts: str) -> str:
    """What a file gets that needs the parts, with the blank lines after it."""
    return "".join(f"{_text(part)}\n\n" for part in _PARTS if part in _whole(parts))


def _whole(parts: tuple[str, ...]) -> tuple[str, ...]:
    """The parts with those that they call."""
    return (*parts, _STATE) if any(part in _NEEDING_STATE for part in parts) else parts


def has_part(ctx: RuleContext, part: str) -> bool:
    """Whether the file defines the part's functions already."""
    bound = ctx.module.tree.scope.bindings
    return all(name in bound for name in _defined(part))


def collision(ctx: RuleContext, parts: tuple[str, ...]) -> str:
    """A name of the file's own that a part would hide; empty if there is none."""
    bound = ctx.module.tree.scope.bindings
    for part in _whole(parts):
        taken = sorted(name for name in _defined(part) if name in bound)
        if taken and not has_part(ctx, part):
            return taken[0]
    return ""


def additions(ctx: RuleContext, parts: tuple[str, ...]) -> Additions:
    """The edits that put the parts into the file, which are the same for every fix of it."""
    spelled, needs = ctx.spell("keras.StatelessScope")
    root = spelled.rpartition(".")[0] + "."
    newline = ctx.module.unit.newline
    offset = _place(ctx)
    edits = []
    for rank, part in enumerate(_PARTS):
        if part in _whole(parts) and not has_part(ctx, part):
            text = f"{_text(part)}\n\n".replace("keras.", root)
            edits.append(insert(offset, text.replace("\n", newline), rank))
    return tuple(edits), needs


def _place(ctx: RuleContext) -> int:
    """Before the first statement after the imports at the top."""
    body = ctx.module.tree.module.body
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    first = next((i for i, node in enumerate(body) if isinstance(node, kinds)), len(body) - 1)
    imports = [i for i, n in enumerate(body[:first]) if isinstance(n, ast.Import | ast.ImportFrom)]
    node = body[imports[-1] + 1] if imports else body[first]
    decorators = getattr(node, "decorator_list", [])
    line: int = min([node.lineno, *(d.lineno for d in decorators)])
    starts, text = ctx.module.unit.line_starts, ctx.module.unit.code
    while line > 1 and text.startswith("#", starts[line - 2]):
        line -= 1
    return starts[line - 1]
