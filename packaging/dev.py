"""The commands of README.md and CONTRIBUTING.md. Needs Python 3.11 and nothing else.

    python3 packaging/dev.py start              set up, then open the app on the sample project
    python3 packaging/dev.py test [ARGUMENTS]   set up, then linters, types and tests
    python3 packaging/dev.py new-rule CODE NAME start a rule from the template
"""
from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import dev_environment as environment
import dev_rule
import dev_system

SAMPLE = environment.ROOT / "resources" / "sample" / "digits"
WORKING_COPY = Path.home() / "kerashift-sample"
PARALLEL = ("--numprocesses", "logical", "--maxprocesses", "4", "--dist", "loadfile")
"""Workers take whole files, because a file's tests share the children that run the backends."""
NO_DISPLAY = """There is no display here (DISPLAY and WAYLAND_DISPLAY are not set).
Start it in a desktop session, or use the command line:

    .venv/bin/kerashift check resources/sample/digits"""


def set_up(options: argparse.Namespace) -> None:
    """System packages, environment, link folder."""
    dev_system.ensure_system_packages()
    extras = ("dev",) if options.without_backends else ("backends", "dev")
    environment.ensure_environment(extras)
    environment.ensure_links()


def start(options: argparse.Namespace) -> int:
    """Set up, then run the app until its window is closed."""
    set_up(options)
    if sys.platform == "linux" and not has_display():
        print(NO_DISPLAY, file=sys.stderr)
        return 2
    project = options.path or working_copy()
    return subprocess.run([environment.BIN / f"kerashift{environment.SUFFIX}", project]).returncode


def has_display() -> bool:
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return any(os.environ.get(name) for name in names)


def working_copy() -> Path:
    """The user's own copy of the sample project; an earlier one is kept as it is."""
    if not WORKING_COPY.exists():
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(SAMPLE, WORKING_COPY / "digits", ignore=ignored)
        print("sample project:", WORKING_COPY / "digits", flush=True)
    return WORKING_COPY / "digits"


def test(options: argparse.Namespace) -> int:
    """Set up, then every check that CI makes; the first that fails ends it."""
    set_up(options)
    quiet = {"QT_QPA_PLATFORM": "offscreen", "TF_CPP_MIN_LOG_LEVEL": "3"}
    checks: list[tuple[list[str], dict[str, str]]] = [
        (["ruff", "check", "."], {}),
        (["lint-imports"], {}),
        (["mypy"], {}),
        (["pytest", *PARALLEL, *options.arguments], quiet),
    ]
    for (name, *arguments), extra in checks:
        command = [environment.BIN / f"{name}{environment.SUFFIX}", *arguments]
        print("$", name, *arguments, flush=True)
        finished = subprocess.run(command, cwd=environment.ROOT, env={**os.environ, **extra})
        if finished.returncode:
            return finished.returncode
    return 0


def setup(options: argparse.Namespace) -> int:
    """Set up and stop."""
    set_up(options)
    print("ready:", environment.BIN / f"kerashift{environment.SUFFIX}")
    return 0


def link(options: argparse.Namespace) -> int:
    environment.ensure_links()
    return 0


def clean(options: argparse.Namespace) -> int:
    environment.clean()
    return 0


def new_rule(options: argparse.Namespace) -> int:
    """Write the rule's file and its page; the examples in it are its tests."""
    print(*dev_rule.write_rule(environment.ROOT, options.code, options.name), sep="\n")
    return 0


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="dev.py", description="Set up, start and test Kerashift.")
    commands = root.add_subparsers(required=True, metavar="COMMAND")

    def command(function: object, name: str, help: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help)
        added.set_defaults(function=function)
        return added

    started = command(start, "start", "set up, then open the app (on the sample project)")
    started.add_argument("path", nargs="?", type=Path, help="a project of yours instead")
    tested = command(test, "test", "set up, then run the linters, the types and the tests")
    tested.usage = "dev.py test [-h] [--without-backends] [ARGUMENTS FOR PYTEST ...]"
    ready = command(setup, "setup", "set up only")
    for part in (started, tested, ready):
        part.add_argument(
            "--without-backends",
            action="store_true",
            help="leave TensorFlow, JAX and PyTorch out (the app says what is missing)",
        )
    command(link, "link", "make the link folder for static checkers")
    command(clean, "clean", "remove the environment, the links and the caches")
    rule = command(new_rule, "new-rule", "start a rule from the template")
    rule.add_argument("code", help="a free code, for example KS407")
    rule.add_argument("name", help="the thing found, in words with hyphens: optimizer-arguments")
    return root


def parse(arguments: list[str]) -> argparse.Namespace:
    """The options; `test` passes what it does not know on to pytest."""
    commands = parser()
    options, options.arguments = commands.parse_known_args(arguments)
    if options.arguments and options.function is not test:
        commands.error(f"unrecognized arguments: {' '.join(options.arguments)}")
    return options


def main() -> int:
    options = parse(sys.argv[1:])
    try:
        return int(options.function(options))
    except (dev_system.SystemPackagesMissing, dev_rule.RuleRefused) as problem:
        print(problem, file=sys.stderr)
    except subprocess.CalledProcessError as problem:
        print(f"This failed; see its messages above: {problem}", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main())
