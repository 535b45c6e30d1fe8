"""Classes that Keras 3 dropped, as files of ours that a fix puts beside the module that uses them.

The files are in `engine/replacements`: written for Keras 3 on every backend, they give the numbers
of the Keras 2 class with the same weights.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from kerashift.engine.analysis.module import Reference
from kerashift.engine.model import Fix, ImportNeed, NewFile
from kerashift.engine.rules.base import RuleContext, fix, replace

FOLDER = Path(__file__).resolve().parent.parent / "replacements"


@cache
def local_text(file: str) -> str:
    """The text of one of our files; raises `OSError`."""
    return (FOLDER / file).read_text(encoding="utf-8")


def use_local_file(
    ref: Reference, file: str, name: str, ctx: RuleContext
) -> tuple[Fix, str] | None:
    """The fix that makes a reference mean class `name` of our `file`, and the text it then has.

    None where the project has another file of that name.
    """
    folder = ctx.module.unit.path.rpartition("/")[0]
    path = f"{folder}/{file}" if folder else file
    modules = ctx.contexts.index.by_path
    there = modules.get(path)
    if there is not None and there.unit.text != local_text(file):
        return None
    module = file.removesuffix(".py")
    is_package = (f"{folder}/__init__.py" if folder else "__init__.py") in modules
    need = ImportNeed(".", module) if is_package else ImportNeed(module)
    text = f"{module}.{name}"
    made = fix(replace(ctx.span(ref.node), text), needs=[need])
    creates = () if there is not None else (NewFile(path, local_text(file)),)
    return Fix(made.edits, made.needs, creates), text
