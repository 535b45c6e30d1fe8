"""Code that no one here wrote: no crash, nothing touched unasked, fixes parse and converge."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import warnings
from pathlib import Path

import pytest

from kerashift.engine.fixing import fix_project
from kerashift.engine.model import Safety
from kerashift.engine.project_copy import copy_project
from kerashift.engine.scan import scan_project
from tests.corpus.conftest import Fetch

KERAS2 = (
    "keras-tcn==3.5.0",
    "vit-keras==0.1.2",
    "keras-self-attention==0.51.0",
    "efficientnet==1.1.1",
    "segmentation_models==1.0.1",
)
APPLICATIONS = "tf_keras/src/applications"
pytestmark = pytest.mark.corpus


@pytest.fixture
def package(request: pytest.FixtureRequest, fetch: Fetch) -> Path:
    """The source folder of a package of the index, or a folder of an installed one."""
    name = request.param
    return _installed(name) if "/" in name else fetch(name)


def _installed(path: str) -> Path:
    root, _, rest = path.partition("/")
    spec = importlib.util.find_spec(root)
    if spec is None or spec.origin is None:
        pytest.skip(f"{root} is not installed")
    return Path(spec.origin).parent / rest


def digest(folder: Path) -> dict[str, str]:
    """A digest of every file of a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("package", [*KERAS2, APPLICATIONS], indirect=True)
def test_a_scan_finds_issues_and_touches_nothing(package: Path) -> None:
    before = digest(package)
    scan = scan_project(package)
    assert scan.issues or package.name == "applications"
    assert not scan.errors
    assert "KS900" not in {issue.code for issue in scan.issues}
    assert digest(package) == before


@pytest.mark.parametrize("package", [*KERAS2, APPLICATIONS], indirect=True)
@pytest.mark.parametrize("safety", [Safety.SAFE, Safety.REVIEW])
def test_fixes_parse_and_a_second_fix_changes_nothing(
    package: Path, safety: Safety, tmp_path: Path
) -> None:
    result = fix_project(scan_project(package), safety)
    assert not result.conflicts
    assert not result.errors
    for path, data in result.outputs.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(data, path)
    copy_project(package, tmp_path / "fixed", result.outputs)
    again = fix_project(scan_project(tmp_path / "fixed"), safety)
    assert again.outputs == {}
