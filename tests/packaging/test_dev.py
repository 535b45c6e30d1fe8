"""The developer's commands, run as a child in a small copy of the repository."""
from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FOLDERS = ("app", "ui", "engine", "resources")


@pytest.fixture
def small_repository(tmp_path: Path, repository: Path) -> Path:
    """The scripts, beside empty packages."""
    copy = tmp_path / "kerashift"
    copy.mkdir()
    shutil.copytree(repository / "packaging", copy / "packaging")
    shutil.copy(repository / "pyproject.toml", copy)
    for name in FOLDERS:
        (copy / name).mkdir()
    (copy / "engine" / "rules").mkdir()
    return copy


def run_dev(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(root / "packaging" / "dev.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_link_makes_a_folder_that_shows_the_packages_under_their_import_names(
    small_repository: Path,
) -> None:
    assert run_dev(small_repository, "link").returncode == 0
    for name in FOLDERS:
        assert (small_repository / ".dev" / "kerashift" / name).samefile(small_repository / name)


def test_link_can_be_run_again_and_mends_a_link_that_leads_elsewhere(
    small_repository: Path, tmp_path: Path
) -> None:
    run_dev(small_repository, "link")
    link = small_repository / ".dev" / "kerashift" / "engine"
    link.unlink()
    link.symlink_to(tmp_path, target_is_directory=True)
    assert run_dev(small_repository, "link").returncode == 0
    assert link.samefile(small_repository / "engine")


def test_clean_removes_what_setup_made_and_nothing_that_a_link_leads_to(
    small_repository: Path,
) -> None:
    run_dev(small_repository, "link")
    (small_repository / ".venv").mkdir()
    assert run_dev(small_repository, "clean").returncode == 0
    assert not (small_repository / ".venv").exists()
    assert not (small_repository / ".dev").exists()
    assert (small_repository / "engine" / "rules").is_dir()


def test_new_rule_writes_a_file_that_compiles_and_its_page_and_says_where(
    small_repository: Path,
) -> None:
    finished = run_dev(small_repository, "new-rule", "KS499", "old-names")
    rules = small_repository / "engine" / "rules"
    path, page = rules / "ks499_old_names.py", rules / "pages" / "en" / "KS499.md"
    assert finished.stdout.splitlines() == [str(path), str(page)]
    compile(path.read_text(encoding="utf-8"), path.name, "exec")
    assert "class OldNames(Rule):" in path.read_text(encoding="utf-8")
    assert page.read_text(encoding="utf-8").startswith("# keras.utils.old_name")


@pytest.mark.parametrize(
    ("code", "name", "reason"),
    [
        ("KS4", "old-names", "three digits"),
        ("KS499", "OldNames", "lower case"),
        ("KS101", "old-names", "is taken by ks101_imports.py"),
    ],
)
def test_new_rule_refuses_what_cannot_be_used_and_says_why(
    small_repository: Path, code: str, name: str, reason: str
) -> None:
    (small_repository / "engine" / "rules" / "ks101_imports.py").touch()
    finished = run_dev(small_repository, "new-rule", code, name)
    assert finished.returncode == 1
    assert reason in finished.stderr
    assert len(list((small_repository / "engine" / "rules").iterdir())) == 1


def test_the_package_list_names_what_qt_needs(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(repository / "packaging"))
    import dev_system

    wanted = dev_system.wanted_packages()
    assert {"libegl1", "libgl1", "libxkbcommon-x11-0", "libxcb-cursor0"} <= set(wanted)
    assert all(name and not name.startswith("#") for name in wanted)


def test_the_stamp_tells_when_an_installation_is_out_of_date(
    small_repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(small_repository / "packaging"))
    sys.modules.pop("dev_environment", None)
    import dev_environment as environment

    monkeypatch.setattr(environment, "PYTHON", Path(sys.executable))
    environment.VENV.mkdir()
    environment.STAMP.write_text(f"{environment.fingerprint()}\ndev\n", encoding="utf-8")
    assert environment.is_current(("dev",))
    assert not environment.is_current(("backends", "dev"))
    with (small_repository / "pyproject.toml").open("a", encoding="utf-8") as project:
        project.write("\n")
    assert not environment.is_current(("dev",))


@pytest.mark.parametrize("arguments", [["-m", "not backends"], ["tests/ui", "-k", "drop", "-x"]])
def test_the_test_command_passes_arguments_on_to_pytest(
    repository: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.syspath_prepend(str(repository / "packaging"))
    import dev

    assert dev.parse(["test", *arguments]).arguments == arguments


def test_other_commands_refuse_arguments_that_they_do_not_know(small_repository: Path) -> None:
    finished = run_dev(small_repository, "link", "--wrong")
    assert finished.returncode == 2
    assert "unrecognized arguments: --wrong" in finished.stderr
