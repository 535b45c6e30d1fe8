"""The command-line arguments of a script, by reading it: argparse, absl flags and click."""
from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

SWITCHES = ("store_true", "store_false")
UNKNOWN = "…"
"""Stands for a default that is not written out."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument. `default` is its source text, empty where there is none.

    A switch takes no value. `choices` are source texts too.
    """

    name: str
    default: str = ""
    help: str = ""
    choices: tuple[str, ...] = ()
    required: bool = False
    is_switch: bool = False


def command_line_arguments(tree: ast.Module) -> tuple[Argument, ...]:
    """The arguments that a module defines, in order, each once."""
    found: dict[str, Argument] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            for argument in _of_call(node, node.func):
                found.setdefault(argument.name, argument)
    return tuple(found.values())


def _of_call(call: ast.Call, func: ast.Attribute) -> Iterator[Argument]:
    if func.attr == "add_argument":
        yield from _argparse(call)
    elif func.attr.startswith("DEFINE_"):
        yield from _absl(call, func.attr)
    elif func.attr == "option" and _root(func) == "click":
        yield from _argparse(call)


def _argparse(call: ast.Call) -> Iterator[Argument]:
    """`add_argument` and `click.option` share what matters here."""
    names = [text for item in call.args if (text := _string(item))]
    if not names:
        return
    name = next((n for n in names if n.startswith("--")), names[0])
    keywords = {k.arg: k.value for k in call.keywords if k.arg}
    is_option = name.startswith("-")
    switch = _string(keywords.get("action")) in SWITCHES or _is_true(keywords.get("is_flag"))
    nargs = _string(keywords.get("nargs"))
    choices = keywords.get("choices")
    yield Argument(
        name=name,
        default="" if switch else _text(keywords.get("default")),
        help=_string(keywords.get("help")) or "",
        choices=_items(choices),
        required=_is_true(keywords.get("required"))
        or (not is_option and nargs not in ("?", "*")),
        is_switch=switch,
    )


def _absl(call: ast.Call, kind: str) -> Iterator[Argument]:
    name = _string(call.args[0]) if call.args else None
    if name is None:
        return
    keywords = {k.arg: k.value for k in call.keywords if k.arg}
    default = call.args[1] if len(call.args) > 1 else keywords.get("default")
    described = call.args[3:4] if kind == "DEFINE_enum" else call.args[2:3]
    help_text = described[0] if described else keywords.get("help")
    choices = call.args[2] if kind == "DEFINE_enum" and len(call.args) > 2 else None
    yield Argument(
        name=f"--{name}",
        default=_text(default),
        help=_string(help_text) or "",
        choices=_items(choices),
        is_switch=kind in ("DEFINE_bool", "DEFINE_boolean") and _text(default) == "False",
    )


def _root(func: ast.Attribute) -> str:
    return func.value.id if isinstance(func.value, ast.Name) else ""


def _string(node: ast.expr | None) -> str | None:
    """The value of a text that is written out."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _text(node: ast.expr | None) -> str:
    """A default as it would be typed; `UNKNOWN` for an expression, empty for none."""
    if node is None:
        return ""
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return UNKNOWN
    if isinstance(value, list | tuple):
        return " ".join(map(str, value))
    return "" if value is None else str(value)


def _items(node: ast.expr | None) -> tuple[str, ...]:
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return tuple(_text(item) for item in node.elts)
    return ()
