"""What an entry's text means: a script with arguments, a notebook, a callable, or tests."""

from __future__ import annotations

import ast
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kerashift.engine.source import SourceError, decode

CALLABLE = re.compile(r"(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)(?:\((?P<arguments>.*)\))?", re.S)
PYTHON = re.compile(r"\s*(?:\S*[/\\])?python[\d.]*(?:\.exe)?(?:\s+-u)?\s+")
TEST_FILE = re.compile(r"(?:test_.*|.*_test)\.py")


class EntryNotFoundError(Exception):
    """There is no such entry; the message is for a person."""


@dataclass(frozen=True, slots=True)
class EntrySpec:
    """An entry taken apart. `arguments` are those of a callable, `argv` those of a program."""

    kind: str
    path: str
    callable: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    argv: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "path": self.path,
            "callable": self.callable,
            "arguments": self.arguments,
            "argv": list(self.argv),
        }


def parse_entry(root: Path, text: str) -> EntrySpec:
    """Take an entry apart; raises `EntryNotFoundError` if the project has no such file.

    Forms: `train.py --epochs 1`, `study.ipynb`, `model.py::build(classes=3)`, `test_model.py`,
    `test_model.py::test_forward`, and as in a terminal `python train.py`, `python -m nets.train`.
    """
    text = _without_interpreter(root, text)
    file, colons, rest = text.strip().partition("::")
    argv: list[str] = []
    if not colons and not (root / file).is_file():
        file, *argv = _words(text) or [""]
    path = file.replace("\\", "/").removeprefix("./")
    found = root / path
    if not path or not found.is_file() or not found.resolve().is_relative_to(root.resolve()):
        raise EntryNotFoundError(f"there is no file {path or text!r} in the project")
    if TEST_FILE.fullmatch(found.name) and _is_test_node(found, rest):
        return EntrySpec("pytest", path, argv=(text.strip() if rest else path, *argv))
    if colons:
        name, arguments = _call(rest)
        return EntrySpec("callable", path, name, arguments)
    if found.suffix == ".ipynb":
        return EntrySpec("notebook", path, argv=tuple(argv))
    return EntrySpec("script", path, argv=tuple(argv))


def _without_interpreter(root: Path, text: str) -> str:
    """A terminal's command as an entry: the interpreter goes, a module becomes its file."""
    start = PYTHON.match(text)
    rest = text[start.end() :].strip() if start else text.strip()
    if not rest.startswith("-m "):
        return rest
    _, name, *arguments = rest.split(None, 2)
    if name == "pytest":
        return " ".join(arguments)
    stem = name.replace(".", "/")
    for path in (f"{stem}.py", f"{stem}/__main__.py"):
        if (root / path).is_file():
            return " ".join([path, *arguments])
    raise EntryNotFoundError(f"there is no module {name} in the project")


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise EntryNotFoundError(f"{text!r} cannot be read as a command line: {error}") from error


def _is_test_node(path: Path, node: str) -> bool:
    if node:
        return node.startswith(("test", "Test"))
    try:
        tree = ast.parse(decode(path.name, path.read_bytes()).text)
    except (SourceError, SyntaxError, OSError):
        return False
    return any(
        isinstance(part, ast.FunctionDef | ast.ClassDef) and part.name.lower().startswith("test")
        for part in tree.body
    )


def _call(text: str) -> tuple[str, dict[str, Any]]:
    match = CALLABLE.fullmatch(text.strip())
    if match is None:
        raise EntryNotFoundError(f"{text!r} is not the name of a callable")
    try:
        tree = ast.parse(f"f({match['arguments'] or ''})", mode="eval").body
        assert isinstance(tree, ast.Call)
        if tree.args or any(keyword.arg is None for keyword in tree.keywords):
            raise ValueError("arguments must be given by name")
        arguments = {str(k.arg): ast.literal_eval(k.value) for k in tree.keywords}
    except (SyntaxError, ValueError) as error:
        raise EntryNotFoundError(f"the arguments of {match['name']}: {error}") from error
    return match["name"], arguments
