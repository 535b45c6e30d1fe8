"""System packages: which are missing on a Debian machine, and their installation."""
from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGE_LIST = Path(__file__).resolve().parent / "debian-packages.txt"


class SystemPackagesMissing(Exception):
    """System packages are missing and may not be installed from here; the text says what to do."""


def ensure_system_packages() -> None:
    """Install what is missing. Raises `SystemPackagesMissing` where that is not allowed.

    On a system without dpkg nothing is checked: the names of its packages are not known.
    """
    if not shutil.which("dpkg-query"):
        return
    missing = [name for name in wanted_packages() if not is_installed(name)]
    if not missing:
        return
    print("system packages:", " ".join(missing), flush=True)
    rights = install_rights()
    if rights is None:
        raise SystemPackagesMissing(
            "These system packages are missing, and this user may not install them. "
            "Ask someone who may to run:\n\n"
            f"    apt-get install --no-install-recommends {' '.join(missing)}\n"
        )
    install(rights, missing)


def wanted_packages() -> list[str]:
    """The names in debian-packages.txt, and the venv package where this Python lacks it."""
    lines = PACKAGE_LIST.read_text(encoding="utf-8").splitlines()
    names = [line for line in map(str.strip, lines) if line and not line.startswith("#")]
    if importlib.util.find_spec("ensurepip") is None:
        names.append(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
    return names


def is_installed(name: str) -> bool:
    command = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", name]
    found = subprocess.run(command, capture_output=True, text=True)
    return found.returncode == 0 and "not-installed" not in found.stdout


def install_rights() -> list[str] | None:
    """What to put before a command that installs; None where nothing helps."""
    if os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        return None
    if sys.stdin.isatty():
        return ["sudo"]
    silent = subprocess.run(["sudo", "-n", "true"], capture_output=True)
    return ["sudo", "-n"] if silent.returncode == 0 else None


def install(rights: list[str], names: list[str]) -> None:
    """Run apt-get. Raises `SystemPackagesMissing` when it fails."""
    apt = [*rights, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y"]
    commands = [[*apt, "update"], [*apt, "install", "--no-install-recommends", *names]]
    for command in commands:
        if subprocess.run(command, stdout=subprocess.DEVNULL).returncode:
            raise SystemPackagesMissing(f"This failed; see its messages above: {' '.join(command)}")
