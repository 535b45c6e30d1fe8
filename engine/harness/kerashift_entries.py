"""Load what is to be run: a script or a notebook as `__main__`, a module, a callable of it."""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import json
import linecache
import re
import sys
import types
from pathlib import Path
from typing import Any

from kerashift_errors import EntryError

GUESSES = (
    (r"(input|img|image|in)_?(shape|dims?|size)|shape", (32, 32, 3)),
    (r"(num|n|nb|nr)_?(of_)?(classes|class|labels|outputs?|categories)|classes|output_dim", 10),
    (r"(num|n|nb)_?channels|channels|in_channels|img_c(hannels)?", 3),
    (r"vocab(ulary)?_?size|max_features|num_words|input_dim|n_tokens", 1000),
    (r"max_?len(gth)?|seq(uence)?_?len(gth)?|timesteps|time_steps|n_steps|window(_size)?", 32),
    (r"(img|image)?_?(height|width|rows|cols)|image_size|img_size|patch_size", 32),
    (r"(learning_rate|lr)", 1e-3),
    (r".*(dropout|drop)(_rate)?", 0.1),
    (r"batch_size", 4),
    (r"(num|n|nb)_?(layers|blocks|heads|stacks)|depth|num_res\w*", 2),
    (r"kernel_size|strides?", 3),
    (r"activation|act", "relu"),
    (r"padding", "same"),
    (r"optimizer", "adam"),
    (r"name", "model"),
)
"""Arguments without a default, by what they are usually called."""
BY_ANNOTATION = {int: 16, float: 0.1, bool: False, "int": 16, "float": 0.1, "bool": False}
SHELL_LINE = re.compile(r"^(?P<indent>\s*)(?:%|!|\?|.*\?\s*$)")
ASSIGNED_MAGIC = re.compile(r"^(?P<left>\s*[\w., ]+=\s*)(?:%|!).*$")
PYTHON_CELLS = ("%%time", "%%timeit", "%%capture", "%%prun")


def set_paths(root: Path, folder: Path) -> None:
    """The folder of the entry first, then the project, as the interpreter would have it."""
    here = str(Path(__file__).resolve().parent)
    rest = [entry for entry in sys.path if entry not in ("", here)]
    sys.path[:] = list(dict.fromkeys([str(folder), str(root), *rest]))


def package_of(path: Path) -> tuple[Path, str]:
    """The folder that a module is imported from, and its dotted name there."""
    names = [] if path.name == "__init__.py" else [path.stem]
    folder = path.parent
    while (folder / "__init__.py").exists():
        names.insert(0, folder.name)
        folder = folder.parent
    return folder, ".".join(names)


def run_script(root: Path, path: Path, arguments: list[str]) -> None:
    """Run a script as `__main__`, as `python path` would, or `python -m` where it needs that."""
    source = path.read_bytes()
    code = compile(source, str(path), "exec", dont_inherit=True)
    folder, name = package_of(path)
    relative = any(
        isinstance(node, ast.ImportFrom) and node.level > 0 for node in ast.walk(ast.parse(source))
    )
    set_paths(root, folder if relative else path.parent)
    module = _main_module(path, arguments)
    if relative and "." in name:
        module.__package__ = name.rpartition(".")[0]
        importlib.import_module(module.__package__)
    exec(code, module.__dict__)


def run_notebook(root: Path, path: Path, arguments: list[str]) -> None:
    """Run the code cells in order, in one namespace; magics and shell lines are left out."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    set_paths(root, path.parent)
    module = _main_module(path, arguments)
    module.__dict__.update(display=print, get_ipython=_Shell)
    for number, cell in enumerate(cells, 1):
        if cell.get("cell_type") != "code":
            continue
        text = "".join(cell["source"])
        name = f"{path}[{number}]"
        linecache.cache[name] = (len(text), None, text.splitlines(True), name)
        exec(compile(without_magics(text), name, "exec", dont_inherit=True), module.__dict__)


def without_magics(text: str) -> str:
    """The cell as plain Python, line by line."""
    lines = text.split("\n")
    first = lines[0].strip()
    if first.startswith("%%"):
        if first.split()[0] not in PYTHON_CELLS:
            return ""
        lines[0] = ""
    return "\n".join(map(_plain_line, lines))


def _plain_line(line: str) -> str:
    assigned = ASSIGNED_MAGIC.match(line)
    if assigned:
        return assigned.group("left") + "[]"
    shell = SHELL_LINE.match(line)
    if shell and not line.lstrip().startswith("#"):
        return shell.group("indent") + "pass"
    return line


class _Shell:
    """What `get_ipython()` gives: takes every request and does nothing."""

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: None


def _main_module(path: Path, arguments: list[str]) -> types.ModuleType:
    # The harness itself stays alive under its own name.
    sys.modules["kerashift_harness"] = sys.modules["__main__"]
    module = types.ModuleType("__main__")
    module.__dict__.update(__file__=str(path), __builtins__=builtins)
    sys.modules["__main__"] = module
    sys.argv[:] = [str(path), *arguments]
    return module


def load_callable(root: Path, path: Path, name: str) -> Any:
    """Import the module and give its attribute; raises `EntryError` if it has none such."""
    folder, module_name = package_of(path)
    set_paths(root, folder)
    sys.argv[:] = [str(path)]
    value: Any = importlib.import_module(module_name)
    for part in name.split("."):
        if not hasattr(value, part):
            raise EntryError(f"{path.name} has nothing that is called {name}")
        value = getattr(value, part)
    if not callable(value):
        raise EntryError(f"{name} in {path.name} cannot be called")
    return value


def complete_arguments(function: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Values for the arguments that have no default; raises `EntryError` where none is known."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return dict(given)
    arguments = dict(given)
    unknown = []
    for parameter in parameters:
        required = parameter.default is parameter.empty
        plain = parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        if required and plain and parameter.name not in arguments:
            guess = _guess(parameter)
            if guess is None:
                unknown.append(parameter.name)
            else:
                arguments[parameter.name] = guess
    if unknown:
        name = getattr(function, "__name__", "the callable")
        example = ", ".join(f"{argument}=…" for argument in unknown)
        raise EntryError(
            f"{name} has arguments without a default: give them, as in {name}({example})"
        )
    return arguments


def _guess(parameter: Any) -> Any:
    for pattern, value in GUESSES:
        if re.fullmatch(pattern, parameter.name.lower()):
            return value
    try:
        return BY_ANNOTATION.get(parameter.annotation)
    except TypeError:
        return None
