"""Requirement files take the same road as code, and keep every byte that no fix touches."""

from __future__ import annotations

from pathlib import Path

import pytest

from kerashift.engine.model import Decision
from kerashift.engine.requirements import is_requirements
from kerashift.engine.scan import scan_project
from kerashift.engine.session import Session


@pytest.mark.parametrize(
    "path",
    ["requirements.txt", "a/requirements-dev.txt", "requirements/base.in", "dev_requirements.txt"],
)
def test_requirement_files_are_known_by_name(path: str) -> None:
    assert is_requirements(path)


@pytest.mark.parametrize("path", ["notes.txt", "requirements.py", "requirements/readme.md"])
def test_other_files_are_not(path: str) -> None:
    assert not is_requirements(path)


def test_only_the_pin_changes(tmp_path: Path) -> None:
    data = (
        b"\xef\xbb\xbf# caf\xc3\xa9\r\n\r\ntensorflow[and-cuda] == 2.10 ; x  # old\r\n"
        b"-e .\r\nkeras~=2.4\r\n"
    )
    (tmp_path / "requirements.txt").write_bytes(data)
    session = Session(scan_project(tmp_path))
    session.decide([issue.id for issue in session.issues], Decision.ACCEPTED)
    session.apply()
    expected = data.replace(b"== 2.10", b">=2.16").replace(b"~=2.4", b">=3")
    assert (tmp_path / "requirements.txt").read_bytes() == expected
    assert scan_project(tmp_path).issues == ()


def test_a_requirement_file_hides_no_module_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("numpy\n")
    (tmp_path / "requirements.py").write_text("import tensorflow as tf\n")
    (tmp_path / "net.py").write_text("from requirements import tf\nm = tf.keras.Model()\n")
    assert {issue.path for issue in scan_project(tmp_path).issues} == {"net.py"}
