"""Differences of two surfaces that `api_surface.py` printed: what old code finds changed.

Pure functions on its JSON; what a name is called now is the caller's knowledge.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

Surface = dict[str, Any]
Moved = Callable[[str], "str | None"]
"""The new path of an old one; None where there is none."""
Renamed = Callable[[str, str, str], "tuple[str, ...]"]
"""What a parameter may be called now: by path of the callable, method (or ""), and old name."""
SKIPPED_METHODS = frozenset({"call", "build"})
"""Methods that Keras calls, not the person. What calling the object takes is `__call__`."""

SAME_MEANING = {
    ("__call__", "inputs"): ("sequences", "sequence", "data"),
    ("compute_mask", "inputs"): ("_",),
    ("compute_mask", "mask"): ("previous_mask",),
    ("compute_output_shape", "input_shape"): ("sequences_shape",),
    ("compute_output_shape", "input_shapes"): ("input_shape",),
    ("compute_output_shape", "_"): ("input_shape",),
    ("update_step", "grad"): ("gradient",),
    ("add_loss", "losses"): ("loss",),
    ("add_variable_from_reference", "model_variable"): ("reference_variable",),
    ("add_variable_from_reference", "variable_name"): ("name",),
}
"""Parameters of methods that mean the same under another name, by method and old name."""


@dataclass(frozen=True)
class Change:
    """How a callable, or a method of classes, differs. All names are those of Keras 2."""

    of: tuple[str, ...]
    method: str = ""
    kept: tuple[str, ...] = ()
    """Positional parameters that have their places still."""
    moved: tuple[str, ...] = ()
    """Positional parameters from the first on that has another place, or none."""
    gone: tuple[str, ...] = ()
    """Parameters that are not there by that name."""
    defaults: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Old and new defaults that differ, as source text; "" for none: it must be given."""
    loses_kwargs: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.moved or self.gone or self.defaults or self.loses_kwargs)


def compared(old: Surface, new: Surface, moved: Moved, renamed: Renamed) -> list[Change]:
    """Every public callable of `old` that has a new path and takes something else there."""
    groups: dict[tuple[str, str], list[str]] = {}
    for path, key in old["symbols"].items():
        target = moved(path)
        if target in new["symbols"]:
            groups.setdefault((key, new["symbols"][target]), []).append(path)
    changes = []
    for (old_key, new_key), paths in groups.items():
        before, after = old["objects"][old_key], new["objects"][new_key]
        named = sorted(paths)
        change = difference(before["takes"], after["takes"], named, "", renamed)
        if change is not None:
            changes.append(change)
        if before["kind"] == after["kind"] == "class":
            changes += _methods(before, after, named, renamed)
    return sorted(_merged(changes), key=lambda c: (c.method, c.of))


def _methods(
    before: dict[str, Any], after: dict[str, Any], paths: list[str], renamed: Renamed
) -> Iterator[Change]:
    calls = (
        {"__call__": _call(before), **_taking(before)},
        {"__call__": _call(after)} | _taking(after),
    )
    for name, takes in calls[0].items():
        other = calls[1].get(name)
        if takes is None or other is None or name in SKIPPED_METHODS:
            continue
        change = difference(takes, other, paths, name, renamed)
        if change is not None:
            yield change


def _taking(described: dict[str, Any]) -> dict[str, Any]:
    members = described["members"]
    return {n: m["takes"] for n, m in members.items() if "takes" in m and n != "__call__"}


def _call(described: dict[str, Any]) -> Any:
    """What calling an object takes.

    A layer's `__call__` hands on to `call` what it does not name: its own parameters have their
    places, those of `call` are given by keyword then.
    """
    members = described["members"]
    outer = members.get("__call__", {}).get("takes")
    inner = members.get("call", {}).get("takes")
    if outer is None or any(kind == "*" for _, kind, _ in outer):
        outer = inner
    if outer is None or any(kind == "*" for _, kind, _ in outer):
        return None
    if not any(kind == "**" for _, kind, _ in outer):
        return outer
    named = {name for name, _, _ in outer}
    return outer + [[n, "k", d] for n, k, d in inner or () if n not in named and k in "pk"]


