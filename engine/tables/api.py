"""The public names of Keras 3, from the generated table `keras3_names.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def load(name: str) -> dict[str, object]:
    """A table by its file name, read once."""
    return tomllib.loads(files(__package__).joinpath(name).read_text(encoding="utf-8"))


@cache
def _modules(surface: str) -> dict[str, frozenset[str]]:
    table = load("keras3_names.toml")[surface]
    assert isinstance(table, dict)
    return {module: frozenset(str(names).split()) for module, names in table.items()}


def exists(path: str) -> bool:
    """Whether the public path `keras.…` (a symbol or a module) exists in Keras 3."""
    return _has("keras3", path)


def exists_in_tf_keras(path: str) -> bool:
    """Whether `path`, written with `keras.`, exists as `tf.keras.…` when Keras 3 is installed."""
    return _has("tf_keras3", path) or _has("keras3", path)


def existed(path: str) -> bool:
    """Whether the path was public in Keras 2 (`tf_keras`), or in its `compat.v1`."""
    return _has("keras2", path) or _has("keras2_v1", path)


def _has(surface: str, path: str) -> bool:
    modules = _modules(surface)
    if path in modules:
        return True
    module, _, name = path.rpartition(".")
    return name in modules.get(module, frozenset())


def is_star_name(module: str, name: str) -> bool:
    """Whether `from module import *` binds `name`, in Keras 2 or 3."""
    return exists(f"{module}.{name}") or existed(f"{module}.{name}")


def public_prefix(path: str) -> tuple[str, str]:
    """Split a dotted path in the longest public Keras 3 part and the rest (with its dot)."""
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        prefix = ".".join(parts[:length])
        if exists(prefix):
            return prefix, path[len(prefix) :]
    return "", path


def is_module(path: str) -> bool:
    """Whether the path is a public module of Keras 3 (and not a class or function)."""
    return path in _modules("keras3")
