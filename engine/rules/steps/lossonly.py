"""Steps that are the usual one but for the loss: `compute_loss` says that on every backend."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from kerashift.engine.model import Edit, Fix, Span
from kerashift.engine.rules.base import RuleContext, insert, replace
from kerashift.engine.rules.members import attribute_of_self, indentation, inherits_method
from kerashift.engine.rules.steps.blocks import end_of_line
from kerashift.engine.rules.steps.flow import Flow, stored
from kerashift.engine.rules.steps.tapes import COMPUTES, tape_blocks

_TAKEN = ("compute_loss", "metrics", "test_step")
_WEIGHTS = ("trainable_variables", "trainable_weights")
_HEAD = "def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):"
_WHY = "# the rest of the step is what Keras does, on every backend"
_INPUTS = ("x", "y", "y_pred")
_BASE = "super().compute_loss(x, y, y_pred, sample_weight)"


@dataclass(frozen=True, slots=True)
class LossOnly:
    """`names` are what the step calls the inputs, targets and predictions."""

    names: tuple[str, str, str]
    predicting: ast.stmt
    statements: list[ast.stmt]
    loss: str


def loss_only(ctx: RuleContext, owner: ast.ClassDef, step: ast.FunctionDef) -> LossOnly | None:
    """What is special about the step's loss; None if more than the loss is, or nothing."""
    if step.name != "train_step" or any(inherits_method(ctx.module, owner, n) for n in _TAKEN):
        return None
    body = step.body[1:] if ast.get_docstring(step) is not None else step.body
    if len(body) < 4 or len(tape_blocks(ctx, step)) != 1 or not isinstance(body[1], ast.With):
        return None
    block = body[1]
    inputs, predicted = _unpacked(step, body[0]), _predicted(block.body[0])
    tape = block.items[0].optional_vars
    if inputs is None or predicted is None or predicted[1] != inputs[0] or len(block.items) != 1:
        return None
    special = block.body[1:]
    last = special[-1] if special else None
    if not isinstance(tape, ast.Name) or not isinstance(last, ast.Assign | ast.AugAssign):
        return None
    names = (*inputs, predicted[0])
    loss = stored([last])[-1]
    given = {*names, "data"} | {a.arg for a in step.args.args[1:]}
    needed = Flow(special).early & ({*stored(step.body)} | given)
    if not needed <= {*names} or not _is_usual(body[2:], tape.id, loss, names):
        return None
    if len(special) == 1 and isinstance(last, ast.Assign) and _is_compiled(last.value):
        return None  # nothing is special: the step stays one
    return LossOnly(names, block.body[0], special, loss)


def _unpacked(step: ast.FunctionDef, node: ast.stmt) -> tuple[str, str] | None:
    """The names of `x, y = data`."""
    if not (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple)):
        return None
    names = [t.id for t in node.targets[0].elts if isinstance(t, ast.Name)]
    is_data = isinstance(node.value, ast.Name) and node.value.id == step.args.args[-1].arg
    return (names[0], names[1]) if is_data and len(names) == 2 else None


def _predicted(node: ast.stmt) -> tuple[str, str] | None:
    """The names of `y_pred = self(x, training=True)`: what it gives and takes."""
    if not (isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)):
        return None
    call, target = node.value, node.targets[0]
    if not (isinstance(call.func, ast.Name) and call.func.id == "self" and len(call.args) == 1):
        return None
    options = {k.arg: k.value for k in call.keywords}
    training = options.get("training")
    if options.keys() != {"training"} or not isinstance(training, ast.Constant):
        return None
    given = call.args[0]
    if training.value is not True or not isinstance(target, ast.Name):
        return None
    return (target.id, given.id) if isinstance(given, ast.Name) else None


def _is_usual(
    statements: list[ast.stmt], tape: str, loss: str, names: tuple[str, str, str]
) -> bool:
    """Whether the gradients are taken, applied and logged as Keras does."""
    code = [ast.unparse(statement) for statement in statements]
    weights = [f"self.{name}" for name in _WEIGHTS]
    if code and isinstance(statements[0], ast.Assign) and code[0].endswith(tuple(weights)):
        alias = stored(statements[:1])
        if code[0] in [f"{alias[0]} = {w}" for w in weights]:
            weights, code, statements = alias, code[1:], statements[1:]
    if len(code) != 4 or not isinstance(statements[0], ast.Assign):
        return False
    gradients = stored(statements[:1])[0]
    _, y, y_pred = names
    return (
        code[0] in [f"{gradients} = {tape}.gradient({loss}, {w})" for w in weights]
        and code[1] in [f"self.optimizer.apply_gradients(zip({gradients}, {w}))" for w in weights]
        and code[2] == f"self.compiled_metrics.update_state({y}, {y_pred})"
        and code[3] == "return {m.name: m.result() for m in self.metrics}"
    )


def _is_compiled(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and attribute_of_self(node.func) in COMPUTES


def loss_only_fix(ctx: RuleContext, step: ast.FunctionDef, found: LossOnly) -> Fix | None:
    """The step becomes `compute_loss`; None where its layout does not allow that."""
    newline = ctx.module.unit.newline
    indent, inner = indentation(ctx, step), indentation(ctx, step.body[0])
    deep = indentation(ctx, found.statements[0])
    if indent is None or inner is None or deep is None or not deep.startswith(inner):
        return None
    if any(_spans_lines(n) for s in found.statements for n in ast.walk(s)):
        return None
    renamed = [(n, p) for n, p in zip(found.names, _INPUTS, strict=True) if n != p]
    lines = [_HEAD, inner + _WHY]
    if renamed:
        left, right = (", ".join(part) for part in zip(*renamed, strict=True))
        lines.append(f"{inner}{left} = {right}")
    start = min([ctx.span(step).start, *(ctx.span(d).start - 1 for d in step.decorator_list)])
    above = found.predicting.end_lineno or found.predicting.lineno
    first = ctx.module.unit.line_starts[above]
    stop = end_of_line(ctx, found.statements[-1])
    edits = [
        replace(Span(start, first), newline.join(lines) + newline),
        *_dedented(ctx, above + 1, found.statements[-1], len(deep) - len(inner)),
        replace(Span(stop, ctx.span(step).end)),
        insert(stop, f"{newline}{inner}return {found.loss}", rank=9),
    ]
    for call in (n for s in found.statements for n in ast.walk(s)):
        if isinstance(call, ast.Call) and _is_compiled(call):
            edits.append(replace(ctx.span(call), _BASE))
    return Fix(tuple(edits))


def _spans_lines(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Constant | ast.JoinedStr)
        and node.end_lineno is not None
        and node.end_lineno > node.lineno
    )


def _dedented(ctx: RuleContext, first: int, last: ast.stmt, by: int) -> Iterator[Edit]:
    """The lines from `first` to the end of `last`, one level further left."""
    starts, code = ctx.module.unit.line_starts, ctx.module.unit.code
    for line in range(first, (last.end_lineno or last.lineno) + 1):
        start = starts[line - 1]
        if code[start : start + by] and not code[start : start + by].strip(" \t"):
            yield replace(Span(start, start + by))
