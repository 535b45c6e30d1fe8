"""`kerashift check`: exit statuses, the two formats, and what is selected."""

from __future__ import annotations

import json
from pathlib import Path

from tests.app.conftest import Command


def test_issues_are_status_1_and_listed_with_place_and_code(
    kerashift: Command, project: Path
) -> None:
    finished = kerashift("check", project)
    assert finished.returncode == 1
    assert finished.stdout.startswith("train.py\n  3:9  KS101 S  ")
    assert f"kerashift fix {project} --write" in finished.stdout


def test_nothing_found_is_status_0(kerashift: Command, project: Path) -> None:
    (project / "train.py").unlink()
    finished = kerashift("check", project)
    assert finished.returncode == 0
    assert finished.stdout.startswith("Nothing found in 1 file")


def test_an_empty_folder_is_status_0(kerashift: Command, tmp_path: Path) -> None:
    assert kerashift("check", tmp_path / "cwd").returncode == 0


def test_a_file_that_cannot_be_read_is_status_2_and_the_others_are_reported(
    kerashift: Command, project: Path
) -> None:
    (project / "old.py").write_text("print 'hello'\n", encoding="utf-8")
    finished = kerashift("check", project, "--format", "json")
    report = json.loads(finished.stdout)
    assert finished.returncode == 2
    assert [error["path"] for error in report["errors"]] == ["old.py"]
    assert {issue["path"] for issue in report["issues"]} == {"train.py"}


def test_json_goes_to_a_file_where_one_is_named(
    kerashift: Command, project: Path, tmp_path: Path
) -> None:
    finished = kerashift("check", project, "--format", "json", "-o", tmp_path / "r.json")
    assert (finished.returncode, finished.stdout) == (1, "")
    report = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert report["version"] == 1
    assert report["project"] == str(project)
    assert (report["files"], report["lines"]) == (2, 6)


def test_a_report_that_cannot_be_written_is_status_2(kerashift: Command, project: Path) -> None:
    finished = kerashift("check", project, "-o", project / "none" / "r.txt")
    assert finished.returncode == 2
    assert finished.stderr.startswith("kerashift: cannot write ")


def test_one_file_can_be_checked(kerashift: Command, project: Path) -> None:
    finished = kerashift("check", project / "train.py", "--format", "json")
    assert {issue["path"] for issue in json.loads(finished.stdout)["issues"]} == {"train.py"}


def test_codes_are_selected_and_ignored_also_by_their_beginning(
    kerashift: Command, project: Path
) -> None:
    assert kerashift("check", project, "--select", "KS1").returncode == 1
    assert kerashift("check", project, "--select", "ks2,KS3").returncode == 0
    assert kerashift("check", project, "--ignore", "KS101").returncode == 0


def test_a_code_that_no_rule_has_is_status_2(kerashift: Command, project: Path) -> None:
    finished = kerashift("check", project, "--select", "KS101,KX1")
    assert finished.returncode == 2
    assert finished.stderr == "kerashift: no rule has the code KX1; see: kerashift rules\n"


def test_keras3_leaves_out_what_only_other_backends_need(
    kerashift: Command, repository: Path
) -> None:
    sample = repository / "resources" / "sample" / "digits"
    found = {}
    for target in ("keras3", "multi-backend"):
        finished = kerashift("check", sample, "--target", target, "--format", "json")
        found[target] = [i["target"] for i in json.loads(finished.stdout)["issues"]]
    assert set(found["keras3"]) == {"keras3"}
    assert len(found["keras3"]) == found["multi-backend"].count("keras3")


def test_checking_changes_no_file(kerashift: Command, project: Path) -> None:
    before = {path: path.read_bytes() for path in project.rglob("*")}
    kerashift("check", project)
    assert {path: path.read_bytes() for path in project.rglob("*")} == before


def test_an_older_keras_may_be_chosen(kerashift: Command, project: Path) -> None:
    line = "import keras\nlayer = keras.layers.BatchNormalization(renorm=True)\n"
    (project / "train.py").write_text(line, encoding="utf-8")
    assert kerashift("check", project, "--select", "KS107").returncode == 0
    finished = kerashift("check", project, "--select", "KS107", "--keras", "3.13")
    assert finished.returncode == 1
    assert "takes `renorm` from Keras 3.14 on, and 3.13 was chosen" in finished.stdout


def test_a_keras_that_is_not_known_is_status_2(kerashift: Command, project: Path) -> None:
    finished = kerashift("check", project, "--keras", "2.15")
    assert finished.returncode == 2
    assert "'2.15' is not a version from 3.0 to 3." in finished.stderr
