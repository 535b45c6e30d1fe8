"""Find what a project could run, by reading it: nothing is imported or executed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kerashift.engine.notebook import notebook_unit
from kerashift.engine.project import discover
from kerashift.engine.run.arguments import Argument, command_line_arguments
from kerashift.engine.run.entry import TEST_FILE
from kerashift.engine.run.model_functions import model_makers
from kerashift.engine.source import SourceError
from kerashift.engine.unit import python_unit

TRAINING = frozenset({"fit", "fit_generator", "train_on_batch"})
OTHER_SIGNS = frozenset({"compile", "evaluate", "predict"})
NEVER_ENTRIES = frozenset({"setup.py", "conftest.py", "noxfile.py"})
FRAMEWORKS = (b"keras", b"tensorflow")


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that a run can execute; `kind` is `script`, `notebook`, `callable` or `pytest`.

    `arguments` are those that a script reads from its command line.
    """

    entry: str
    kind: str
    reason: str
    arguments: tuple[Argument, ...] = ()


def find_entries(root: Path) -> tuple[Entry, ...]:
    """Entries of a folder (or of one file), the most telling first."""
    found: list[tuple[int, Entry]] = []
    discovery = discover(root)
    for path in discovery.files:
        file = discovery.root / path
        if file.name not in NEVER_ENTRIES:
            found.extend(_entries_of(path, file))
    found.sort(key=lambda pair: (pair[0], pair[1].entry.count("/"), pair[1].entry))
    return tuple(entry for _, entry in found)


def _entries_of(path: str, file: Path) -> Iterator[tuple[int, Entry]]:
    """(rank, entry); a lower rank comes first."""
    try:
        data = file.read_bytes()
        make = notebook_unit if file.suffix == ".ipynb" else python_unit
        tree = ast.parse(make(path, data).code)
    except (OSError, SourceError, SyntaxError, ValueError, RecursionError):
        return
    about_keras = any(word in data.lower() for word in FRAMEWORKS)
    if TEST_FILE.fullmatch(file.name):
        if about_keras:
            yield 6, Entry(path, "pytest", "tests that use Keras")
        return
    if file.suffix == ".ipynb":
        if about_keras:
            reason, rank = _what_it_does(tree)
            yield rank + 2, Entry(path, "notebook", f"a notebook that {reason}")
        return
    yield from _script(path, tree, about_keras)
    if about_keras:
        for name, reason in model_makers(tree):
            yield 3 if _is_function(reason) else 4, Entry(f"{path}::{name}", "callable", reason)


def _script(path: str, tree: ast.Module, about_keras: bool) -> Iterator[tuple[int, Entry]]:
    reason, rank = _what_it_does(tree)
    if any(_is_main_guard(node) for node in tree.body):
        if about_keras or rank == 0:
            arguments = command_line_arguments(tree)
            yield rank, Entry(path, "script", f"a script that {reason}", arguments)
    elif about_keras and _calls(tree, top_level=True) & (TRAINING | OTHER_SIGNS):
        yield rank, Entry(path, "script", f"{reason} at top level", command_line_arguments(tree))


def _what_it_does(tree: ast.Module) -> tuple[str, int]:
    called = _calls(tree, top_level=False)
    if called & TRAINING:
        return "trains", 0
    signs = sorted(called & OTHER_SIGNS)
    return (f"calls {signs[0]}", 5) if signs else ("uses Keras", 7)


def _calls(tree: ast.Module, *, top_level: bool) -> set[str]:
    """Names of the methods that are called, anywhere or outside of functions and classes."""
    names: set[str] = set()
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if top_level and isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            names.add(node.func.attr)
        waiting.extend(ast.iter_child_nodes(node))
    return names


def _is_main_guard(node: ast.stmt) -> bool:
    if not isinstance(node, ast.If):
        return False
    return "__name__" in ast.unparse(node.test) and "__main__" in ast.unparse(node.test)


def _is_function(reason: str) -> bool:
    return reason.startswith("returns")
