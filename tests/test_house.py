"""The house: its folders, its packages and what no file may hold."""
from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pathspec
import pytest

PACKAGE_FOLDERS = ("app", "ui", "engine", "resources")
TOP_FOLDERS = {*PACKAGE_FOLDERS, "tests", "packaging"}
DOCUMENTS = {"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "LICENSE", "pyproject.toml"}
STAND_ALONE = {"engine/harness", "engine/replacements"}
"""Folders of plain Python that are copied as files, not imported."""
MAX_LINES = 400
MACHINE_PATH = re.compile(r"(?<![\w./}>-])/(?:work|root)/[\w.]")
"""A path of somebody's machine. A test's own invented paths live elsewhere (`/home/someone`)."""


def project_files(root: Path) -> Iterator[Path]:
    """Every file that .gitignore does not name, relative to the repository."""
    lines = (root / ".gitignore").read_text(encoding="utf-8").splitlines()
    ignored = pathspec.GitIgnoreSpec.from_lines([*lines, ".git"])
    for path in ignored.match_tree_files(root, negate=True):
        yield Path(path)


@pytest.fixture(scope="session")
def files(repository: Path) -> list[Path]:
    return sorted(project_files(repository))


@pytest.fixture(scope="session")
def settings(repository: Path) -> dict[str, dict[str, dict[str, object]]]:
    return tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_top_level_holds_the_fixed_folders_documents_and_dot_files_only(
    files: list[Path],
) -> None:
    folders = {path.parts[0] for path in files if len(path.parts) > 1}
    documents = {path.name for path in files if len(path.parts) == 1}
    assert {name for name in folders if not name.startswith(".")} == TOP_FOLDERS
    assert {name for name in documents if not name.startswith(".")} == DOCUMENTS


def test_every_package_is_listed_in_pyproject(
    repository: Path, files: list[Path], settings: dict[str, dict[str, dict[str, object]]]
) -> None:
    found = {
        ".".join(("kerashift", *path.parent.parts))
        for path in files
        if path.name == "__init__.py" and path.parts[0] in PACKAGE_FOLDERS
    }
    listed = settings["tool"]["setuptools"]["packages"]
    assert isinstance(listed, list)
    assert sorted(listed) == sorted(found)


def test_every_folder_of_modules_is_a_package_unless_it_stands_alone(files: list[Path]) -> None:
    with_modules = {
        path.parent.as_posix()
        for path in files
        if path.suffix == ".py" and path.parts[0] in PACKAGE_FOLDERS
        # The sample is somebody's project: a folder of scripts.
        if path.parts[:2] != ("resources", "sample")
    }
    packages = {path.parent.as_posix() for path in files if path.name == "__init__.py"}
    assert with_modules - packages == STAND_ALONE


def test_packaging_is_not_a_package_because_it_would_hide_the_library_of_that_name(
    repository: Path,
) -> None:
    assert not (repository / "packaging" / "__init__.py").exists()


def test_every_data_file_of_a_package_goes_into_the_wheel(
    repository: Path, files: list[Path], settings: dict[str, dict[str, dict[str, object]]]
) -> None:
    declared: set[Path] = set()
    for package, patterns in settings["tool"]["setuptools"]["package-data"].items():
        assert isinstance(patterns, list)
        folder = repository / Path(*package.split(".")[1:])
        declared |= {path for pattern in patterns for path in folder.glob(pattern)}
    packages = {path.parent for path in files if path.name == "__init__.py"}
    data = {
        path
        for path in files
        if path.parts[0] in PACKAGE_FOLDERS
        if not (path.suffix == ".py" and path.parent in packages)
    }
    assert sorted(path for path in data if repository / path not in declared) == []


def test_no_module_is_longer_than_a_person_reads(repository: Path, files: list[Path]) -> None:
    long = {
        path.as_posix(): lines
        for path in files
        if path.suffix == ".py"
        if (lines := len((repository / path).read_text(encoding="utf-8").splitlines())) > MAX_LINES
    }
    assert long == {}


def test_no_file_names_a_path_of_somebodys_machine(repository: Path, files: list[Path]) -> None:
    found = []
    for path in files:
        content = (repository / path).read_bytes()
        if b"\0" in content or path == Path("tests/test_house.py"):
            continue
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
            if MACHINE_PATH.search(line):
                found.append(f"{path}:{number}: {line.strip()}")
    assert found == []
