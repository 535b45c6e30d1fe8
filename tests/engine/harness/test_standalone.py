"""The harness runs where nothing of ours is installed, on Pythons that we do not run on."""
from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kerashift.engine.run.runner import HARNESS

FILES = sorted(HARNESS.glob("*.py"))
ALLOWED = {"numpy", "pytest"}
OLDEST = (3, 9)


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_named_so_that_it_hides_nobodys_module(path: Path) -> None:
    assert path.name.startswith("kerashift_")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_uses_the_standard_library_numpy_and_itself_alone(path: Path) -> None:
    own = {file.stem for file in FILES}
    tree = ast.parse(path.read_bytes())
    assert set(imported(tree)) <= own | ALLOWED | set(sys.stdlib_module_names)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_parses_on_the_oldest_python(path: Path) -> None:
    ast.parse(path.read_bytes(), feature_version=OLDEST)
