"""Classes of ours that a fix puts into the project: the file, its import, applying, taking back."""

from __future__ import annotations

from pathlib import Path

import pytest

from kerashift.engine.apply import ApplyError, restore
from kerashift.engine.fixing import fix_project
from kerashift.engine.journal import originals
from kerashift.engine.model import Decision, Safety
from kerashift.engine.rules.local_files import local_text
from kerashift.engine.scan import scan_project
from kerashift.engine.session import Session

FILE = "keras2_radial_constraint.py"
USE = "import keras\nrings = keras.constraints.RadialConstraint()\n"


def accepted(root: Path) -> Session:
    session = Session(scan_project(root))
    session.decide([issue.id for issue in session.issues], Decision.ACCEPTED)
    return session


def test_a_script_gets_the_file_beside_it_and_imports_it(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "net.py").write_text(USE)
    result = fix_project(scan_project(tmp_path), Safety.REVIEW)
    assert result.outputs[f"deep/{FILE}"].decode() == local_text(FILE)
    assert result.outputs["deep/net.py"].decode().startswith("import keras2_radial_constraint\n")
    assert not result.remaining


def test_a_module_of_a_package_imports_it_relatively(tmp_path: Path) -> None:
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "__init__.py").touch()
    (tmp_path / "nets" / "net.py").write_text(USE)
    result = fix_project(scan_project(tmp_path), Safety.REVIEW)
    text = result.outputs["nets/net.py"].decode()
    assert text.startswith("from . import keras2_radial_constraint\n")


def test_a_file_of_that_name_that_is_not_ours_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(USE)
    (tmp_path / FILE).write_text("mine = 1\n")
    result = fix_project(scan_project(tmp_path), Safety.REVIEW)
    assert FILE not in result.outputs
    assert [issue.safety for issue in result.remaining] == [Safety.MANUAL]


def test_a_skipped_fix_adds_no_file(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(USE)
    assert not Session(scan_project(tmp_path)).new_files()


def test_an_apply_adds_the_file_and_taking_it_back_removes_it(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(USE)
    result = accepted(tmp_path).apply()
    assert (tmp_path / FILE).read_text() == local_text(FILE)
    assert not scan_project(tmp_path).issues
    assert originals(tmp_path) == {"net.py": USE.encode()}
    restore(result.journal)
    assert [path.name for path in tmp_path.iterdir()] == ["net.py"]
    assert (tmp_path / "net.py").read_text() == USE


def test_a_file_that_appeared_since_the_scan_stops_the_apply(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(USE)
    session = accepted(tmp_path)
    (tmp_path / FILE).write_text("mine = 1\n")
    with pytest.raises(ApplyError, match="changed on disk"):
        session.apply()
    assert (tmp_path / "net.py").read_text() == USE


def test_an_added_file_that_was_changed_is_not_taken_back(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(USE)
    result = accepted(tmp_path).apply()
    (tmp_path / FILE).write_text("mine = 1\n")
    with pytest.raises(ApplyError, match="changed since"):
        restore(result.journal)
