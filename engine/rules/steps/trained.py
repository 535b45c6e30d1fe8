"""Variables of TensorFlow that a loop trains by themselves: an image, the weights of a line."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kerashift.engine.model import Edit, Span
from kerashift.engine.rules.base import RuleContext, replace
from kerashift.engine.rules.steps.flow import stored
from kerashift.engine.rules.steps.tapes import Function, NotUnderstood, Tape

_KEYWORDS = {"initial_value": "initializer", "name": "name", "dtype": "dtype"}
"""Arguments of `tf.Variable`, and what `keras.Variable` calls them."""
_MEMBERS = ("assign", "assign_add", "assign_sub", "numpy", "shape", "dtype", "name")
"""What both kinds of variables have, or what another rule rewrites."""


def trained_variables(
    ctx: RuleContext, function: Function, tape: Tape, sources: list[ast.expr]
) -> dict[str, tuple[ast.Call, ...]]:
    """The calls of `tf.Variable` behind the names that gradients are taken for.

    A name that may be anything else is left out. A variable is made in the file, above the tape or
    where the tape's function is called.
    """
    found: dict[str, tuple[ast.Call, ...]] = {}
    for source in sources:
        for part in source.elts if isinstance(source, ast.List | ast.Tuple) else [source]:
            if isinstance(part, ast.Name) and part.id not in {*tape.watched, *stored([tape.block])}:
                values = [*_values(ctx, function, part.id)]
                made = [v for v in values if isinstance(v, ast.Call) and is_variable(ctx, v)]
                if made and len(made) == len(values):
                    found[part.id] = tuple(made)
    return found


def is_variable(ctx: RuleContext, node: ast.expr | None) -> bool:
    """Whether an expression makes a `tf.Variable`."""
    symbol = ctx.module.symbol(node.func) if isinstance(node, ast.Call) else None
    return symbol is not None and symbol.name == "tf.Variable"


def _values(ctx: RuleContext, function: Function, name: str) -> Iterator[ast.expr | None]:
    """What a name of a function may hold; `None` stands for what is not known."""
    assigned = [*_assigned(function, name)]
    if assigned or isinstance(function, ast.Module):
        yield from assigned
    elif name in (parameters := [a.arg for a in (*function.args.posonlyargs, *function.args.args)]):
        for call in ctx.module.tree.calls:
            if isinstance(call.func, ast.Name) and call.func.id == function.name:
                yield from _handed(ctx, call, parameters.index(name), name)
    else:
        yield from _assigned(ctx.module.tree.module, name)


def _assigned(scope: Function, name: str) -> Iterator[ast.expr | None]:
    """What the statements of a scope, not of those within it, assign to the name."""
    for statement in _own_statements(scope.body):
        for target in _targets(statement):
            if isinstance(target, ast.Name) and target.id == name:
                is_plain = isinstance(statement, ast.Assign | ast.AnnAssign)
                yield getattr(statement, "value", None) if is_plain else None
            elif name in stored([target]):
                yield None


def _own_statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            for name in ("body", "orelse", "finalbody"):
                yield from _own_statements(getattr(statement, name, []))


def _targets(statement: ast.stmt) -> list[ast.expr]:
    if isinstance(statement, ast.Assign):
        return statement.targets
    if isinstance(statement, ast.AnnAssign | ast.AugAssign | ast.For | ast.AsyncFor):
        return [statement.target]
    if isinstance(statement, ast.With | ast.AsyncWith):
        return [item.optional_vars for item in statement.items if item.optional_vars]
    return []


def _handed(ctx: RuleContext, call: ast.Call, index: int, name: str) -> Iterator[ast.expr | None]:
    """What a call hands over for a parameter."""
    named = [keyword.value for keyword in call.keywords if keyword.arg == name]
    given = named or call.args[index : index + 1]
    if not given or not isinstance(given[0], ast.Name):
        yield given[0] if given else None
        return
    within = ctx.module.tree.within.get(call)
    caller = within.node if within is not None else ctx.module.tree.module
    if isinstance(caller, ast.FunctionDef | ast.Module):
        found = [*_assigned(caller, given[0].id)]
        yield from found or _assigned(ctx.module.tree.module, given[0].id) or [None]
    else:
        yield None


def variable_edits(
    ctx: RuleContext, function: Function, name: str, made: tuple[ast.Call, ...]
) -> Iterator[Edit]:
    """`tf.Variable(…)` → `keras.Variable(…)`; raises `NotUnderstood` for what that cannot do."""
    _check_uses(ctx, function, name, made)
    spelled, _ = ctx.spell("keras.Variable")
    for call in made:
        yield replace(ctx.span(call.func), spelled)
        for keyword in call.keywords:
            value = keyword.value
            if keyword.arg == "trainable" and isinstance(value, ast.Constant) and value.value:
                continue
            if keyword.arg not in _KEYWORDS or isinstance(value, ast.Lambda):
                raise NotUnderstood(call, f"keras.Variable has no such `{keyword.arg}`")
            if keyword.arg != _KEYWORDS[keyword.arg]:
                start = ctx.span(keyword).start
                span = Span(start, start + len(keyword.arg))
                yield replace(span, _KEYWORDS[keyword.arg])
        if len(call.args) > 1 or any(isinstance(a, ast.Lambda | ast.Starred) for a in call.args):
            raise NotUnderstood(call, "keras.Variable takes other arguments")


def _check_uses(
    ctx: RuleContext, function: Function, name: str, made: tuple[ast.Call, ...]
) -> None:
    """Raise for members of the variable that Keras's have not."""
    places: list[tuple[list[ast.stmt], str]] = [(function.body, name)]
    for call in made:
        statement, within = ctx.module.parent(call), ctx.module.tree.within.get(call)
        scope = within.node if within is not None else ctx.module.tree.module
        body = [*_own_statements(getattr(scope, "body", []))]
        places += [(body, n) for n in (stored([statement]) if statement is not None else [])]
    for body, known in places:
        for node in (part for statement in body for part in ast.walk(statement)):
            if (
                isinstance(node, ast.Attribute)
                and isinstance(node.value, ast.Name)
                and node.value.id == known
                and node.attr not in _MEMBERS
            ):
                raise NotUnderstood(node, f"`{known}.{node.attr}` is TensorFlow's alone")
