"""Assemble the fixes of a file so that it compiles afterwards as it did before.

Each fix keeps the code sound when it is made alone; this holds it for any choice of them.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Collection, Sequence
from dataclasses import replace

from kerashift.engine.assemble import Assembly, assemble
from kerashift.engine.model import Issue
from kerashift.engine.scan import read_unit
from kerashift.engine.unit import Unit


def assemble_soundly(unit: Unit, accepted: Sequence[Issue], keep: Collection[str] = ()) -> Assembly:
    """`assemble`, with the fixes left out (among `conflicts`) that would break what others made.

    Raises `SourceError` where the file's encoding cannot hold the new text.
    """
    assembly = assemble(unit, accepted, keep)
    if _is_as_sound(unit, assembly):
        return assembly
    good: list[Issue] = []
    for issue in accepted:
        if _is_as_sound(unit, assemble(unit, [*good, issue], keep)):
            good.append(issue)
    assembly = assemble(unit, good, keep)
    left_out = {issue.id for issue in accepted} - {issue.id for issue in good}
    conflicts = {*assembly.conflicts, *left_out}
    return replace(assembly, conflicts=tuple(i.id for i in accepted if i.id in conflicts))


def fixed_unit(unit: Unit, assembly: Assembly) -> Unit:
    """The file as it reads afterwards; raises `SourceError` as `assemble_soundly` does."""
    return read_unit(unit.path, unit.encode(assembly.text))


def _is_as_sound(before: Unit, assembly: Assembly) -> bool:
    """Whether the fixed file compiles, if the original does."""
    if not assembly.applied:
        return True
    return _compiles(fixed_unit(before, assembly).code) or not _compiles(before.code)


def _compiles(code: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            compile(code, "<fixed>", "exec", flags=flags, dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True
