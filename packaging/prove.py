"""Prove every row of the op tables by running it, and record what came out.

    .venv/bin/python packaging/prove.py              every row (half an hour)
    .venv/bin/python packaging/prove.py --changed    rows that are not as they were proven
    .venv/bin/python packaging/prove.py tf.abs …     these rows

Before under Keras 2, after under Keras 3 on TensorFlow, JAX and PyTorch: all cases in all spellings
eagerly; for safe rows also the values within a compiled step, what symbolic tensors announce, and
the gradient in a compiled training step. The record is engine/tables/proof.toml; a row that fails
is printed, and leaves the record.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from kerashift.engine.tables.proof import Record, RowProof, record  # noqa: E402
from tests.backends.checks import MODES, Sides, checks, tasks, tolerance  # noqa: E402
from tests.backends.opcases import ROWS, spellings  # noqa: E402
from tests.backends.share import result_print, source_print  # noqa: E402
from tests.backends.sides import BACKENDS, KERAS2, run_side  # noqa: E402

PACKAGES = ("tensorflow", "tf-keras", "keras", "jax", "torch")
OUTPUT = ROOT / "engine" / "tables" / "proof.toml"
HEAD = "# Made by packaging/prove.py: what running every row of the op tables showed.\n"
PATIENCE = 3600


def run(names: list[str]) -> Sides:
    """All sides, one after the other."""
    outcomes = {}
    with tempfile.TemporaryDirectory() as folder:
        for side in (KERAS2, *BACKENDS):
            plan = tasks(side, names, thorough=True)
            print(f"{side}: {len(plan)} spellings", flush=True)
            outcomes[side] = run_side(side, plan, Path(folder), patience=PATIENCE)
    return outcomes.__getitem__


def prove(name: str, sides: Sides) -> RowProof | list[str]:
    """The proof of a row, or what failed."""
    failures: list[str] = []
    modes: list[str] = []
    apart = dict.fromkeys(BACKENDS, 0.0)
    for mode in MODES:
        count = 0
        for backend in BACKENDS:
            for check in checks(name, mode, backend, sides):
                count += 1
                apart[backend] = max(apart[backend], check.apart)
                failures += [f"{backend}, {mode}: {check.failure}"] if check.failure else []
        modes += [mode] if count else []
    if failures:
        return failures
    executed = sum(spelling.is_fixed for spelling in spellings(name))
    return RowProof(
        source_print(name), result_print(name), executed, tuple(modes), tolerance(name), apart
    )


def written(found: Record) -> str:
    """The record as TOML."""
    versions = ", ".join(f'{name} = "{version}"' for name, version in found.versions.items())
    lines = [HEAD, "[proof]", f'date = "{found.date}"', f"versions = {{ {versions} }}", "", "[row]"]
    for name in sorted(found.rows):
        row = found.rows[name]
        apart = ", ".join(f"{backend} = {value:.1e}" for backend, value in row.apart.items())
        lines.append(
            f'"{name}" = {{ source = "{row.source}", result = "{row.result}", '
            f'spellings = {row.spellings}, modes = "{" ".join(row.modes)}", '
            f"tolerance = {row.tolerance:g}, apart = {{ {apart} }} }}"
        )
    return "\n".join(lines) + "\n"


def changed(names: Iterable[str]) -> list[str]:
    """The rows that are not as they were proven."""
    return [name for name in names if not _is_proven(name)]


def _is_proven(name: str) -> bool:
    found = record().rows.get(name)
    if found is None or found.source != source_print(name):
        return False
    return found.result == result_print(name)


def main() -> int:
    parser = argparse.ArgumentParser(description="Prove the rows of the op tables.")
    parser.add_argument("rows", nargs="*", help="rows; all if none is named")
    parser.add_argument("--changed", action="store_true", help="those that differ from their proof")
    options = parser.parse_args()
    names = options.rows or (changed(ROWS) if options.changed else ROWS)
    versions = {name: importlib.metadata.version(name).partition("+")[0] for name in PACKAGES}
    kept = record() if OUTPUT.exists() else Record("", versions, {})
    if kept.rows and len(names) < len(ROWS) and dict(kept.versions) != versions:
        print("The record is of other versions: prove all rows.", file=sys.stderr)
        return 2
    sides = run(names)
    rows = {name: row for name, row in kept.rows.items() if name in ROWS and name not in names}
    failed = 0
    for name in names:
        found = prove(name, sides)
        if isinstance(found, RowProof):
            rows[name] = found
        else:
            failed += 1
            print(f"\n== {name}\n" + "\n".join(found), flush=True)
    today = datetime.date.today().isoformat()
    OUTPUT.write_text(written(Record(today, versions, rows)), encoding="utf-8")
    print(f"{len(names) - failed} rows proven, {failed} failed; {OUTPUT.name} has {len(rows)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
