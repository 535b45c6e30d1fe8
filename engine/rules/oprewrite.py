"""Rewrite a call after a row of an op table: names, keywords, defaults, values.

The edits leave argument expressions in place, so that calls inside them are rewritten by their
own rows at the same time.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeGuard

from kerashift.engine.model import Edit, Fix, ImportNeed, Safety, Span
from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.calls import Argument, CallEditor, CallError
from kerashift.engine.tables.oprows import OpRow

_KERAS_NAME = re.compile(r"\bkeras(?:\.\w+)+")
_FIELD = re.compile(r"\{(\w+)\}")
_ATOMS = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.Constant, ast.List, ast.Dict)


class Unsupported(Exception):
    """This form of the call has no rewrite; the message says why, for the person."""


@dataclass
class Rewrite:
    """A call being rewritten. Handlers change the row's plan through it."""

    ctx: RuleContext
    row: OpRow
    editor: CallEditor
    given: dict[str, Argument]
    safety: Safety
    caution: str
    needs: set[ImportNeed] = field(default_factory=set)
    to: str = ""
    dropped: set[str] = field(default_factory=set)

    def drop(self, name: str) -> None:
        """Leave an argument out of the new call, if it is given."""
        if name in self.given and name not in self.dropped:
            self.editor.drop(self.given[name])
            self.dropped.add(name)

    def spell(self, path: str) -> str:
        text, needs = self.ctx.spell(path)
        self.needs.update(needs)
        return text

    def spell_all(self, text: str) -> str:
        """`text` with every `keras.…` in it as this file writes it."""
        return _KERAS_NAME.sub(lambda match: self.spell(match.group()), text)

    def review(self, caution: str) -> None:
        """The rewrite is right in the usual case only."""
        self.safety = Safety.REVIEW
        self.caution = caution

    def wrap(self, argument: Argument, before: str, after: str) -> None:
        """Put text around an argument's value, which stays in place."""
        self.editor.set_value(argument, self.spell_all(before), argument.value_extent, after)

    def literal(self, argument: Argument) -> object:
        """The argument's value where it is written out; raises `Unsupported`."""
        try:
            return ast.literal_eval(argument.value)
        except (ValueError, TypeError, SyntaxError, RecursionError):
            raise Unsupported("it depends on a value that is not written out") from None

    def replace_call(self, template: str) -> Fix:
        """Replace the whole call by a template with `{param}` for arguments."""
        parts = self.template_parts(template)
        edit = Edit(self.ctx.span(self.editor.call), tuple(parts))
        return Fix((edit,), tuple(sorted(self.needs)))

    def template_parts(self, template: str) -> list[str | Span]:
        parts: list[str | Span] = []
        position = 0
        for match in _FIELD.finditer(template):
            parts.append(self.spell_all(template[position : match.start()]))
            before, after = template[: match.start()], template[match.end() :]
            parts.extend(self._value(match.group(1), before, after))
            position = match.end()
        parts.append(self.spell_all(template[position:]))
        return parts

    def _value(self, name: str, before: str, after: str) -> list[str | Span]:
        argument = self.given.get(name)
        if argument is None:
            if name not in self.row.defaults:
                raise Unsupported(f"`{name}` is not given")
            return [self.spell_all(self.row.defaults[name])]
        delimited = before.rstrip().endswith(("(", ",", "=", "[")) and after.lstrip().startswith(
            (")", ",", "]")
        )
        bare = argument.value_extent == self.ctx.span(argument.value)
        if delimited or not bare or isinstance(argument.value, _ATOMS):
            return [argument.value_extent]
        return ["(", argument.value_extent, ")"]


Handler = Callable[[Rewrite], Fix | None]
"""Changes the plan, or gives the whole fix; raises `Unsupported`."""


