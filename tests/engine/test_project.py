"""Discovery: the project's own Python files and notebooks, in a stable order."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from kerashift.engine.project import discover

posix = pytest.mark.skipif(sys.platform == "win32", reason="links and pipes of POSIX")


def make(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("", encoding="utf-8")


def test_python_files_and_notebooks_are_found_in_order(tmp_path: Path) -> None:
    make(tmp_path, "z.py", "a/b.py", "n.ipynb", "a.txt", "data.csv", "A.py")
    assert discover(tmp_path).files == ("A.py", "a/b.py", "n.ipynb", "z.py")


def test_one_file_is_a_project_too(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "b.py")
    found = discover(tmp_path / "b.py")
    assert (found.root, found.files) == (tmp_path, ("b.py",))


def test_a_path_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        discover(tmp_path / "none")


def test_what_is_nobodys_own_code_is_passed_over(tmp_path: Path) -> None:
    make(tmp_path, "a.py", ".git/hook.py", "__pycache__/a.py", "lib/site-packages/k.py")
    make(tmp_path, "my/pyvenv.cfg", "my/lib/m.py", "conda/conda-meta/x", "conda/c.py")
    make(tmp_path, ".ipynb_checkpoints/n.ipynb", "build/lib/a.py", "x.egg-info/e.py")
    assert discover(tmp_path).files == ("a.py",)


def test_a_folder_named_env_with_the_projects_own_code_is_entered(tmp_path: Path) -> None:
    make(tmp_path, "env/cartpole.py")
    assert discover(tmp_path).files == ("env/cartpole.py",)


def test_what_gitignore_names_is_passed_over(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "old/b.py", "old/keep.py", "runs/1/c.py", "sub/a_pb2.py")
    lines = "\ufeff/runs/\n*_pb2.py\nold/*\n!old/keep.py\n# words\n"
    (tmp_path / ".gitignore").write_text(lines, encoding="utf-8")
    assert discover(tmp_path).files == ("a.py", "old/keep.py")


@pytest.mark.parametrize("line", ["!", "\\", "foo\\", "[", "/"])
def test_a_broken_line_of_gitignore_is_passed_over(tmp_path: Path, line: str) -> None:
    make(tmp_path, "a.py", "b.py")
    (tmp_path / ".gitignore").write_text(f"{line}\nb.py\n", encoding="utf-8")
    assert discover(tmp_path).files == ("a.py",)


@posix
def test_links_that_go_round_in_circles_end(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "sub/b.py")
    (tmp_path / "sub" / "up").symlink_to(tmp_path)
    assert discover(tmp_path).files == ("a.py", "sub/b.py")


@posix
def test_a_linked_folder_is_part_of_the_project(tmp_path: Path) -> None:
    make(tmp_path, "project/a.py", "shared/s.py")
    (tmp_path / "project" / "shared").symlink_to(tmp_path / "shared")
    assert discover(tmp_path / "project").files == ("a.py", "shared/s.py")


@posix
def test_what_is_no_file_is_reported_and_not_opened(tmp_path: Path) -> None:
    make(tmp_path, "a.py")
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "lost.py").symlink_to(tmp_path / "nowhere.py")
    found = discover(tmp_path)
    assert found.files == ("a.py",)
    assert sorted(error.path for error in found.errors) == ["lost.py", "pipe.py"]
