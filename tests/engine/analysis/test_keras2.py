"""Code that is Keras 2 for sure stays so, although a fix takes the mark away."""

from __future__ import annotations

from pathlib import Path

import pytest

from kerashift.engine.apply import apply_texts, restore
from kerashift.engine.fixing import fix_project
from kerashift.engine.model import Safety
from kerashift.engine.scan import Scan, scan_project

SIGMOID = '{0}.layers.Dense(1, activation="hard_sigmoid")\n'
TF_KERAS = f"import tensorflow as tf\n\nlayer = {SIGMOID.format('tf.keras')}"
KERAS = f"import keras\n\nlayer = {SIGMOID.format('keras')}"


def scanned(folder: Path, **files: str) -> Scan:
    for name, text in files.items():
        path = folder / name.replace("__", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return scan_project(folder)


def found(scan: Scan) -> set[str]:
    return {issue.code for issue in scan.issues}


def test_what_is_left_to_a_person_is_named_after_the_safe_fixes(tmp_path: Path) -> None:
    result = fix_project(scanned(tmp_path, net__py=TF_KERAS))
    assert b"import keras" in result.outputs["net.py"]
    assert {issue.code for issue in result.remaining} == {"KS408"}


def test_a_later_scan_knows_what_the_file_was(tmp_path: Path) -> None:
    scan = scanned(tmp_path, net__py=TF_KERAS)
    outputs = fix_project(scan).outputs
    applied = apply_texts(tmp_path, outputs, scan.originals(outputs))
    assert found(scan_project(tmp_path)) == {"KS408"}
    restore(applied.journal)
    (tmp_path / "net.py").write_text(KERAS)
    assert found(scan_project(tmp_path)) == set()


def test_a_default_of_keras_2_is_then_to_be_reviewed(tmp_path: Path) -> None:
    scan = scanned(tmp_path, net__py=TF_KERAS)
    outputs = fix_project(scan, Safety.REVIEW).outputs
    apply_texts(tmp_path, outputs, scan.originals(outputs))
    with (tmp_path / "net.py").open("a") as file:
        file.write("optimizer = keras.optimizers.Lion()\n")
    (issue,) = scan_project(tmp_path).issues
    assert (issue.code, issue.safety) == ("KS404", Safety.REVIEW)
    assert "written here for Keras 3" in issue.caution


@pytest.mark.parametrize(
    ("pins", "is_sure"),
    [
        ("keras==2.10.0\n", True),
        ("keras<3\ntensorflow\n", True),
        ("tensorflow~=2.11\n", False),
        ("tensorflow==2.11.*\n", True),
        ("keras>=2.4\ntensorflow<2.16\n", False),
        ("keras\n", False),
        ("numpy<2\n", False),
    ],
)
def test_a_bare_keras_is_what_the_project_asks_for(
    pins: str, is_sure: bool, tmp_path: Path
) -> None:
    scan = scanned(tmp_path, net__py=KERAS, requirements__txt=pins)
    assert ("KS408" in found(scan)) is is_sure


def test_pins_of_a_part_of_the_project_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "requirements.txt").write_text("keras<3\n")
    assert "KS408" not in found(scanned(tmp_path, net__py=KERAS))
