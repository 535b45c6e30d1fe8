"""Rows of `members.toml`: what takes the place of members that classes lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from kerashift.engine.tables import api, changes


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One member of a class; the keys are explained in the table."""

    owner: str
    name: str
    message: str = ""
    to: str = ""
    otherwise: str = ""
    rule: str = ""

    @property
    def key(self) -> str:
        """The row's name."""
        return f"{self.owner}.{self.name}"


@cache
def rows() -> Mapping[str, Mapping[str, MemberRow]]:
    """All rows, by class and member."""
    result = {}
    for owner, members in api.load("members.toml").items():
        assert isinstance(members, dict)
        result[owner] = {name: _row(owner, name, raw) for name, raw in members.items()}
    return result


def _row(owner: str, name: str, raw: object) -> MemberRow:
    if isinstance(raw, str):
        return MemberRow(owner, name, raw)
    assert isinstance(raw, dict)
    return MemberRow(owner, name, **{str(key): str(text) for key, text in raw.items()})


@cache
def names() -> frozenset[str]:
    """Every member that some class has a row for that no other rule answers."""
    return frozenset(n for of in rows().values() for n, row in of.items() if not row.rule)


def find(owner: str, name: str) -> MemberRow | None:
    """The row of a member of a Keras 2 class, or of the base that it has it from."""
    for base in changes.lineage(owner):
        if name in changes.regained_members().get(base, ()):
            return None
        if name in rows().get(base, {}):
            return rows()[base][name]
    return None
