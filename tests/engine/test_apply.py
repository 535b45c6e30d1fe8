"""Applying: all files or none, with a journal that takes it back."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kerashift.engine.apply import ApplyError, apply_texts, latest_journal, restore
from kerashift.engine.journal import journal_folder, originals

OLD = {"a.py": b"a = 1\n", "sub/b.py": b"\xef\xbb\xbfb = 1\r\n"}
NEW = {"a.py": b"a = 2\n", "sub/b.py": b"\xef\xbb\xbfb = 2\r\n"}
DISK_FULL_AFTER_THE_FIRST_FILE = """
import resource, sys
from pathlib import Path
from kerashift.engine.apply import ApplyError, apply_texts
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
root = Path(sys.argv[1])
outputs = {"a.py": b"a = 2", "sub/b.py": b"b" * 9000}
try:
    apply_texts(root, outputs, {path: (root / path).read_bytes() for path in outputs})
except ApplyError as error:
    print(error)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for path, data in OLD.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root


def contents(root: Path) -> dict[str, bytes]:
    """Every file, so that temporary ones left behind are seen."""
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def journals() -> list[Path]:
    return list(journal_folder().iterdir()) if journal_folder().exists() else []


def test_all_files_are_written_and_the_journal_holds_their_old_bytes(project: Path) -> None:
    result = apply_texts(project, NEW, OLD)
    assert contents(project) == NEW
    assert result.written == ("a.py", "sub/b.py")
    manifest = json.loads((result.journal / "manifest.json").read_text(encoding="utf-8"))
    kept = {f["path"]: (result.journal / f["original"]).read_bytes() for f in manifest["files"]}
    assert kept == OLD


def test_an_apply_can_be_taken_back_once(project: Path) -> None:
    journal = apply_texts(project, NEW, OLD).journal
    assert latest_journal(project) == journal
    assert restore(journal) == ("a.py", "sub/b.py")
    assert contents(project) == OLD
    assert latest_journal(project) is None
    with pytest.raises(ApplyError, match="cannot be used"):
        restore(journal)


def test_the_latest_journal_is_that_of_the_project_asked_for(project: Path, tmp_path: Path) -> None:
    first = apply_texts(project, {"a.py": b"2"}, OLD).journal
    second = apply_texts(project, {"a.py": b"3"}, {"a.py": b"2"}).journal
    other = Path(shutil.copytree(project, tmp_path / "other"))
    assert latest_journal(other) is None
    assert latest_journal(project) == second
    restore(second)
    assert latest_journal(project) == first


def test_a_file_that_changed_since_the_scan_stops_everything(project: Path) -> None:
    (project / "sub/b.py").write_bytes(b"mine\n")
    before = contents(project)
    with pytest.raises(ApplyError, match=r"sub/b\.py: changed on disk"):
        apply_texts(project, NEW, OLD)
    assert contents(project) == before
    assert journals() == []


def test_a_file_that_is_gone_stops_everything(project: Path) -> None:
    (project / "sub/b.py").unlink()
    with pytest.raises(ApplyError, match=r"sub/b\.py: No such file.*nothing was written"):
        apply_texts(project, NEW, OLD)
    assert contents(project) == {"a.py": OLD["a.py"]}


def test_a_read_only_file_is_left_alone_and_said_so(project: Path) -> None:
    (project / "a.py").chmod(0o444)
    with pytest.raises(ApplyError, match=r"a\.py: the file is read-only; nothing was written"):
        apply_texts(project, NEW, OLD)
    assert contents(project) == OLD


@pytest.mark.parametrize("path", ["../a.py", "sub/../../a.py", "/etc/hosts"])
def test_a_path_out_of_the_project_is_refused(project: Path, path: str) -> None:
    with pytest.raises(ApplyError, match="leads out of the project"):
        apply_texts(project / "sub", {path: b"x"}, {path: b"a = 1\n"})
    assert contents(project) == OLD


