"""Tables of advice (`unsupported.toml`, `addons.toml`): what to do instead, by dotted name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from kerashift.engine.tables import api


@cache
def rows(table: str) -> Mapping[str, str]:
    """Advice by name; a name stands for what is below it, too."""
    found = api.load(table)["advice"]
    assert isinstance(found, dict)
    return {str(name): str(text) for name, text in found.items()}


def row_name(table: str, name: str) -> str:
    """The longest prefix of a name that has a row; empty where none has."""
    parts = name.split(".")
    heads = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((head for head in heads if head in rows(table)), "")