def rewrite(
    ctx: RuleContext, call: ast.Call, row: OpRow, handlers: dict[str, Handler]
) -> tuple[Fix, Safety, str]:
    """Fix, safety and caution for a call; raises `Unsupported`."""
    try:
        editor = CallEditor(ctx.module, call)
    except CallError:
        raise Unsupported("the call cannot be edited in place") from None
    bound = editor.bind(row.params)
    if not bound.is_certain:
        raise Unsupported(_uncertain(bound.unknown, bool(bound.unpacked)))
    plan = Rewrite(ctx, row, editor, dict(bound.by_name), row.safety, row.caution, to=row.to)
    for name, reason in row.reject.items():
        if name in plan.given and not _is_none(plan.given[name].value):
            raise Unsupported(reason)
    if row.handler:
        whole = handlers[row.handler](plan)
        if whole is not None:
            return whole, plan.safety, plan.caution
    if row.template:
        return plan.replace_call(row.template), plan.safety, plan.caution
    _map_arguments(plan)
    editor.rename(plan.spell(plan.to))
    return Fix(editor.build(), tuple(sorted(plan.needs))), plan.safety, plan.caution


def _uncertain(unknown: tuple[Argument, ...], unpacked: bool) -> str:
    if unpacked:
        return "its arguments are unpacked with `*` or `**`"
    names = ", ".join(f"`{a.name}`" for a in unknown)
    return f"the argument {names} is not known" if names else "it has too many arguments"


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _map_arguments(plan: Rewrite) -> None:
    row, editor = plan.row, plan.editor
    in_place = True
    for argument in editor.arguments:
        old = next(name for name, given in plan.given.items() if given is argument)
        if old in plan.dropped:
            in_place = False
            continue
        new = row.names.get(old, old)
        if old in row.drop or old in row.reject:
            plan.drop(old)
            in_place = False
            continue
        if new not in row.order:
            raise Unsupported(f"`{old}` has no counterpart")
        if old in row.values:
            transform_value(plan, argument, row.values[old])
        if argument.keyword is None:
            in_place = in_place and _kept_position(plan, old, argument)
            if in_place:
                continue
        editor.set_keyword(argument, new)
    given = {row.names.get(name, name) for name in plan.given if name not in plan.dropped}
    for name, text in row.inject.items():
        if name not in given:
            editor.add(f"{name}={plan.spell_all(text)}")


def _kept_position(plan: Rewrite, old: str, argument: Argument) -> bool:
    new = plan.row.names.get(old, old)
    order = plan.row.order
    return argument.index < len(order) and order[argument.index] == new


def _strides_within(value: ast.expr) -> TypeGuard[ast.List | ast.Tuple]:
    """Whether it is `[1, a, b, 1]` with sizes that are computed."""
    if not isinstance(value, ast.List | ast.Tuple) or len(value.elts) < 3:
        return False
    outer = (value.elts[0], value.elts[-1])
    is_written_out = all(isinstance(element, ast.Constant) for element in value.elts)
    is_starred = any(isinstance(element, ast.Starred) for element in value.elts)
    return not (is_written_out or is_starred) and all(
        isinstance(element, ast.Constant) and element.value == 1 for element in outer
    )


def _keep_inner(plan: Rewrite, argument: Argument, value: ast.List | ast.Tuple) -> None:
    first, *others = [plan.ctx.span(element) for element in value.elts[1:-1]]
    if not others:
        plan.editor.set_value(argument, first)
        return
    later = [part for span in others for part in (", ", span)]
    plan.editor.set_value(argument, "(", first, *later, ")")


def transform_value(plan: Rewrite, argument: Argument, transform: str) -> None:
    """Change an argument's value the way a row's `values` says; raises `Unsupported`."""
    value = argument.value
    if transform == "lower":
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            text = plan.ctx.text(value)
            if text.lower() != text:
                plan.editor.set_value(argument, text.lower())
        elif not _is_none(value):
            plan.editor.set_value(argument, argument.value_extent, ".lower()")
    elif transform == "inner":  # [1, 2, 2, 1] -> (2, 2)
        if _strides_within(value):
            _keep_inner(plan, argument, value)
            return
        numbers = plan.literal(argument)
        if isinstance(numbers, list | tuple):
            if len(numbers) == 1:
                plan.editor.set_value(argument, repr(numbers[0]))
            if len(numbers) < 3:
                return
            if numbers[0] != 1 or numbers[-1] != 1:
                raise Unsupported("it strides over the batch or the channels")
            inner = tuple(numbers[1:-1])
            plan.editor.set_value(argument, repr(inner if len(inner) > 1 else inner[0]))
    elif transform == "tuple":  # JAX takes no lists here
        axes = plan.literal(argument)
        if isinstance(axes, list):
            plan.editor.set_value(argument, repr(tuple(axes)))
    else:
        raise KeyError(transform)
