"""Print the public surface of an installed Keras as JSON, for the generators beside this file.

Usage: `python api_surface.py PACKAGE [ROOT]`: `PACKAGE` is `keras`, `tf_keras` or
`keras._tf_keras.keras`, `ROOT` what its names are written under (`keras`). Run in a process of its
own; imports nothing of the engine.
"""

from __future__ import annotations

import ast
import contextlib
import enum
import importlib
import inspect
import json
import os
import re
import sys
import textwrap
import types
from collections.abc import Iterator
from typing import Any

SKIP = {"_tf_keras", "src", "protobuf", "mixed_precision_loss_scale"}
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
Parameter = list[Any]
"""Name, kind (`/` positional only, `p` both, `k` keyword only, `*`, `**`), default as text."""
_KINDS = {
    inspect.Parameter.POSITIONAL_ONLY: "/",
    inspect.Parameter.POSITIONAL_OR_KEYWORD: "p",
    inspect.Parameter.KEYWORD_ONLY: "k",
    inspect.Parameter.VAR_POSITIONAL: "*",
    inspect.Parameter.VAR_KEYWORD: "**",
}


def public_names(package: str, root: str = "keras") -> dict[str, list[str]]:
    """Public names by module, written under `root`, found by walking the modules' attributes."""
    return {
        path: [name for name, _ in items] for path, items in sorted(_modules(package, root).items())
    }


def _modules(package: str, root: str) -> dict[str, list[tuple[str, Any]]]:
    found: dict[str, list[tuple[str, Any]]] = {}
    pending = [(importlib.import_module(package), root)]
    while pending:
        module, path = pending.pop()
        if path in found:
            continue
        found[path] = []
        for name in sorted(dir(module)):
            if (name.startswith("_") and name != "__version__") or name in SKIP:
                continue
            value = getattr(module, name)
            if isinstance(value, types.ModuleType):
                inside = value.__name__.startswith((package, "keras.", "tf_keras."))
                if not inside or ".src" in value.__name__:
                    continue
                pending.append((value, f"{path}.{name}"))
            found[path].append((name, value))
    return found


def surface(package: str, root: str = "keras") -> dict[str, Any]:
    """Version, names by module, and what every class and function takes and has."""
    modules = _modules(package, root)
    symbols: dict[str, Any] = {}
    objects: dict[str, Any] = {}
    for module, items in modules.items():
        for name, value in items:
            if isinstance(value, types.ModuleType) or not callable(value):
                continue
            key = f"{value.__module__}.{value.__qualname__}" if _is_named(value) else name
            symbols[f"{module}.{name}"] = key
            if key not in objects:
                objects[key] = _described(value)
    version = importlib.import_module(package.partition(".")[0]).__version__
    return {
        "version": version,
        "names": public_names(package, root),
        "symbols": symbols,
        "objects": objects,
    }


def _is_named(value: Any) -> bool:
    return hasattr(value, "__module__") and hasattr(value, "__qualname__")


def _described(value: Any) -> dict[str, Any]:
    if not inspect.isclass(value):
        return {"kind": "function", "takes": _parameters(value)}
    members = dict(_members(value))
    return {
        "kind": "class",
        "takes": _parameters(value.__init__, bound=True),
        "bases": [f"{base.__module__}.{base.__qualname__}" for base in value.__mro__[1:-1]],
        "members": members,
        "sets": sorted(_assigned(value)),
    }


def _assigned(value: type) -> set[str]:
    """Public attributes that `__init__` of the class and of its bases sets."""
    found = set()
    for owner in value.__mro__:
        init = vars(owner).get("__init__")
        if not inspect.isfunction(init) or "keras" not in owner.__module__:
            continue
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(init)))
        except (OSError, TypeError, SyntaxError):
            continue
        found |= {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store)
            and isinstance(node.value, ast.Name)
            and node.value.id == "self"
        }
    return {name for name in found if not name.startswith("_")}


def _members(value: type) -> Iterator[tuple[str, Any]]:
    """Public members, with who declares them and what methods take."""
    for name in dir(value):
        if name.startswith("_") and name != "__call__":
            continue
        owner = next((c for c in value.__mro__ if name in vars(c)), None)
        if owner is None or owner is object:
            continue
        raw = inspect.getattr_static(value, name)
        member: dict[str, Any] = {"owner": f"{owner.__module__}.{owner.__qualname__}"}
        if isinstance(raw, staticmethod | classmethod) or callable(raw):
            with contextlib.suppress(Exception):
                bound = not isinstance(raw, staticmethod | classmethod)
                member["takes"] = _parameters(getattr(value, name), bound=bound)
        yield name, member


def _parameters(function: Any, bound: bool = False) -> list[Parameter] | None:
    """What a function takes; None where that cannot be known."""
    try:
        found = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return None
    return [
        [p.name, _KINDS[p.kind], None if p.default is p.empty else _text(p.default)]
        for p in found[1 if bound else 0 :]
    ]


def _text(default: Any) -> str:
    if isinstance(default, enum.Enum):
        return f"{type(default).__name__}.{default.name}"
    if inspect.isfunction(default) or inspect.isclass(default):
        return str(default.__qualname__)
    return _ADDRESS.sub("", repr(default))


def main() -> None:
    """Write the surface of the package named on the command line."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    out = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):
        found = surface(*sys.argv[1:])
    json.dump(found, out)


if __name__ == "__main__":
    main()
