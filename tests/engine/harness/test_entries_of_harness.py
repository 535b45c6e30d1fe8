"""Programs are started as the interpreter would, notebooks without their magics."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.engine.harness.conftest import Harness


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("!pip install keras\nx = 1", "pass\nx = 1"),
        ("if a:\n    !ls\n", "if a:\n    pass\n"),
        ("files = !ls\nx = 1", "files = []\nx = 1"),
        ("keras.fit?", "pass"),
        ("%%time\nx = 1", "\nx = 1"),
        ("%%bash\nls", ""),
        ("x = 5 % 3\ny = a != b", "x = 5 % 3\ny = a != b"),
        ("# really?", "# really?"),
    ],
)
def test_a_cell_as_plain_python(harness: Harness, cell: str, code: str) -> None:
    assert harness.entries.without_magics(cell) == code


def test_a_module_of_a_package_is_imported_by_its_full_name(
    harness: Harness, tmp_path: Path
) -> None:
    package = tmp_path / "src" / "net" / "deep"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").touch()
    assert harness.entries.package_of(package / "model.py") == (tmp_path / "src", "net.deep.model")
    assert harness.entries.package_of(tmp_path / "train.py") == (tmp_path, "train")


def build(input_shape: Any, num_classes: Any, units: int, dropout: Any = 0.5) -> None: ...


def strange(alpha: Any, beta: Any) -> None: ...


def test_arguments_without_a_default_are_guessed_from_their_names(harness: Harness) -> None:
    arguments = harness.entries.complete_arguments(build, {"units": 3})
    assert arguments == {"input_shape": (32, 32, 3), "num_classes": 10, "units": 3}


def test_arguments_that_nobody_can_guess_are_asked_for(harness: Harness) -> None:
    with pytest.raises(Exception, match=r"give them, as in strange\(alpha=…, beta=…\)"):
        harness.entries.complete_arguments(strange, {})
