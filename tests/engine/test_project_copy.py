"""A fixed copy of a project: complete, and the project itself untouched."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from kerashift.engine.project_copy import CopyError, copy_project

posix = pytest.mark.skipif(sys.platform == "win32", reason="links, modes and pipes of POSIX")


def make(root: Path, **files: str) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (root / f"{name}.py").write_text(text, encoding="utf-8")
    return root


def names(root: Path) -> list[str]:
    return sorted(p.relative_to(root).as_posix() for p in root.rglob("*") if not p.is_dir())


def test_everything_is_copied_with_the_outputs_laid_over(tmp_path: Path) -> None:
    project = make(tmp_path / "p", a="1", b="2")
    make(project / "sub", c="3")
    (project / "weights.h5").write_bytes(b"\0\1")
    copy_project(project, tmp_path / "out" / "copy", {"sub/c.py": b"4"})
    copy = tmp_path / "out" / "copy"
    assert names(copy) == ["a.py", "b.py", "sub/c.py", "weights.h5"]
    assert (copy / "sub" / "c.py").read_bytes() == b"4"
    assert (project / "sub" / "c.py").read_bytes() == b"3"
    assert names(tmp_path / "out") == [f"copy/{name}" for name in names(copy)]


def test_one_file_is_copied_alone(tmp_path: Path) -> None:
    project = make(tmp_path / "p", a="1", b="2")
    copy_project(project / "a.py", tmp_path / "copy", {"a.py": b"2"})
    assert names(tmp_path / "copy") == ["a.py"]
    assert (tmp_path / "copy" / "a.py").read_bytes() == b"2"


def test_environments_caches_and_history_stay_behind(tmp_path: Path) -> None:
    project = make(tmp_path / "p", a="1")
    make(project / ".git", x="")
    make(project / "__pycache__", x="")
    make(project / "my-env", x="")
    (project / "my-env" / "pyvenv.cfg").write_bytes(b"")
    copy_project(project, tmp_path / "copy", {})
    assert names(tmp_path / "copy") == ["a.py"]


def test_an_empty_folder_may_be_the_target_and_a_full_one_not(tmp_path: Path) -> None:
    project = make(tmp_path / "p", a="1")
    (tmp_path / "empty").mkdir()
    copy_project(project, tmp_path / "empty", {})
    assert names(tmp_path / "empty") == ["a.py"]
    with pytest.raises(CopyError, match="exists and is not an empty folder"):
        copy_project(project, tmp_path / "empty", {})


def test_a_target_inside_the_project_is_refused(tmp_path: Path) -> None:
    project = make(tmp_path / "p", a="1")
    with pytest.raises(CopyError, match="lies inside the project"):
        copy_project(project, project / "out", {})
    assert names(project) == ["a.py"]


@posix
def test_files_behind_links_out_of_the_project_are_written_in_the_copy_only(tmp_path: Path) -> None:
    project = make(tmp_path / "p", a="1")
    shared = make(tmp_path / "shared", s="1", t="1")
    (project / "link.py").symlink_to("../shared/s.py")
    (project / "folder").symlink_to(shared)
    outputs = {"link.py": b"2", "folder/t.py": b"3"}
    copy_project(project, tmp_path / "elsewhere" / "copy", outputs)
    copy = tmp_path / "elsewhere" / "copy"
    assert {path: (copy / path).read_bytes() for path in outputs} == outputs
    assert (shared / "s.py").read_text() == (shared / "t.py").read_text() == "1"


@posix
def test_links_inside_the_project_stay_links(tmp_path: Path) -> None:
    project = make(tmp_path / "p", a="1")
    (project / "same.py").symlink_to("a.py")
    copy_project(project, tmp_path / "copy", {"same.py": b"2"})
    assert (tmp_path / "copy" / "same.py").is_symlink()
    assert (tmp_path / "copy" / "a.py").read_bytes() == b"2"
    assert (project / "a.py").read_text() == "1"


@posix
def test_modes_are_kept_and_pipes_passed_over(tmp_path: Path) -> None:
    project = make(tmp_path / "p", a="1")
    (project / "a.py").chmod(0o555)
    os.mkfifo(project / "pipe")
    copy_project(project, tmp_path / "copy", {"a.py": b"2"})
    assert stat.S_IMODE((tmp_path / "copy" / "a.py").stat().st_mode) == 0o555
    assert names(tmp_path / "copy") == ["a.py"]


def test_a_copy_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    project = make(tmp_path / "p", a="1")
    with pytest.raises(CopyError, match="the copy failed"):
        copy_project(project, tmp_path / "out" / "copy", {"absent/none.py": b"2"})
    assert names(tmp_path / "out") == []
