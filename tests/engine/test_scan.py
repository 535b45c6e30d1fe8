"""Scanning real folders: the scan ends, runs nothing and says what it left out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kerashift.engine.rules import registry
from kerashift.engine.rules.base import Rule
from kerashift.engine.scan import ScanCancelled, scan_project

KERAS2 = "import tensorflow as tf\nm = tf.keras.Sequential()\n"


def messages(root: Path) -> dict[str, str]:
    return {e.path: e.message for e in scan_project(root).errors}


def test_nothing_of_the_project_is_run(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(KERAS2 + f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    scan_project(tmp_path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"def f(:\n", "line 1"),
        (b"print 'hello'\nimport keras\n", "Python 2"),
        (b"# coding: nonsense\n", "encoding"),
        (b"x = '\xff'\n", "utf-8"),
        (b"x = 1\x00\n", "null"),
        (b"x = 1\rimport keras\r", "carriage"),
        (b"(" * 3000 + b")" * 3000, ""),
    ],
)
def test_files_that_cannot_be_read_are_reported(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "bad.py").write_bytes(data)
    (tmp_path / "good.py").write_text(KERAS2)
    scan = scan_project(tmp_path)
    assert [e.path for e in scan.errors] == ["bad.py"]
    assert words in scan.errors[0].message
    assert {i.path for i in scan.issues} == {"good.py"}
    assert (tmp_path / "bad.py").read_bytes() == data


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfimport tensorflow as tf\nm = tf.keras.Sequential()\n",
        b"# -*- coding: latin-1 -*-\nimport tensorflow as tf\ns = '\xe9'; m = tf.keras.Model()\n",
        KERAS2.replace("\n", "\r\n").encode(),
        b"import tensorflow as tf\nm = tf.keras.Sequential()",
    ],
)
def test_bytes_that_no_fix_touches_stay_the_same(tmp_path: Path, data: bytes) -> None:
    from kerashift.engine.session import Session

    (tmp_path / "a.py").write_bytes(data)
    session = Session(scan_project(tmp_path))
    session.apply()
    new = (tmp_path / "a.py").read_bytes()
    expected = data.replace(b"tf.keras", b"keras").replace(
        b"import tensorflow as tf", b"import keras"
    )
    assert new == expected


def test_link_loops_and_dead_links_end(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "a.py").write_text(KERAS2)
    (tmp_path / "pkg" / "loop").symlink_to(tmp_path)
    (tmp_path / "dead.py").symlink_to(tmp_path / "nowhere.py")
    scan = scan_project(tmp_path)
    assert {i.path for i in scan.issues} == {"pkg/a.py"}
    assert [e.path for e in scan.errors] == ["dead.py"]


def test_environments_hidden_and_ignored_folders_are_left_out(tmp_path: Path) -> None:
    for folder in ("myenv", ".hidden", "ignored", "__pycache__"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.py").write_text(KERAS2)
    (tmp_path / "myenv" / "pyvenv.cfg").write_text("")
    (tmp_path / ".gitignore").write_text("ignored/\n")
    assert scan_project(tmp_path).units == {}


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(KERAS2)
    (tmp_path / "a.py").chmod(0)
    assert "a.py" in messages(tmp_path)


def test_one_file_is_a_project_too(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(KERAS2)
    (tmp_path / "b.py").write_text(KERAS2)
    assert set(scan_project(tmp_path / "a.py").units) == {"a.py"}


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        scan_project(tmp_path / "nowhere")


def test_a_scan_can_be_cancelled(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(KERAS2)
    with pytest.raises(ScanCancelled):
        scan_project(tmp_path, cancelled=lambda: True)


def test_progress_counts_up_to_the_whole(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(KERAS2)
    (tmp_path / "b.py").write_text(KERAS2)
    seen: list[tuple[int, int, str]] = []
    scan_project(tmp_path, progress=lambda *step: seen.append(step))
    assert [done for done, _, _ in seen] == list(range(4))


def test_a_comment_suppresses_a_rule_on_its_line(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "import tensorflow as tf\n"
        "m = tf.keras.Sequential()  # kerashift: ignore[KS101]\n"
        "n = tf.keras.Sequential()  # kerashift: ignore[KS203]\n"
        "o = tf.keras.Sequential()  # kerashift: ignore\n"
    )
    assert [i.line for i in scan_project(tmp_path).issues] == [3]


def test_a_crash_in_a_rule_is_an_issue_and_stops_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(Rule):
        code, name, summary = "KS999", "broken", "always fails"

        def call(self, node: object, ctx: object) -> list[object]:  # type: ignore[override]
            raise RuntimeError("no such thing")

    everything = registry.all_rules()
    registry.dispatch.cache_clear()
    monkeypatch.setattr(registry, "all_rules", lambda: (*everything, Broken()))
    (tmp_path / "a.py").write_text(KERAS2)
    found = scan_project(tmp_path).issues
    registry.dispatch.cache_clear()
    assert {i.code for i in found} == {"KS101", "KS900"}
    assert "no such thing" in next(i for i in found if i.code == "KS900").message


def test_issue_ids_survive_changes_elsewhere_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(KERAS2)
    before = [i.id for i in scan_project(tmp_path).issues]
    (tmp_path / "a.py").write_text("# a comment\n\n" + KERAS2)
    assert [i.id for i in scan_project(tmp_path).issues] == before
