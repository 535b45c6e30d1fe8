"""The generated tables are what the installed Keras 2 and Keras 3 give."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.backends

ROOT = Path(__file__).resolve().parents[2]
TABLES = ("keras3_names.toml", "api_changes.toml")


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tables, written anew."""
    folder = tmp_path_factory.mktemp("tables")
    command = [sys.executable, str(ROOT / "packaging" / "generate_api.py"), str(folder)]
    subprocess.run(command, check=True, timeout=300)
    return folder


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_that_of_the_installed_libraries(name: str, generated: Path) -> None:
    kept = (ROOT / "engine" / "tables" / name).read_text(encoding="utf-8")
    anew = (generated / name).read_text(encoding="utf-8")
    changed = sorted(set(kept.splitlines()) ^ set(anew.splitlines()))[:20]
    assert kept == anew, "\n".join(["run packaging/generate_api.py; what differs:", *changed])