@pytest.mark.skipif(sys.platform == "win32", reason="links and modes of POSIX")
def test_modes_are_kept_and_links_stay_links(project: Path, tmp_path: Path) -> None:
    (project / "a.py").chmod(0o754)
    outside = tmp_path / "shared.py"
    outside.write_bytes(b"s = 1\n")
    (project / "link.py").symlink_to(outside)
    outputs = {"a.py": b"a = 2\n", "link.py": b"s = 2\n"}
    apply_texts(project, outputs, {"a.py": OLD["a.py"], "link.py": b"s = 1\n"})
    assert stat.S_IMODE((project / "a.py").stat().st_mode) == 0o754
    assert (project / "link.py").is_symlink()
    assert outside.read_bytes() == b"s = 2\n"


@pytest.mark.skipif(sys.platform == "win32", reason="links of POSIX")
def test_two_names_of_one_file_must_want_the_same(project: Path) -> None:
    (project / "z.py").symlink_to("a.py")
    both = {"a.py": OLD["a.py"], "z.py": OLD["a.py"]}
    with pytest.raises(ApplyError, match=r"a\.py and z\.py are one file"):
        apply_texts(project, {"a.py": b"1", "z.py": b"2"}, both)
    apply_texts(project, {"a.py": b"1", "z.py": b"1"}, both)
    assert (project / "a.py").read_bytes() == b"1"


@pytest.mark.skipif(sys.platform == "win32", reason="limits of POSIX")
def test_a_disk_that_fails_in_the_middle_leaves_every_file_as_it_was(project: Path) -> None:
    command = [sys.executable, "-c", DISK_FULL_AFTER_THE_FIRST_FILE, str(project)]
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    assert finished.stdout == "sub/b.py: File too large; nothing was written\n"
    assert contents(project) == OLD
    assert journals() == []


def test_without_a_journal_nothing_is_written(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("KERASHIFT_STATE_DIR", str(tmp_path / "file"))
    with pytest.raises(ApplyError, match="no journal could be kept"):
        apply_texts(project, NEW, OLD)
    assert contents(project) == OLD


def test_a_file_that_was_edited_after_the_apply_is_not_put_back(project: Path) -> None:
    journal = apply_texts(project, NEW, OLD).journal
    (project / "a.py").write_bytes(b"a = 3\n")
    with pytest.raises(ApplyError, match=r"a\.py: changed since it was written"):
        restore(journal)
    assert contents(project) == {**NEW, "a.py": b"a = 3\n"}


def test_an_apply_that_was_cut_off_half_way_can_be_taken_back(project: Path) -> None:
    journal = apply_texts(project, NEW, OLD).journal
    (project / "sub/b.py").write_bytes(OLD["sub/b.py"])  # as if it had not been reached
    restore(journal)
    assert contents(project) == OLD


@pytest.mark.parametrize("manifest", ["", "[]", "{}", '{"root": "", "files": [{"path": "a.py"}]}'])
def test_a_broken_journal_is_refused(tmp_path: Path, manifest: str) -> None:
    (tmp_path / "manifest.json").write_text(manifest, encoding="utf-8")
    with pytest.raises(ApplyError, match="cannot be used"):
        restore(tmp_path)


def test_a_name_as_long_as_the_system_allows_can_be_written(project: Path) -> None:
    name = "n" * (os.pathconf(project, "PC_NAME_MAX") - 3) + ".py"
    (project / name).write_bytes(b"1")
    apply_texts(project, {name: b"2"}, {name: b"1"})
    assert (project / name).read_bytes() == b"2"


def test_the_originals_of_a_project_are_those_before_the_first_fix(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"1")
    (tmp_path / "b.py").write_bytes(b"1")
    apply_texts(tmp_path, {"a.py": b"2", "b.py": b"2"}, {"a.py": b"1", "b.py": b"1"})
    apply_texts(tmp_path, {"a.py": b"3"}, {"a.py": b"2"})
    (tmp_path / "b.py").write_bytes(b"1")  # taken back by other means
    assert originals(tmp_path) == {"a.py": b"1"}


def test_a_restored_journal_gives_no_originals(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"1")
    restore(apply_texts(tmp_path, {"a.py": b"2"}, {"a.py": b"1"}).journal)
    assert originals(tmp_path) == {}
