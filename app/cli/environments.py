"""`kerashift environments`: interpreters, and what of Keras and its backends is in each."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kerashift.app.cli.common import add_format, existing, write_report
from kerashift.engine.report.json import dumps
from kerashift.engine.run.environments import BACKENDS, Environment, find_environments


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "path", metavar="PATH", nargs="?", type=Path, help="look for a project's own too"
    )
    parser.add_argument(
        "--no-devices",
        action="store_true",
        help="do not ask the backends for devices, which takes some seconds each",
    )
    add_format(parser, "text", "json")


def run(options: argparse.Namespace) -> int:
    """Exit status 0, also where no interpreter can run anything."""
    root = existing(options.path) if options.path is not None else None
    environments = find_environments(root, devices=not options.no_devices)
    if options.format == "json":
        values = {"version": 1, "environments": [_values(e) for e in environments]}
        write_report(dumps(values), None)
    else:
        write_report("\n".join(map(_text, environments)), None)
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
    if not backends:
        yield "  runs no backend: Keras 3 and TensorFlow, JAX or PyTorch are needed"
    if environment.has_legacy:
        yield "  runs the Keras 2 original"
