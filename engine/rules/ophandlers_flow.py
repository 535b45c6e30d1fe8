"""Handlers of the op tables for functions that take branches and bodies of loops."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from kerashift.engine.model import Edit, Fix, Span
from kerashift.engine.rules.calls import Argument
from kerashift.engine.rules.ophandlers_math import drop_unless_set, is_none
from kerashift.engine.rules.opplaces import is_name, sees_real_tensors
from kerashift.engine.rules.oprewrite import Handler, Rewrite, Unsupported

_SYMBOLIC = (
    "In a functional model JAX cannot trace branches that use its symbolic tensors: there, keep "
    "this in a layer."
)
Parts = list[str | Span]


def case(plan: Rewrite) -> Fix | None:
    """One `cond` in the other, in the order of the pairs."""
    pairs = plan.given["pred_fn_pairs"].value
    if not isinstance(pairs, ast.List | ast.Tuple) or not pairs.elts:
        raise Unsupported("its pairs are not written out: nest keras.ops.cond")
    if "default" not in plan.given or is_none(plan.given["default"].value):
        raise Unsupported("it has no `default`: nest keras.ops.cond and say what is left")
    kept: list[Span] = []
    parts: Parts = []
    for pair in pairs.elts:
        if not isinstance(pair, ast.Tuple) or len(pair.elts) != 2:
            raise Unsupported("its pairs are not written out: nest keras.ops.cond")
        condition, function = (plan.ctx.span(part) for part in pair.elts)
        nested = "lambda: " if parts else ""
        parts += [f"{nested}{plan.spell('keras.ops.cond')}(", condition, ", ", function, ", "]
        kept += [condition, function]
    default = plan.given["default"].value_extent
    parts += [default, ")" * len(pairs.elts)]
    _where_symbolic(plan)
    return _whole(plan, parts, [*kept, default])


def switch_case(plan: Rewrite) -> Fix | None:
    """A list of branches; the default comes last, where numbers beyond the list are taken to."""
    index = plan.given["branch_index"].value_extent
    branches = [plan.ctx.span(node) for node in _branches(plan.given["branch_fns"].value)]
    default = plan.given.get("default")
    if default is not None and not is_none(default.value):
        branches.append(default.value_extent)
    parts: Parts = [f"{plan.spell('keras.ops.switch')}(", index, ", ["]
    for number, branch in enumerate(branches):
        parts += [", "] if number else []
        parts.append(branch)
    _where_symbolic(plan)
    if not sees_real_tensors(plan):
        plan.review(f"{plan.row.caution} {_SYMBOLIC}")
    return _whole(plan, [*parts, "])"], [index, *branches])


def _branches(node: ast.expr) -> Sequence[ast.expr]:
    """The functions of a list, or of a dict or pairs that count from 0."""
    numbers: list[ast.expr | None] = []
    functions: list[ast.expr] = []
    if isinstance(node, ast.Dict):
        numbers, functions = list(node.keys), list(node.values)
    elif isinstance(node, ast.List | ast.Tuple):
        pairs = [item for item in node.elts if isinstance(item, ast.Tuple)]
        if not pairs:
            functions = list(node.elts)
        elif len(pairs) == len(node.elts) and all(len(pair.elts) == 2 for pair in pairs):
            numbers = [pair.elts[0] for pair in pairs]
            functions = [pair.elts[1] for pair in pairs]
    counted = [n.value if isinstance(n, ast.Constant) else None for n in numbers]
    if not functions or counted != list(range(len(counted))):
        raise Unsupported("its branches are not written out in order: use keras.ops.switch")
    return functions


def scan(plan: Rewrite) -> Fix | None:
    """What each turn gives is carried on and kept."""
    _check_options(plan)
    function = _doubled(plan, ",) * 2")
    name = plan.spell("keras.ops.scan")
    elems = plan.given["elems"]
    start = plan.given.get("initializer")
    backwards = plan.given.get("reverse")
    if start is not None and not is_none(start.value):
        parts: Parts = [f"{name}(", *function, ", ", start.value_extent, ", ", elems.value_extent]
        parts += [", reverse=", backwards.value_extent] if backwards is not None else []
        return _whole(plan, [*parts, ")[1]"], _extents(plan))
    if backwards is not None and plan.literal(backwards):
        raise Unsupported(
            "without `initializer` the last element stands for it: use keras.ops.scan"
        )
    text = _named(plan, elems)
    join = plan.spell("keras.ops.concatenate")
    parts = [f"{join}([{text}[:1], {name}(", *function, f", {text}[0], {text}[1:])[1]])"]
    return _whole(plan, parts, _extents(plan))


def foldl(plan: Rewrite) -> Fix | None:
    """What the last turn gives."""
    return _fold(plan, "[0]", "[1:]", "")


def foldr(plan: Rewrite) -> Fix | None:
    """The same from the other end."""
    return _fold(plan, "[-1]", "[:-1]", ", reverse=True")


def _fold(plan: Rewrite, first: str, others: str, option: str) -> Fix:
    _check_options(plan)
    parts: Parts = [f"{plan.spell('keras.ops.scan')}(", *_doubled(plan, ", None)"), ", "]
    start, elems = plan.given.get("initializer"), plan.given["elems"]
    if start is not None and not is_none(start.value):
        parts += [start.value_extent, ", ", elems.value_extent]
    else:
        text = _named(plan, elems)
        parts.append(f"{text}{first}, {text}{others}")
    return _whole(plan, [*parts, f"{option})[0]"], _extents(plan))


def _doubled(plan: Rewrite, end: str) -> Parts:
    """The function with a pair for a result: what is carried on, and what is kept."""
    function = plan.given["fn"]
    if isinstance(function.value, ast.Lambda):
        arguments = function.value.args
        plain = not (arguments.vararg or arguments.kwarg or arguments.kwonlyargs)
        if len(arguments.args) != 2 or arguments.defaults or not plain:
            raise Unsupported("its function takes other arguments than two")
        span, body = plan.ctx.span(function.value), plan.ctx.span(function.value.body)
        return [Span(span.start, body.start), "(", Span(body.start, span.end), end]
    if not is_name(function.value):
        raise Unsupported("give its function a name first: the new text calls it")
    return [f"lambda carried, element: ({plan.ctx.text(function.value)}(carried, element)", end]


def _named(plan: Rewrite, elems: Argument) -> str:
    if not is_name(elems.value):
        raise Unsupported("give `elems` a name first: the new text says it several times")
    return plan.ctx.text(elems.value)


def _check_options(plan: Rewrite) -> None:
    """What only says how TensorFlow runs it is left out."""
    drop_unless_set(plan, "swap_memory")
    if "back_prop" in plan.given and not plan.literal(plan.given["back_prop"]):
        raise Unsupported("use `keras.ops.stop_gradient` on the result")


def _extents(plan: Rewrite) -> list[Span]:
    return [argument.value_extent for argument in plan.given.values()]


def _whole(plan: Rewrite, parts: Parts, kept: list[Span]) -> Fix:
    """The call anew; comments between its arguments would be lost."""
    whole = plan.ctx.span(plan.editor.call)
    code = plan.ctx.module.unit.code
    position, between = plan.ctx.span(plan.editor.call.func).end, ""
    for span in sorted(kept):
        between += code[position : span.start]
        position = max(position, span.end)
    if "#" in between + code[position : whole.end]:
        raise Unsupported("a comment stands between its arguments, which would be lost")
    return Fix((Edit(whole, tuple(parts)),), tuple(sorted(plan.needs)))


def cond(plan: Rewrite) -> Fix | None:
    """Functions that close over symbolic tensors fail on JAX."""
    if "true_fn" not in plan.given or "false_fn" not in plan.given:
        raise Unsupported("a branch is missing")
    _where_symbolic(plan)
    return None


def _where_symbolic(plan: Rewrite) -> None:
    if not sees_real_tensors(plan):
        plan.review(_SYMBOLIC)


def switch(plan: Rewrite) -> Fix | None:
    """Functions need `cond`, tensors `where`."""
    branches = [plan.given["then_expression"].value, plan.given["else_expression"].value]
    if any(isinstance(b, ast.Lambda) for b in branches):
        plan.review("The condition must be a single value, and both branches of the same shape.")
        return plan.replace_call(
            "keras.ops.cond({condition}, {then_expression}, {else_expression})"
        )
    plan.review("Right for tensors of the same shape as the condition.")
    return None


def map_fn(plan: Rewrite) -> Fix | None:
    """What is left out only says how TensorFlow runs it."""
    drop_unless_set(plan, "swap_memory")
    for name in ("dtype", "fn_output_signature", "parallel_iterations", "infer_shape"):
        plan.drop(name)
    if "back_prop" in plan.given:
        if not plan.literal(plan.given["back_prop"]):
            raise Unsupported("use `keras.ops.stop_gradient` on the result")
        plan.drop("back_prop")
    return None


FLOW: dict[str, Handler] = {
    "case": case,
    "cond": cond,
    "foldl": foldl,
    "foldr": foldr,
    "map_fn": map_fn,
    "scan": scan,
    "switch": switch,
    "switch_case": switch_case,
}
