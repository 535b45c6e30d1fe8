"""`kerashift convert`: a model that Keras 2 has saved becomes a `.keras` file of Keras 3."""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from kerashift.app.cli.common import CommandError, add_format
from kerashift.engine.convert.convert import convert_models
from kerashift.engine.convert.discover import SavedModel, saved_model
from kerashift.engine.convert.plan import ConversionPlan, ConversionResult
from kerashift.engine.report.conversion import conversion_text
from kerashift.engine.report.json import dumps


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model", metavar="MODEL", type=Path,
        help="file (.h5, .hdf5, .keras), SavedModel folder, or a checkpoint's prefix",
    )  # fmt: skip
    parser.add_argument(
        "-o", dest="output", metavar="OUT.keras", type=Path, required=True, help="what to write"
    )
    parser.add_argument(
        "--code", metavar="FILE::callable", default="",
        help="the Keras 2 code that builds the model, where the file lacks it; it is run, as"
        " written under Keras 2 and with its fixes under Keras 3",
    )  # fmt: skip
    add_format(parser, "text", "json")


def run(options: argparse.Namespace) -> int:
    """Exit status: 0 converted and equal, 1 it differs or cannot be converted, 2 a wrong call."""
    saved = _saved(options.model)
    output = options.output.absolute()
    if output.suffix != ".keras":
        raise CommandError(f"{options.output} must end in .keras")
    if not output.parent.is_dir():
        raise CommandError(f"no such folder: {output.parent}")
    if output == saved.path:
        raise CommandError("the original stays as it is: write to another file")
    root, code = _code(options.code)
    console = _Console(live=options.format == "text")
    (result,) = convert_models([ConversionPlan(saved, output, code, root)], console)
    sys.stdout.write(_report(result, options.format))
    return 0 if result.converted else 1


def _saved(path: Path) -> SavedModel:
    saved = saved_model(path.absolute())
    if saved is None:
        there = "is no saved model" if path.exists() else "does not exist"
        raise CommandError(
            f"{path} {there}: give an HDF5 or .keras file, a SavedModel folder, or the prefix of a"
            " checkpoint"
        )
    return saved


def _code(text: str) -> tuple[Path, str]:
    """The project that holds the code, and the entry within it."""
    if not text:
        return Path(), ""
    file, colons, name = text.partition("::")
    path = Path(file).absolute()
    if not colons or not name:
        raise CommandError(f"{text!r} is not FILE::callable")
    if not path.is_file():
        raise CommandError(f"no such file: {file}")
    root = path.parent
    while (root / "__init__.py").exists():
        root = root.parent
    return root, f"{path.relative_to(root).as_posix()}::{name}"


def _report(result: ConversionResult, form: str) -> str:
    if form == "json":
        values: Mapping[str, object] = {"version": 1, **result.to_json()}
        return dumps(values)
    return conversion_text(result)


class _Console:
    """Shows how far it is, on standard error: standard output is for the report."""

    def __init__(self, *, live: bool) -> None:
        self._live = live
        self._lock = threading.Lock()

    def on_log(self, side: str, text: str) -> None:
        """What the libraries print is of use only to those who look into a failure."""

    def on_progress(self, done: int, total: int, text: str) -> None:
        if self._live:
            with self._lock:
                sys.stderr.write(f"{done + 1} of {total}: {text}\n")
                sys.stderr.flush()

    def cancelled(self) -> bool:
        return False
