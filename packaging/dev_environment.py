"""The development environment: .venv with everything installed, .dev with the link folder."""
from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "kerashift-setup.stamp"
LINKS = ROOT / ".dev" / "kerashift"
FOLDERS = ("app", "ui", "engine", "resources")
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
SUFFIX = ".exe" if os.name == "nt" else ""
PYTHON = BIN / f"python{SUFFIX}"


def ensure_environment(extras: tuple[str, ...]) -> None:
    """Make .venv hold the project (editable) with at least `extras`; nothing where it does.

    The stamp is written last, so that an interrupted installation is taken up again.
    Raises `subprocess.CalledProcessError` when a step fails.
    """
    if is_current(extras):
        return
    if not works(PYTHON):
        print("environment:", VENV, flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
    print("installing the project with", ", ".join(extras), "(some minutes)", flush=True)
    STAMP.unlink(missing_ok=True)
    target = f"{ROOT}[{','.join(extras)}]"
    subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", "--editable", target], check=True)
    STAMP.write_text(f"{fingerprint()}\n{','.join(extras)}\n", encoding="utf-8")


def is_current(extras: tuple[str, ...]) -> bool:
    """Whether the stamp tells of this pyproject.toml, this Python and at least these extras."""
    if not STAMP.is_file() or not works(PYTHON):
        return False
    written, installed = STAMP.read_text(encoding="utf-8").splitlines()
    return written == fingerprint() and set(extras) <= set(installed.split(","))


def fingerprint() -> str:
    text = (ROOT / "pyproject.toml").read_bytes() + sys.version.encode() + str(ROOT).encode()
    return hashlib.sha256(text).hexdigest()


def works(python: Path) -> bool:
    """Whether this interpreter starts and has pip."""
    if not python.exists():
        return False
    command = [str(python), "-c", "import pip"]
    return subprocess.run(command, capture_output=True).returncode == 0


def ensure_links() -> None:
    """Make .dev/kerashift, where static checkers see the packages under their import names."""
    LINKS.mkdir(parents=True, exist_ok=True)
    for name in FOLDERS:
        link = LINKS / name
        if link.exists() and link.samefile(ROOT / name):
            continue
        if link.is_symlink():
            link.unlink()
        make_link(link, ROOT / name)


def make_link(link: Path, folder: Path) -> None:
    if os.name == "nt":
        # A junction needs no special right on Windows, a symbolic link does.
        subprocess.run(["cmd", "/c", "mklink", "/J", str(link), str(folder)], check=True)
    else:
        link.symlink_to(os.path.relpath(folder, link.parent), target_is_directory=True)


def clean() -> None:
    """Remove .venv, .dev and the caches of the tools."""
    for name in FOLDERS:
        link = LINKS / name
        if link.is_symlink():
            link.unlink()
        elif link.exists():
            link.rmdir()
    caches = [ROOT / f".{name}_cache" for name in ("pytest", "mypy", "ruff", "import_linter")]
    for folder in [VENV, LINKS.parent, *caches, *ROOT.glob("*.egg-info")]:
        shutil.rmtree(folder, ignore_errors=True)
