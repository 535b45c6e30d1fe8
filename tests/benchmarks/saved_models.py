"""Convert models of many kinds that Keras 2 has saved, in every format, and print what came of it.

    python tests/benchmarks/saved_models.py [-o TABLE.md] [NAME …]

The models are those of `tests/engine/convert/keras2_models.py`. Checkpoints hold weights alone: for
these the code that builds the model is given, which runs as it is under Keras 2 and fixed under
Keras 3.
"""
from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from kerashift.engine.convert.convert import convert_models
from kerashift.engine.convert.discover import find_saved_models
from kerashift.engine.convert.plan import ConversionPlan, ConversionResult, Outcome

WRITER = Path(__file__).resolve().parents[1] / "engine" / "convert" / "keras2_models.py"
FORMATS = {"h5": "HDF5", "keras": ".keras", "savedmodel": "SavedModel", "checkpoint": "checkpoint"}
BACKENDS = ("tensorflow", "jax", "torch")
GROUP = 30
"""Models that share their children: their memory adds up."""


class Silent:
    """Says only how far it is."""

    def on_log(self, side: str, text: str) -> None:
        """Not wanted here."""

    def on_progress(self, done: int, total: int, text: str) -> None:
        print(f"{done} of {total}: {text}", file=sys.stderr, flush=True)

    def cancelled(self) -> bool:
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("-o", dest="table", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kerashift-saved-") as scratch:
        folder = Path(scratch)
        environment = {**os.environ, "TF_USE_LEGACY_KERAS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
        command = [sys.executable, str(WRITER), str(folder / "saved"), ",".join(FORMATS)]
        subprocess.run([*command, *options.names], env=environment, check=True)
        results: list[ConversionResult] = []
        plans = _plans(folder)
        for start in range(0, len(plans), GROUP):
            results += convert_models(plans[start : start + GROUP], Silent())
        text = _table(folder, results)
    print(text)
    if options.table:
        options.table.write_text(text, encoding="utf-8")


def _plans(folder: Path) -> list[ConversionPlan]:
    plans = []
    for form in FORMATS:
        (folder / "out" / form).mkdir(parents=True)
        for saved in find_saved_models(folder / "saved" / form):
            name = _name(folder, saved.path)
            code = f"{WRITER.name}::{name}" if saved.needs_code else ""
            output = folder / "out" / form / f"{name}.keras"
            plans.append(ConversionPlan(saved, output, code, WRITER.parent))
    return plans


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder / "saved").parts[1].partition(".")[0]


def _table(folder: Path, results: list[ConversionResult]) -> str:
    found: dict[str, dict[str, ConversionResult]] = {}
    for result in results:
        path = result.plan.saved.path
        form = path.relative_to(folder / "saved").parts[0]
        found.setdefault(_name(folder, path), {})[form] = result
    converted = sum(result.converted for result in results)
    lines = [
        "# Saved models of Keras 2",
        "",
        "Written by `python tests/benchmarks/saved_models.py -o resources/docs/saved-models.md`.",
        "",
        f"**{converted} of {len(results)}** files of {len(found)} models, saved by `tf_keras`, were"
        " converted by `kerashift convert` to `.keras` files that give the same predictions on"
        f" every backend; {sum(r.outcome is Outcome.EQUAL for r in results)} within 1e-05 × max(1,"
        " largest output). A cell has the largest difference on TensorFlow, JAX and PyTorch. For"
        " checkpoints, which hold weights alone, the code that builds the model was given.",
        "",
        "| model | parameters | " + " | ".join(FORMATS.values()) + " |",
        "|" + "---|" * (len(FORMATS) + 2),
    ]
    problems = []
    for name, by_form in found.items():
        parameters = max(result.parameters for result in by_form.values())
        cells = [_cell(by_form.get(form)) for form in FORMATS]
        lines.append(f"| {name} | {parameters:,} | " + " | ".join(cells) + " |")
        problems += [
            f"- {name}, {FORMATS[form]}: "
            + "; ".join([result.problem or result.outcome.value, *result.notes])
            for form, result in by_form.items()
            if not result.converted
        ]
    if problems:
        lines += ["", "Not converted:", "", *problems]
    return "\n".join(lines) + "\n"


def _cell(result: ConversionResult | None) -> str:
    if result is None:
        return "Keras 2 cannot save it so"
    if not result.proofs:
        return "not converted"
    proofs = [result.proofs[backend] for backend in BACKENDS if backend in result.proofs]
    numbers = [proof.difference for proof in proofs]
    return ", ".join("–" if number is None else f"{number:.0e}" for number in numbers)


if __name__ == "__main__":
    main()
