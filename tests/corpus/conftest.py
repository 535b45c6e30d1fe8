"""Packages from the package index, fetched as source and never imported from there."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import platformdirs
import pytest

Fetch = Callable[[str], Path]


@pytest.fixture(scope="session")
def fetch() -> Fetch:
    """`fetch_source`, as a fixture."""
    return fetch_source


def fetch_source(requirement: str) -> Path:
    """Download a requirement without its dependencies and unpack it; kept between runs."""
    cache = Path(platformdirs.user_cache_dir("kerashift-tests"))
    folder = cache / requirement.replace("==", "-")
    done = folder / ".unpacked"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        subprocess.run([*command, "--dest", os.fspath(folder), requirement], check=True)
        for archive in folder.iterdir():
            _unpack(archive, folder / "source")
        done.touch()
    return folder / "source"


def _unpack(archive: Path, target: Path) -> None:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(target)
    elif archive.name.endswith(".tar.gz"):
        # Python before 3.11.4 has no filters.
        options = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        with tarfile.open(archive) as opened:
            opened.extractall(target, **options)
