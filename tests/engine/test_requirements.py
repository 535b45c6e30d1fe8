"""Requirement files take the same road as code, and keep every byte that no fix touches."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kerashift.engine.model import Decision
from kerashift.engine.requirements import is_requirements
from kerashift.engine.scan import scan_project
from kerashift.engine.session import Session


@pytest.mark.parametrize(
    "path",
    [
        *("requirements.txt", "a/requirements-dev.txt", "requirements/base.in"),
        *("dev_requirements.txt", "constraints.txt", "pyproject.toml", "a/Pipfile", "setup.cfg"),
        *("environment.yml", "conda-gpu.yaml", "Dockerfile", "docker/Dockerfile.gpu", "run.sh"),
        ".env",
    ],
)
def test_requirement_files_are_known_by_name(path: str) -> None:
    assert is_requirements(path)


@pytest.mark.parametrize(
    "path",
    [
        "notes.txt",
        "requirements.py",
        "requirements/readme.md",
        "data.toml",
        "ci.yml",
        "Pipfile.lock",
    ],
)
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


FILES = {
    "pyproject.toml": (
        '# caf\u00e9\r\n[project]\r\nname = "keras<3"\r\n'
        "dependencies = [ 'tensorflow[and-cuda] ==2.10 ; x',  # old\r\n"
        '  "keras<3" ]\r\n[tool.other]\r\nlong = """\r\n"keras<3"\r\n"""\r\n'
        "[dependency-groups]\r\ndev = [{include-group = \"keras\"}, 'scikeras==0.12']\r\n",
        {"==2.10": ">=2.16", '"keras<3" ]': '"keras>=3" ]', "==0.12": ">=0.13"},
    ),
    "poetry/pyproject.toml": (
        '[tool.poetry.dependencies]\npython = "^3.8"\n"tensorflow" = "~2.10"\n'
        '[tool.poetry.group.dev.dependencies.keras]\nversion="2.10.*"\noptional = true\n',
        {"~2.10": ">=2.16", "2.10.*": ">=3"},
    ),
    "setup.cfg": (
        "[options]\npackages = find:\ninstall_requires =\n    tensorflow>=2.3, <2.11\n"
        "    numpy\n[options.extras_require]\nold =\n    keras~=2.4\n[flake8]\nkeras==2\n",
        {">=2.3, <2.11": ">=2.16", "~=2.4": ">=3"},
    ),
    "environment.yml": (
        "name: keras==2\ndependencies:\n- tensorflow=2.10=gpu_0\n- pip\n- pip:\n"
        "  - keras==2.10 # x\n- conda-forge::keras-tuner=1.1\n",
        {"=2.10=gpu_0": ">=2.16", "==2.10 #": ">=3 #", "=1.1": ">=1.4"},
    ),
    "run.sh": (
        "#!/bin/sh\npip install -q tensorflow==2.10 'keras<3' \\\n  scikeras==0.12; echo keras<3\n",
        {"tensorflow==2.10": '"tensorflow>=2.16"', "'keras<3'": "'keras>=3'"}
        | {"scikeras==0.12": '"scikeras>=0.13"'},
    ),
}


@pytest.mark.parametrize("path", FILES)
def test_only_the_versions_change_in_each_kind_of_file(tmp_path: Path, path: str) -> None:
    before, changes = FILES[path]
    place = tmp_path / path
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(before.encode())
    session = Session(scan_project(tmp_path))
    session.decide([issue.id for issue in session.issues], Decision.ACCEPTED)
    session.apply()
    after = before
    for old, new in changes.items():
        assert after.count(old) == 1
        after = after.replace(old, new)
    assert place.read_bytes().decode() == after
    assert scan_project(tmp_path).issues == ()


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"[project\nname = 1\n", "not valid TOML"), (b"[project]\nname = '\xff'\n", "utf-8")],
)
def test_a_broken_file_is_reported_and_left_alone(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "pyproject.toml").write_bytes(data)
    (tmp_path / "requirements.txt").write_text("keras<3\n")
    scan = scan_project(tmp_path)
    assert [error.path for error in scan.errors] == ["pyproject.toml"]
    assert words in scan.errors[0].message
    assert [issue.path for issue in scan.issues] == ["requirements.txt"]


def test_the_lines_of_a_notebook_that_install_packages_change_in_their_cells(
    tmp_path: Path,
) -> None:
    sources = [
        "!pip install -q tensorflow==2.10\n%pip install 'keras<3'\nprint('pip install keras==2')",
        "%%bash\npip install scikeras==0.12",
        "x = !pip install keras==2.4\n# !pip install keras==2.4",
    ]
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": s} for s in sources]
    document = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    text = json.dumps(document, indent=1)
    (tmp_path / "n.ipynb").write_text(text)
    session = Session(scan_project(tmp_path))
    session.decide([issue.id for issue in session.issues], Decision.ACCEPTED)
    session.apply()
    for old, new in [
        ("tensorflow==2.10", '\\"tensorflow>=2.16\\"'),
        ("'keras<3'", "'keras>=3'"),
        ("scikeras==0.12", '\\"scikeras>=0.13\\"'),
        ("x = !pip install keras==2.4", 'x = !pip install \\"keras>=3\\"'),
    ]:
        text = text.replace(old, new)
    assert (tmp_path / "n.ipynb").read_text() == text


def test_a_requirement_file_hides_no_module_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("numpy\n")
    (tmp_path / "requirements.py").write_text("import tensorflow as tf\n")
    (tmp_path / "net.py").write_text("from requirements import tf\nm = tf.keras.Model()\n")
    assert {issue.path for issue in scan_project(tmp_path).issues} == {"net.py"}
