"""Rows of `removed.toml`: names that Keras 3 does not have, and what takes their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from kerashift.engine.model import Safety
from kerashift.engine.tables import api
from kerashift.engine.tables.moves import new_path


@dataclass(frozen=True, slots=True)
class RemovedRow:
    """One removed name (or module of such names); the keys are explained in the table."""

    name: str
    to: str = ""
    params: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    add: Mapping[str, str] = field(default_factory=dict)
    as_value: bool = False
    file: str = ""
    safety: Safety = Safety.SAFE
    caution: str = ""
    message: str = ""


def _texts(value: object) -> dict[str, str]:
    assert isinstance(value, dict)
    return {str(k): str(v) for k, v in value.items()}


@cache
def _by_name() -> dict[str, RemovedRow]:
    result = {}
    for name, raw in api.load("removed.toml").items():
        assert isinstance(raw, dict)
        result[name] = RemovedRow(
            name=name,
            to=str(raw.get("to", "")),
            params=tuple(str(raw.get("params", "")).split()),
            names=_texts(raw.get("names", {})),
            add=_texts(raw.get("add", {})),
            as_value=bool(raw.get("as_value", False)),
            file=str(raw.get("file", "")),
            safety=Safety(str(raw.get("safety", "safe"))),
            caution=str(raw.get("caution", "")),
            message=str(raw.get("message", "")),
        )
    return result


def rows() -> tuple[RemovedRow, ...]:
    """All rows, in the table's order."""
    return tuple(_by_name().values())


def _heads(path: str) -> list[str]:
    """The path and what it is in, longest first."""
    parts = path.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 1, -1)]


def find(path: str) -> RemovedRow | None:
    """The row of a name, or of the class or module that it is in."""
    found = next((_by_name()[head] for head in _heads(path) if head in _by_name()), None)
    if found is not None:
        return found
    star = next((row for key, row in _by_name().items() if _matches(path, key)), None)
    return None if star is None else replace(star, name=_named(path, star.name))


def _matches(path: str, key: str) -> bool:
    return key.endswith("*") and path.startswith(key[:-1])


def _named(path: str, key: str) -> str:
    """The name at the head of a path that a key with a star stands for."""
    return ".".join(path.split(".")[: key.count(".") + 1])


@cache
def tf_keras_name(path: str) -> str | None:
    """The part of a path that Keras 3 has in `tf.keras` alone; None if it is elsewhere or gone."""
    if path.startswith("keras.backend.") or new_path(path) is not None or find(path) is not None:
        return None
    for head in _heads(path):
        if api.exists_in_tf_keras(head):
            return None if api.exists(head) else head
    return None


@cache
def gone_name(path: str) -> str | None:
    """The public Keras 2 name at the head of a path that no Keras 3 surface has."""
    if path.startswith("keras.backend.") or new_path(path) is not None:
        return None
    row = find(path)
    if row is not None:
        return row.name
    if tf_keras_name(path) is not None:
        return None
    return next((head for head in _heads(path) if _was_symbol(head)), None)


def _was_symbol(path: str) -> bool:
    return api.existed(path) and not api.exists(path) and path.count(".") > 1
