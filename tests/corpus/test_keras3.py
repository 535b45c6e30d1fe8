"""Code that is Keras 3 already is left alone: packages as a whole, and their files one by one."""

from __future__ import annotations

import importlib.util
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kerashift.engine.model import Issue
from kerashift.engine.project import discover
from kerashift.engine.scan import analyse_units, mentions_keras, read_unit, scan_project
from tests.corpus.conftest import Fetch

PACKAGES: Mapping[str, Mapping[str, Any]] = tomllib.loads(
    Path(__file__).with_name("keras3.toml").read_text(encoding="utf-8")
)
PARTS_OF_KERAS = ("applications", "callbacks", "layers", "losses", "models", "optimizers")
"""Folders of the installed Keras 3; each is scanned by itself."""
pytestmark = pytest.mark.corpus


def places(issues: list[Issue]) -> dict[tuple[str, str], str]:
    """File and code of each report, with a message for the failure."""
    return {(issue.path, issue.code): f"{issue.line}: {issue.message}" for issue in issues}


def expected(package: str, *, alone: bool) -> set[tuple[str, str]]:
    """The reports that keras3.toml explains."""
    reports = PACKAGES[package]["report"]
    return {(r["path"], r["code"]) for r in reports if alone or not r.get("alone")}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_for_keras_3_has_no_reports_but_those_explained(
    package: str, fetch: Fetch
) -> None:
    scan = scan_project(fetch(package))
    assert scan.units
    assert not scan.errors
    found = places(list(scan.issues))
    assert found.keys() == expected(package, alone=False), found


@pytest.mark.parametrize("package", PACKAGES)
def test_nor_do_its_files_one_by_one(package: str, fetch: Fetch) -> None:
    root, folder = fetch(package), PACKAGES[package]["alone"]
    issues: list[Issue] = []
    scanned = 0
    for path in discover(root).files:
        if not (path.startswith(folder) and path.endswith(".py")):
            continue
        unit = read_unit(path, (root / path).read_bytes())
        if mentions_keras(unit):
            scanned += 1
            issues += analyse_units({path: unit}).issues
    assert scanned
    found = places(issues)
    assert found.keys() == expected(package, alone=True), found


@pytest.mark.parametrize("part", PARTS_OF_KERAS)
def test_a_part_of_keras_itself_has_no_reports(part: str) -> None:
    spec = importlib.util.find_spec("keras")
    if spec is None or spec.origin is None:
        pytest.skip("keras is not installed")
    scan = scan_project(Path(spec.origin).parent / "src" / part)
    assert scan.units
    assert scan.issues == ()


def test_every_explanation_has_a_reason() -> None:
    assert all(report["why"] for data in PACKAGES.values() for report in data["report"])
