"""Where `kerashift` begins: a command's name leads to the command, all else opens the window.

Only the chosen command is imported: `kerashift check` starts without Qt, NumPy or a backend.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from kerashift.app.cli.common import CommandError

COMMANDS = {
    "check": "what Keras 3 breaks in a project",
    "fix": "make the fixes: as a diff, in the files, or in a copy",
    "revert": "put back what the last fix --write changed",
    "run": "run a fixed copy on TensorFlow, JAX and PyTorch, and check what comes out",
    "history": "the runs that were kept: list, show, compare, export",
    "convert": "make a .keras file of Keras 3 from a model that Keras 2 has saved",
    "entries": "what of a project could be run",
    "environments": "the interpreters, versions and devices for each backend",
    "rules": "the rules, or the page of one",
}
USAGE_ERROR = 2
INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; gives the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if hasattr(sys.stdout, "reconfigure"):
        # Source code may hold what a terminal's encoding lacks: no reason to fail.
        sys.stdout.reconfigure(errors="backslashreplace")
        sys.stderr.reconfigure(errors="backslashreplace")
    try:
        status = _dispatch(arguments)
        sys.stdout.flush()
        return status
    except CommandError as error:
        print(f"kerashift: {error}", file=sys.stderr)
        return USAGE_ERROR
    except SystemExit as stop:  # argparse: wrong usage, or help was asked for
        return stop.code if isinstance(stop.code, int) else USAGE_ERROR
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output went away, as `head` does; nothing more can be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _dispatch(arguments: list[str]) -> int:
    name = arguments[0] if arguments else ""
    if name not in COMMANDS:
        return _open_desktop(arguments)
    module = importlib.import_module(f"kerashift.app.cli.{name}")
    parser = argparse.ArgumentParser(
        prog=f"kerashift {name}", description=COMMANDS[name], allow_abbrev=False
    )
    module.add_arguments(parser)
    status: int = module.run(parser.parse_args(arguments[1:]))
    return status


def _open_desktop(arguments: list[str]) -> int:
    commands = "".join(f"  {name:13} {text}\n" for name, text in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="kerashift",
        usage="kerashift [PATH]\n       kerashift COMMAND …",
        description="Take a Keras 2 project to Keras 3. Without a command, opens the window.",
        epilog=f"commands:\n{commands}\nkerashift COMMAND --help tells more.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("path", metavar="PATH", nargs="?", type=Path, help="project to open")
    version = f"kerashift {metadata.version('kerashift')}"
    parser.add_argument("--version", action="version", version=version)
    path = parser.parse_args(arguments).path
    if path is not None and not path.exists():
        raise CommandError(f"no such file or folder, nor a command: {path}")
    _need_display()
    try:
        from kerashift.app.desktop import start_desktop
    except ImportError as error:
        raise CommandError(f"the window cannot be opened: {error}") from error
    status: int = start_desktop(path)
    return status


def _need_display() -> None:
    """Qt ends the process where there is no display: say it in words before."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform == "linux" and not any(os.environ.get(name) for name in names):
        raise CommandError("there is no display for the window; see kerashift --help for commands")
