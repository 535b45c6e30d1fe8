"""The copy that a run works in."""
from __future__ import annotations

import os
from pathlib import Path

import pytest

from kerashift.engine.run import shadow
from kerashift.engine.run.shadow import make_shadow
from tests.engine.run.children import write_project


def files_of(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def test_the_project_is_copied_with_the_outputs_laid_over_it(tmp_path: Path) -> None:
    files = {"a.py": "old\n", "data/x.csv": "1\n", ".config/y": "z\n"}
    root = write_project(tmp_path / "project", files)
    copy = make_shadow(root, tmp_path / "copy", {"a.py": b"new", "pkg/b.py": b"added"})
    assert files_of(copy) == {"a.py", "data/x.csv", ".config/y", "pkg/b.py"}
    assert (copy / "a.py").read_text() == "new"
    assert (root / "a.py").read_text() == "old\n"


def test_what_is_nobodys_code_is_left_out(tmp_path: Path) -> None:
    left_out = {".git/config": "", "__pycache__/a.pyc": "", "env/pyvenv.cfg": "", "env/x.py": ""}
    root = write_project(tmp_path / "project", {**left_out, "build/code.py": "", "b/env/e.py": ""})
    assert files_of(make_shadow(root, tmp_path / "copy", {})) == {"build/code.py", "b/env/e.py"}


def test_links_that_lead_back_or_nowhere_do_no_harm(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project", {"a.py": "", "deep/b.py": ""})
    (root / "deep" / "loop").symlink_to(root)
    (root / "nowhere").symlink_to(tmp_path / "not-there")
    (root / "alias").symlink_to(root / "deep")
    copy = make_shadow(root, tmp_path / "copy", {})
    assert {"a.py", "deep/b.py", "alias/b.py"} <= files_of(copy)


def test_too_much_data_is_linked_but_never_what_training_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shadow, "COPY_BYTES", 10)
    root = write_project(tmp_path / "project", {"a.py": "x" * 100})
    for name in ("images.tfrecord", "model.h5"):
        (root / name).write_bytes(bytes(2 * shadow.SMALL_BYTES))
    copy = make_shadow(root, tmp_path / "copy", {})
    assert (copy / "images.tfrecord").is_symlink()
    assert not (copy / "model.h5").is_symlink()
    assert not (copy / "a.py").is_symlink()


def test_an_output_cannot_lead_out_of_the_copy(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project", {"a.py": ""})
    with pytest.raises(ValueError, match="leads out"):
        make_shadow(root, tmp_path / "copy", {"../evil.py": b""})


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes of POSIX")
def test_pipes_and_devices_are_left_out(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project", {"a.py": ""})
    os.mkfifo(root / "pipe")
    assert files_of(make_shadow(root, tmp_path / "copy", {})) == {"a.py"}
