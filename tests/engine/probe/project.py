"""Writes the probe project: every public symbol and every changed argument of Keras 2, once.

Each probe is some lines of a file. Its subject says what it uses, `breaks` whether that does not
work the same in Keras 3, by what the installed libraries say.
"""

from __future__ import annotations

import importlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.engine.probe.libraries import Libraries

STANDALONE = Path(__file__).resolve().parents[3] / "engine" / "tables" / "keras2_modules.toml"
"""What releases of stand-alone Keras 2 defined, read from them."""
NOT_ASKED = frozenset({"self", "args", "kwargs"})


@dataclass(frozen=True, slots=True)
class Probe:
    """Some lines, and what the libraries say of them."""

    kind: str
    subject: str
    line: str
    breaks: bool


def probes(libraries: Libraries) -> dict[str, list[Probe]]:
    """All probes by the file that they go to, each after lines that its kind needs."""
    files: dict[str, list[Probe]] = {}
    for probe in (
        *_names(libraries),
        *_standalone(),
        *_keywords(libraries),
        *_places(libraries),
        *_defaults(libraries),
        *_methods(libraries),
        *_members(libraries),
    ):
        files.setdefault(f"{probe.kind}.py", []).append(probe)
    return files


HEADS = {"defaults": "import tensorflow as tf\n", "standalone": ""}
"""What a file begins with; most import Keras alone, which Keras 3 is called too."""


def write(folder: Path, files: dict[str, list[Probe]]) -> dict[tuple[str, int], Probe]:
    """Write the project; gives the probe of each line of each file."""
    places = {}
    for name, found in files.items():
        lines = HEADS.get(name.removesuffix(".py"), "import keras\n").splitlines()
        for probe in found:
            for line in probe.line.split("\n"):
                lines.append(line)
                places[name, len(lines)] = probe
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return places


def _names(libraries: Libraries) -> Iterator[Probe]:
    """Every public path, written out."""
    for path in libraries.paths:
        yield Probe("names", path, f"print({path})", libraries.stays(path) is None)


def _standalone() -> Iterator[Probe]:
    """Every name that a module of stand-alone Keras 2 defined, imported from there."""
    for module, names in tomllib.loads(STANDALONE.read_text(encoding="utf-8")).items():
        for name in names.split():
            line = f"from {module} import {name} as {_variable(f'{module}.{name}')}"
            line += f"\nprint({_variable(f'{module}.{name}')})"
            yield Probe("standalone", f"{module}.{name}", line, not _is_in_keras3(module, name))


@cache
def _module(path: str) -> object | None:
    try:
        return importlib.import_module(path)
    except ImportError:
        return None


def _is_in_keras3(module: str, name: str) -> bool:
    """Whether `from module import name` works with the installed Keras 3."""
    return hasattr(_module(module), name)


def _keywords(libraries: Libraries) -> Iterator[Probe]:
    """Every parameter, given by name: those that are gone, and those that stay."""
    for path in libraries.kept:
        change = libraries.changes.get((path, ""))
        gone = set() if change is None else set(change.gone)
        defaults = {} if change is None else change.defaults
        required = [n for n, (_, new) in defaults.items() if not new]
        for name, kind, _ in libraries.takes(path):
            if kind in "pk" and name not in NOT_ASKED:
                others = "".join(f", {n}=given" for n in required if n != name)
                line = f"{path}({name}=given{others})"
                yield Probe("keywords", f"{path}({name}=)", line, name in gone)


def _places(libraries: Libraries) -> Iterator[Probe]:
    """As many positional arguments as stay where they are, and one more where the next moved."""
    for path in libraries.kept:
        change = libraries.changes.get((path, ""))
        positional = [n for n, kind, _ in libraries.takes(path) if kind in "/p"]
        moved = change is not None and bool(change.moved)
        same = len(change.kept) if moved else len(positional)
        for count, breaks in ((same, False), (same + 1, True)):
            if count and (moved or not breaks):
                given = ", ".join(["given"] * count)
                yield Probe("places", f"{path}: {count} places", f"{path}({given})", breaks)


def _defaults(libraries: Libraries) -> Iterator[Probe]:
    """Calls that give what is required and nothing else, in code that is sure to be Keras 2."""
    for path in libraries.kept:
        change = libraries.changes.get((path, ""))
        required = [n for n, kind, value in libraries.takes(path) if kind == "p" and value is None]
        given = ", ".join("given" for name in required if name not in NOT_ASKED)
        defaults = {} if change is None else change.defaults
        breaks = any(not means_the_same(name, *pair) for name, pair in defaults.items())
        yield Probe("defaults", path, f"tf.{path}({given})", breaks)


def means_the_same(name: str, old: str, new: str) -> bool:
    """Whether two defaults are the same in other words, or only a name that is shown."""
    if name == "name":  # of optimizers and schedules; of a metric it is the key of its results
        return "None" in (old, new)
    return (name, old, new) in SAME


SAME = {
    ("reduction", "'auto'", "'sum_over_batch_size'"),
    ("data_format", "'channels_last'", "None"),
    ("strides", "(1, 1)", "1"),
    ("strides", "(1, 1, 1)", "1"),
    ("dilation_rate", "(1, 1)", "1"),
    ("dilation_rate", "(1, 1, 1)", "1"),
    ("padding", "(1, 1, 1)", "((1, 1), (1, 1), (1, 1))"),
    ("ema_overwrite_frequency", "100", "None"),  # without `use_ema` nothing is read
}


def _methods(libraries: Libraries) -> Iterator[Probe]:
    """Parameters and places of methods that changed, of objects that are made in sight."""
    for (path, method), change in sorted(libraries.changes.items()):
        if not method or path not in libraries.kept:
            continue
        made = f"{_variable(path)} = {path}(*given)"
        called = _variable(path) if method == "__call__" else f"{_variable(path)}.{method}"
        for name in change.gone:
            line = _function(made, f"{called}({name}=given)")
            yield Probe("methods", f"{path}.{method}({name}=)", line, True)
        for count, breaks in ((len(change.kept), False), (len(change.kept) + 1, True)):
            if count and change.moved:
                value = '"given"' if method == "add_weight" else "given"  # seen to be a name
                given = ", ".join([value] * count)
                line = _function(made, f"{called}({given})")
                yield Probe("methods", f"{path}.{method}: {count} places", line, breaks)


def _function(*lines: str) -> str:
    """Lines of a function of their own, so that a variable is made once."""
    return "\n".join(["def probe():", *(f"    {line}" for line in lines)])


def _members(libraries: Libraries) -> Iterator[Probe]:
    """Every member of every class, used on an object that is made in sight."""
    for path in libraries.kept:
        if not libraries.is_class(path):
            continue
        yield Probe("members", path, f"{_variable(path)} = {path}(*given)", False)
        for name, member in libraries.members(path).items():
            if name != "__call__":
                line = f"{_variable(path)}.{name}"
                line = f"{line}()" if "takes" in member else f"print({line})"
                gone = name in libraries.lost.get(path, set())
                yield Probe("members", f"{path}.{name}", line, gone)


def _variable(path: str) -> str:
    return path.replace(".", "_").lower() + "_made"
