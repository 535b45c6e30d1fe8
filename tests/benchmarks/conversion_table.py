"""What becomes of Keras 2 packages of the package index: a table of what is fixed and what is left.

    python tests/benchmarks/conversion_table.py [-o resources/docs/conversion.md] [PACKAGE …]

Fetches the sources of the packages (kept between runs, nothing of them is imported), fixes each as
`kerashift fix --safety review` would, and scans the result anew. Prints Markdown.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from kerashift.engine.fixing import FixResult, fix_project  # noqa: E402
from kerashift.engine.model import Context, Issue, Safety, Target  # noqa: E402
from kerashift.engine.scan import Scan, mentions_keras, scan_project  # noqa: E402
from kerashift.engine.tables import api  # noqa: E402
from kerashift.engine.unit import Unit  # noqa: E402
from tests.corpus.conftest import fetch_source  # noqa: E402

PACKAGES = (
    *("keras-tcn==3.5.0", "keras-self-attention==0.51.0", "efficientnet==1.1.1"),
    *("segmentation_models==1.0.1", "vit-keras==0.1.2", "image-classifiers==1.0.0"),
    *("attention==5.0.0", "bert4keras==0.11.5", "coral-ordinal==0.1.8", "deel-lip==1.5.0"),
    *("deepctr==0.9.3", "innvestigate==2.1.2", "kapre==0.4.1", "keras-bert==0.89.0"),
    *("keras-cv==0.5.1", "keras-facenet==0.3.2", "keras-multi-head==0.29.0", "keras-nlp==0.4.1"),
    *("keras-radam==0.15.0", "keras-resnet==0.2.0", "keras-retinanet==1.0.0", "keras-rl2==1.0.5"),
    *("keras-transformer==0.40.0", "keras-tuner==1.3.5", "keras-unet==0.1.2"),
    *("keras-unet-collection==0.1.13", "keras-vggface==0.6", "larq==0.14.0", "mrcnn==0.2"),
    *("spektral==1.3.1", "tensorflow-ranking==0.5.5", "tf-explain==0.3.1", "tf2crf==0.1.33"),
)
MOST = 40
"""Kinds of what remains that are listed."""


@dataclass(frozen=True)
class Outcome:
    """One package: its scan, and what fixing it up to review did."""

    package: str
    scan: Scan
    fixed: FixResult

    def count(self, safety: Safety) -> int:
        return sum(issue.safety is safety for issue in self.scan.issues)

    @property
    def keras_files(self) -> list[str]:
        return [path for path, unit in self.scan.units.items() if _is_keras(unit)]

    @property
    def clean_files(self) -> list[str]:
        """Keras files in which nothing of TensorFlow alone is left, where the model runs."""
        left = {issue.path for issue in self.fixed.remaining if _is_model_code(issue)}
        return [path for path in self.keras_files if path not in left]


def _is_keras(unit: Unit) -> bool:
    return unit.path.endswith((".py", ".ipynb")) and "keras" in unit.text and mentions_keras(unit)


def _is_model_code(issue: Issue) -> bool:
    """Whether it keeps model code from running on the other backends."""
    return issue.context in (Context.MODEL, Context.BOTH) or issue.target is Target.KERAS3


def outcome(package: str) -> Outcome:
    scan = scan_project(fetch_source(package))
    return Outcome(package, scan, fix_project(scan, Safety.REVIEW))


def table(outcomes: Iterable[Outcome]) -> Iterator[str]:
    yield ("| package | lines | issues | safe | review | by hand | left | files | clean files |")
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    rows = []
    for found in outcomes:
        safe, review, manual = (found.count(safety) for safety in Safety)
        numbers = (found.scan.lines, len(found.scan.issues), safe, review, manual)
        rows.append(
            (*numbers, len(found.fixed.remaining), len(found.keras_files), len(found.clean_files))
        )
        yield _line(found.package, rows[-1])
    yield _line("**all**", tuple(sum(column) for column in zip(*rows, strict=True)))


def _line(name: str, numbers: tuple[int, ...]) -> str:
    *others, files, clean = numbers
    share = f"{clean} ({100 * clean // max(files, 1)} %)"
    return f"| {name} | " + " | ".join(f"{n:,}" for n in (*others, files)) + f" | {share} |"


def ranking(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """What remains, by rule and row or message, most frequent first."""
    counts: Counter[tuple[str, str]] = Counter()
    packages: dict[tuple[str, str], set[str]] = {}
    for found in outcomes:
        for issue in found.fixed.remaining:
            key = (issue.code, issue.row or _general(issue.message))
            counts[key] += 1
            packages.setdefault(key, set()).add(found.package)
    yield "| left | packages | rule | what |"
    yield "|---:|---:|---|---|"
    for key, number in counts.most_common(MOST):
        code, what = key
        yield f"| {number} | {len(packages[key])} | {code} | {what.replace('|', chr(92) + '|')} |"
    rest = counts.total() - sum(n for _, n in counts.most_common(MOST))
    yield f"| {rest} | | | others |"


def _general(message: str) -> str:
    """A message without the names of one place."""
    parts = message.split("`")
    return "".join(part if n % 2 == 0 else "`…`" for n, part in enumerate(parts))[:110]


def report(outcomes: list[Outcome]) -> str:
    versions = api.load("keras3_names.toml")["versions"]
    assert isinstance(versions, dict)
    total = sum(len(found.scan.issues) for found in outcomes)
    left = sum(len(found.fixed.remaining) for found in outcomes)
    lines = [
        "# What becomes of real packages",
        "",
        "Made by `python tests/benchmarks/conversion_table.py -o resources/docs/conversion.md`, "
        f"with the tables for Keras {versions['keras']}.",
        "",
        "Each package is fixed by `kerashift fix --safety review`, nothing is edited by hand, and "
        "the result is scanned anew. *Issues* are those of the first scan, by safety; *left* are "
        "those of the last scan. *Files* mention Keras; *clean files* have no issue left in code "
        "that runs in a model, and none that fails on TensorFlow too.",
        "",
        f"Of {total:,} issues in {len(outcomes)} packages, {left:,} are left.",
        "",
        *table(outcomes),
        "",
        "## What is left",
        "",
        "By the row of a table or by the message, most frequent first.",
        "",
        *ranking(outcomes),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", nargs="*", default=PACKAGES)
    parser.add_argument("-o", "--output", type=Path, help="write here instead of printing")
    options = parser.parse_args()
    outcomes = []
    for package in options.packages:
        print(package, file=sys.stderr, flush=True)
        outcomes.append(outcome(package))
    text = report(outcomes)
    if options.output is None:
        print(text, end="")
    else:
        options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
