"""The copy that a run works in."""
from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from kerashift.engine.run import shadow
from kerashift.engine.run.cloning import can_guard, clone_file
from kerashift.engine.run.shadow import ShadowCancelled, make_shadow
from tests.engine.run.children import write_project


def files_of(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def test_the_project_is_copied_with_the_outputs_laid_over_it(tmp_path: Path) -> None:
    files = {"a.py": "old\n", "data/x.csv": "1\n", ".config/y": "z\n"}
    root = write_project(tmp_path / "project", files)
    copy = make_shadow(root, tmp_path / "copy", {"a.py": b"new", "pkg/b.py": b"added"}).folder
    assert files_of(copy) == {"a.py", "data/x.csv", ".config/y", "pkg/b.py"}
    assert (copy / "a.py").read_text() == "new"
    assert (root / "a.py").read_text() == "old\n"


def test_what_is_nobodys_code_is_left_out(tmp_path: Path) -> None:
    left_out = {".git/config": "", "__pycache__/a.pyc": "", "env/pyvenv.cfg": "", "env/x.py": ""}
    root = write_project(tmp_path / "project", {**left_out, "build/code.py": "", "b/env/e.py": ""})
    copy = make_shadow(root, tmp_path / "copy", {}).folder
    assert files_of(copy) == {"build/code.py", "b/env/e.py"}


def test_links_that_lead_back_or_nowhere_do_no_harm(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project", {"a.py": "", "deep/b.py": ""})
    (root / "deep" / "loop").symlink_to(root)
    (root / "nowhere").symlink_to(tmp_path / "not-there")
    (root / "alias").symlink_to(root / "deep")
    copy = make_shadow(root, tmp_path / "copy", {}).folder
    assert {"a.py", "deep/b.py", "alias/b.py"} <= files_of(copy)


needs_guard = pytest.mark.skipif(not can_guard(), reason="the kernel keeps nothing from writing")


@pytest.fixture
def little_is_copied(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with gigabytes of data, on a file system without clones."""
    monkeypatch.setattr(shadow, "COPY_BYTES", 10)
    monkeypatch.setattr(shadow, "clone_file", lambda source, target: False)


@needs_guard
def test_too_much_data_is_linked_but_never_code(tmp_path: Path, little_is_copied: None) -> None:
    root = write_project(tmp_path / "project", {"a.py": "x" * 100, "images.tfrecord": "y" * 100})
    copy = make_shadow(root, tmp_path / "copy", {})
    assert (copy.folder / "images.tfrecord").is_symlink()
    assert not (copy.folder / "a.py").is_symlink()
    assert copy.has_links
    assert copy.guarded == (str(root),)


def test_everything_is_copied_where_a_link_could_be_written_through(
    tmp_path: Path, little_is_copied: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shadow, "can_guard", lambda: False)
    root = write_project(tmp_path / "project", {"images.tfrecord": "y" * 100})
    copy = make_shadow(root, tmp_path / "copy", {})
    assert not (copy.folder / "images.tfrecord").is_symlink()
    assert copy.guarded == ()


@needs_guard
def test_a_folder_that_a_run_needs_is_not_closed_to_it(
    tmp_path: Path, little_is_copied: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_project(tmp_path / "home", {"images.tfrecord": "y" * 100})
    monkeypatch.setenv("HOME", str(root))
    copy = make_shadow(root, tmp_path / "copy", {})
    assert not copy.has_links
    assert copy.guarded == ()


def test_gigabytes_of_data_cost_no_time_where_they_can_be_linked_or_cloned(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project", {"a.py": ""})
    with (root / "data.bin").open("wb") as file:
        file.truncate(3_000_000_000)
    if not (can_guard() or clone_file(root / "data.bin", tmp_path / "clone")):
        pytest.skip("everything is copied here")
    started = time.monotonic()
    copy = make_shadow(root, tmp_path / "copy", {})
    assert time.monotonic() - started < 1
    assert (copy.folder / "data.bin").stat().st_size == 3_000_000_000


def test_a_clone_is_a_file_of_its_own_or_is_not_made(tmp_path: Path) -> None:
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(bytes(100_000))
    if clone_file(source, target):
        target.write_bytes(b"other")
        assert source.read_bytes() == bytes(100_000)
    else:
        assert not target.exists()


def test_a_copy_is_given_up_when_asked(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project", {"a.py": ""})
    with pytest.raises(ShadowCancelled):
        make_shadow(root, tmp_path / "copy", {}, lambda: True)


def test_an_output_cannot_lead_out_of_the_copy(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project", {"a.py": ""})
    with pytest.raises(ValueError, match="leads out"):
        make_shadow(root, tmp_path / "copy", {"../evil.py": b""})


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes of POSIX")
def test_pipes_and_devices_are_left_out(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project", {"a.py": ""})
    os.mkfifo(root / "pipe")
    assert files_of(make_shadow(root, tmp_path / "copy", {}).folder) == {"a.py"}
