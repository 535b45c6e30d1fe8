"""`kerashift run`: run a fixed copy of the project on the backends, and say what it proved."""

from __future__ import annotations

import argparse
import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from kerashift.app.cli.common import (
    CommandError,
    add_format,
    add_keras,
    add_output,
    add_path,
    existing,
    write_report,
)
from kerashift.app.cli.console import Console
from kerashift.app.cli.table import results_text
from kerashift.engine.fixing import fix_project
from kerashift.engine.model import Safety
from kerashift.engine.report.json import dumps
from kerashift.engine.run.history import run_and_keep
from kerashift.engine.run.plan import (
    BACKENDS,
    DEFAULT_EPOCHS,
    DEFAULT_STEPS,
    DEFAULT_TIMEOUT,
    RunPlan,
)
from kerashift.engine.run.suite import BASELINE
from kerashift.engine.scan import scan_project


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_path(parser)
    parser.add_argument(
        "--entry", required=True, metavar="ENTRY", help="script, notebook, or file.py::callable"
    )
    parser.add_argument("--backend", required=True, choices=(*BACKENDS, "all"))
    parser.add_argument(
        "--python", default="", metavar="EXE", help="interpreter; default: the first that fits"
    )
    parser.add_argument("--device", default="auto", type=_device, help="auto, cpu, gpu or gpu:N")
    _add_budget(parser)
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--as-is", action="store_true", help="run the files as they are, unfixed")
    group.add_argument(
        "--fix", choices=("safe", "review"), default="safe", help="fixes for the copy (safe)"
    )
    add_keras(parser)
    parser.add_argument(
        "--baseline", action="store_true", help="compare with the original under Keras 2"
    )
    parser.add_argument("--data", choices=("auto", "real", "synthetic"), default="auto")
    add_format(parser, "text", "json")
    add_output(parser)


def _add_budget(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--steps", type=_positive, default=DEFAULT_STEPS, metavar="N", help="steps of training"
    )
    parser.add_argument(
        "--epochs", type=_positive, default=DEFAULT_EPOCHS, metavar="N", help="epochs of training"
    )
    parser.add_argument(
        "--timeout", type=_seconds, default=DEFAULT_TIMEOUT, metavar="S", help="seconds for a run"
    )


def _device(text: str) -> str:
    kind, colon, number = text.partition(":")
    if text in ("auto", "cpu", "gpu") or (kind == "gpu" and colon and number.isdecimal()):
        return text
    raise argparse.ArgumentTypeError(f"{text!r} is not auto, cpu, gpu or gpu:N")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return seconds


def run(options: argparse.Namespace) -> int:
    """Exit status: 0 all checks passed, 1 one failed, 2 something could not run, 3 not proven.

    Not proven is what has passed as far as it goes, but could not be compared with the original
    although `--baseline` asked for that.

    The first interrupt stops the children and still gives the report; then `KeyboardInterrupt`.
    """
    project = existing(options.path)
    root = project if project.is_dir() else project.parent
    plan = RunPlan(
        entry=options.entry,
        python=_interpreter(options.python) if options.python else "",
        device=options.device,
        steps=options.steps,
        epochs=options.epochs,
        timeout=options.timeout,
        data=options.data,
    )
    backends = BACKENDS if options.backend == "all" else (options.backend,)
    names = (*backends, BASELINE) if options.baseline else backends
    console = Console(live=options.format == "text", names=names)
    outputs = {} if options.as_is else _outputs(root, options)
    with _interrupts_to(console):
        result = run_and_keep(root, outputs, plan, backends, options.baseline, console)
    console.end_lines()
    if options.format == "json":
        write_report(dumps(result.to_json()), options.report)
    else:
        write_report(results_text(result), options.report)
    if result.cancelled:
        raise KeyboardInterrupt
    return result.exit_code


def _interpreter(name: str) -> str:
    """The interpreter's path, also for a name that is on the search path."""
    found = shutil.which(name)
    if found is None:
        raise CommandError(f"no such interpreter: {name}")
    return str(Path(found).absolute())


def _outputs(root: Path, options: argparse.Namespace) -> dict[str, bytes]:
    return fix_project(scan_project(root, keras=options.keras), Safety(options.fix)).outputs


@contextmanager
def _interrupts_to(console: Console) -> Iterator[None]:
    """Let the first interrupt cancel the suite, and a second one end the program."""

    def cancel(number: int, frame: FrameType | None) -> None:
        console.cancel()
        signal.signal(signal.SIGINT, previous)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGINT, cancel)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
