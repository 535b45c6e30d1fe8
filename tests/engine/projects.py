"""Projects made of a few texts, analysed as the app analyses a folder."""

from __future__ import annotations

from kerashift.engine.analyse import Analyser
from kerashift.engine.analysis.index import ProjectIndex
from kerashift.engine.assemble import assemble
from kerashift.engine.model import Issue
from kerashift.engine.scan import Analysis, analyse_units, parse
from kerashift.engine.unit import python_unit


def index(files: dict[str, str]) -> ProjectIndex:
    """An index of files by path."""
    result = ProjectIndex()
    packages = frozenset(p.rpartition("/")[0] for p in files if p.endswith("__init__.py"))
    for path, text in files.items():
        unit = python_unit(path, text.encode())
        result.add(unit, parse(unit), packages)
    return result


def analyser(files: dict[str, str]) -> Analyser:
    return Analyser(index(files))


def analyse(files: dict[str, str]) -> Analysis:
    """Issues of files by path."""
    return analyse_units({p: python_unit(p, t.encode()) for p, t in files.items()})


def issues(text: str, code: str | None = None) -> list[Issue]:
    """Issues of one file, or those of one rule."""
    found = analyse({"example.py": text}).issues
    return [issue for issue in found if code in (None, issue.code)]


def fixed(text: str) -> str:
    """The file with every fix of one pass applied."""
    unit = python_unit("example.py", text.encode())
    found = analyse_units({"example.py": unit})
    return assemble(unit, [issue for issue in found.issues if issue.fixable]).text