def difference(
    old: list[Any] | None, new: list[Any] | None, of: list[str], method: str, renamed: Renamed
) -> Change | None:
    """How the parameters differ; None if code for the old ones works with the new ones."""
    if old is None or new is None or any(kind == "*" for _, kind, _ in new):
        return None
    takes = {name: default for name, kind, default in new if kind in "/pk"}
    places = [name for name, kind, _ in new if kind in "/p"]
    was = [(n, k, d) for n, k, d in old if k in "/pk"]
    called = {name: renamed(of[0], method, name) for name, _, _ in was}
    positional = [name for name, kind, _ in was if kind in "/p"]
    kept = 0
    for name, place in zip(positional, places, strict=False):
        if place not in (name, *called[name]):
            break
        kept += 1
    defaults = {
        name: (default, takes[name] or "")
        for name, _, default in was
        if default is not None and name in takes and not _is_same(default, takes[name])
    }
    change = Change(
        of=tuple(of),
        method=method,
        kept=tuple(positional[:kept]) if kept < len(positional) else (),
        moved=tuple(positional[kept:]),
        gone=tuple(name for name, _, _ in was if name not in takes),
        defaults=defaults,
        loses_kwargs=any(k == "**" for _, k, _ in old) and not any(k == "**" for _, k, _ in new),
    )
    return None if change.is_empty else change


def _is_same(old: str, new: str | None) -> bool:
    """Whether two defaults are the same value: `0` and `0.0` are, and names of initializers."""
    if new is None or old.lower() == new.lower():
        return new is not None
    try:
        return bool(ast.literal_eval(old) == ast.literal_eval(new)) and "None" not in (old, new)
    except (ValueError, SyntaxError):
        return False


def unchanged(changes: list[Change], bases: dict[str, tuple[str, ...]]) -> dict[str, set[str]]:
    """Methods that are the same in a class although those of a base changed, by class."""
    changed: dict[str, set[str]] = {}
    for change in changes:
        if change.method:
            changed.setdefault(change.method, set()).update(change.of)
    found: dict[str, set[str]] = {}
    for method, paths in changed.items():
        for path, of in bases.items():
            if path not in paths and paths.intersection(of):
                found.setdefault(path, set()).add(method)
    return found


def _merged(changes: list[Change]) -> Iterator[Change]:
    """Classes whose method changed in the same way are one change."""
    groups: dict[str, list[Change]] = {}
    for change in changes:
        words = (change.method, change.kept, change.moved, change.gone, change.defaults)
        same = f"{words}{change.loses_kwargs}" if change.method else f"{change.of}"
        groups.setdefault(same, []).append(change)
    for group in groups.values():
        first = group[0]
        of = tuple(sorted({path for change in group for path in change.of}))
        yield Change(
            of,
            first.method,
            first.kept,
            first.moved,
            first.gone,
            first.defaults,
            first.loses_kwargs,
        )


def gone_members(old: Surface, new: Surface, moved: Moved) -> dict[str, set[str]]:
    """Members that classes lost, by the class's old path."""
    lost: dict[str, set[str]] = {}
    for path, key in old["symbols"].items():
        target = moved(path)
        before = old["objects"][key]
        if before["kind"] != "class" or target not in new["symbols"]:
            continue
        after = new["objects"][new["symbols"][target]]
        if after["kind"] == "class":
            has = {*after["members"], *after["sets"]}
            lost[path] = {name for name in before["members"] if name not in has}
    return lost


def regained(lost: dict[str, set[str]], bases: dict[str, tuple[str, ...]]) -> dict[str, set[str]]:
    """Members that a class still has although a base has lost them, by the topmost such class."""
    found: dict[str, set[str]] = {}
    for path, own in lost.items():
        of_bases = set().union(*(lost.get(base, set()) for base in bases[path]))
        found[path] = of_bases - own
    return topmost(found, bases)


def ancestors(old: Surface) -> dict[str, tuple[str, ...]]:
    """The public classes that each public class derives from, nearest first, by the first path."""
    first: dict[str, str] = {}
    for path, key in sorted(old["symbols"].items(), key=lambda item: _rank(item[0])):
        first.setdefault(key, path)
    result = {}
    for path, key in old["symbols"].items():
        if old["objects"][key]["kind"] != "class":
            continue
        bases = old["objects"][key]["bases"]
        own = [first[key]] if first[key] != path else []
        found = (*own, *(first[base] for base in bases if base in first))
        result[path] = tuple(base for base in found if base != path)
    return result


def _rank(path: str) -> tuple[bool, int, str]:
    return "experimental" in path or "legacy" in path, len(path), path


def topmost(lost: dict[str, set[str]], bases: dict[str, tuple[str, ...]]) -> dict[str, set[str]]:
    """Without what a base has too: a class stands for those that derive from it."""
    result = {}
    for path, names in lost.items():
        own = {n for n in names if not any(n in lost.get(base, ()) for base in bases[path])}
        if own:
            result[path] = own
    return result
