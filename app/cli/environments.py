"""`kerashift environments`: interpreters, what of Keras and its backends is in each, new ones."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kerashift.app.cli.common import CommandError, add_format, existing, write_report
from kerashift.engine.environments.managed import (
    InstallError,
    make_environment,
    recipe,
    remove_environment,
)
from kerashift.engine.environments.store import add_interpreter
from kerashift.engine.report.json import dumps
from kerashift.engine.run.environments import BACKENDS, Environment, find_environments, probe


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "path", metavar="PATH", nargs="?", type=Path, help="look for a project's own too"
    )
    parser.add_argument(
        "--no-devices",
        action="store_true",
        help="do not ask the backends for devices, which takes some seconds each",
    )
    parser.add_argument(
        "--refresh", action="store_true", help="ask for devices again that were asked for before"
    )
    parser.add_argument(
        "--create", metavar="BACKEND", choices=BACKENDS, help="make an environment for a backend"
    )
    parser.add_argument("--cuda", action="store_true", help="with --create: the CUDA build")
    parser.add_argument(
        "--remove", metavar="BACKEND", choices=BACKENDS, help="delete an environment made so"
    )
    parser.add_argument("--add", metavar="PYTHON", type=Path, help="remember an interpreter")
    add_format(parser, "text", "json")


def run(options: argparse.Namespace) -> int:
    """Exit status 0, also where no interpreter can run anything; 2 where a change failed."""
    if options.create:
        return _create(options.create, options.cuda)
    if options.remove:
        remove_environment(options.remove)
        return 0
    if options.add:
        return _add(options.add.absolute())
    root = existing(options.path) if options.path is not None else None
    environments = find_environments(
        root, devices=not options.no_devices, fresh=options.refresh
    )
    if options.format == "json":
        values = {"version": 1, "environments": [_values(e) for e in environments]}
        write_report(dumps(values), None)
    else:
        write_report("\n".join(map(_text, environments)), None)
    return 0


def _create(backend: str, cuda: bool) -> int:
    try:
        python = make_environment(recipe(backend, cuda=cuda), _say, lambda: False)
    except InstallError as error:
        raise CommandError(f"the environment was not made: {error}") from error
    print(python)
    return 0


def _say(text: str) -> None:
    print(text, end="", file=sys.stderr, flush=True)


def _add(python: Path) -> int:
    if probe(python, "added") is None:
        raise CommandError(f"{python} does not answer as a Python interpreter")
    add_interpreter(python)
    return 0


def _values(environment: Environment) -> dict[str, Any]:
    return {
        "python": environment.python,
        "version": environment.version,
        "label": environment.label,
        "packages": dict(environment.packages),
        "devices": {name: list(found) for name, found in environment.devices.items()},
        "backends": [name for name in BACKENDS if environment.can_run(name)],
        "baseline": environment.has_legacy,
    }


def _text(environment: Environment) -> str:
    return "\n".join(_lines(environment)) + "\n"


def _lines(environment: Environment) -> Iterator[str]:
    yield f"{environment.python} (Python {environment.version}, {environment.label})"
    if environment.packages:
        yield "  " + ", ".join(f"{name} {v}" for name, v in environment.packages.items())
    backends = [name for name in BACKENDS if environment.can_run(name)]
    for backend in backends:
        devices = ", ".join(environment.devices.get(backend, ()))
        yield f"  runs {backend}" + (f" on {devices}" if devices else "")
        if backend in environment.reports and environment.reports[backend].problem:
            yield f"    {environment.reports[backend].problem}"
    if not backends:
        yield "  runs no backend: Keras 3 and TensorFlow, JAX or PyTorch are needed"
    if environment.has_legacy:
        keras = "" if environment.has_tf_keras else ", as it was written for"
        yield f"  runs the Keras 2 original{keras}"
