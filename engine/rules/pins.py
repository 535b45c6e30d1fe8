"""What to say of a package that a project asks for, wherever that stands."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from packaging.version import Version

from kerashift.engine.dependencies import Dependency, Style
from kerashift.engine.model import Edit, Fix, Safety, Span
from kerashift.engine.pins import is_old
from kerashift.engine.rules.base import Finding
from kerashift.engine.tables.packages import blocker, first_versions, replaced

_CAUTION = "Another package that you use may need the older version."


def pin_findings(found: Dependency, beside: Collection[str]) -> Iterator[Finding]:
    """A pin below Keras 3, a package that is gone, one that needs Keras 2.

    `beside` are the packages that the same file asks for.
    """
    row = blocker(found.name)
    if row is not None:
        if row.is_whole:
            message = f"`{found.name}`: {row.text}."
            yield Finding(found.span, message, Safety.MANUAL, row=found.name)
        return
    new = replaced().get(found.name)
    if new is not None:
        yield _replaced(found, new, beside)
        return
    first = first_versions().get(found.name)
    if first is None or not is_old(found.pin, found.style, Version(first)):
        return
    message = f"`{found.name}{_shown(found)}` becomes `{found.name}>={first}`"
    made = _fix(found, "", f">={first}")
    yield Finding(found.span, message, Safety.REVIEW, made, _CAUTION, row=found.name)


def _replaced(found: Dependency, new: str, beside: Collection[str]) -> Finding:
    first = first_versions().get(new)
    pin = f">={first}" if first is not None and found.pin not in ("", "*") else ""
    said = f"`{found.name}` is gone"
    by_key = found.name_span.start == found.name_span.end
    if new in beside or by_key:
        message = f"{said}: `{new}` takes its place; remove this line"
        if by_key and new not in beside:
            message = f"{said}: ask for `{new}{pin}`"
        return Finding(found.span, message, Safety.MANUAL, row=found.name)
    message = f"{said}: `{new}{pin}` takes its place"
    return Finding(
        found.span, message, Safety.REVIEW, _fix(found, new, pin), _CAUTION, row=found.name
    )


def _shown(found: Dependency) -> str:
    return found.pin if found.pin[:1] in "<>=!~(" else f" {found.pin}"


def _fix(found: Dependency, name: str, pin: str) -> Fix:
    """New name and new versions; a word of a command gets quotes where `>` would redirect."""
    edits = []
    bare = found.style is Style.SHELL and not found.quoted and bool(pin)
    if name or bare:
        start = found.name_span.start
        if bare:
            edits.append(Edit(Span(start, start), ('"',), rank=-1))
        if name:
            edits.append(Edit(found.name_span, (name,)))
    if found.pin != pin and (pin or found.style is not Style.POETRY):
        edits.append(Edit(found.pin_span, (pin + ('"' if bare else ""),)))
    return Fix(tuple(edits))
