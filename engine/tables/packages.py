"""The table of packages: first versions for Keras 3, replacements, and what stands in the way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from kerashift.engine.tables import api

_TABLE = "packages.toml"


@dataclass(frozen=True, slots=True)
class Blocker:
    """A package that needs Keras 2, and the way out. `names`: only these of its names do.

    `needs_package`: its module has a common name, and counts only if the project asks for the
    package.
    """

    name: str
    imports: tuple[str, ...]
    text: str
    names: frozenset[str] = frozenset()
    pattern: str = ""
    needs_package: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether any use of the package stands in the way."""
        return not self.names and not self.pattern

    def concerns(self, name: str) -> bool:
        """Whether a name of the package is one of those."""
        return name in self.names or bool(self.pattern and re.fullmatch(self.pattern, name))


@cache
def first_versions() -> dict[str, str]:
    """Package → the first version that works with Keras 3."""
    return _section("first")


@cache
def replaced() -> dict[str, str]:
    """Package that is gone → the one that took its place."""
    return _section("replaced")


@cache
def blockers() -> tuple[Blocker, ...]:
    rows = api.load(_TABLE)["blocker"]
    assert isinstance(rows, list)
    return tuple(
        Blocker(
            row["name"],
            tuple(row["imports"]),
            row["text"],
            frozenset(row.get("names", ())),
            row.get("pattern", ""),
            row.get("needs_package", False),
        )
        for row in rows
    )


def blocker(package: str) -> Blocker | None:
    """The row of a package, by its normalised name."""
    return next((row for row in blockers() if row.name == package), None)


def _section(name: str) -> dict[str, str]:
    table = api.load(_TABLE)[name]
    assert isinstance(table, dict)
    return {str(key): str(value) for key, value in table.items()}
