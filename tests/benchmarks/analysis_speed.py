"""How long the whole analysis of a folder takes, against `ast.parse` of the same files.

    python tests/benchmarks/analysis_speed.py FOLDER [FOLDER …]

Prints, for each folder, lines, seconds of both (the best of five, in turn) and their ratio.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from kerashift.engine.project import discover
from kerashift.engine.rules.registry import all_rules
from kerashift.engine.scan import analyse_units, mentions_keras, parse, read_unit
from kerashift.engine.source import SourceError
from kerashift.engine.unit import Unit

ROUNDS = 5


def units_of(folder: Path) -> dict[str, Unit]:
    """The Keras files of a folder that parse."""
    found = discover(folder)
    units: dict[str, Unit] = {}
    for path in found.files:
        try:
            unit = read_unit(path, (found.root / path).read_bytes())
            parse(unit)
        except (SourceError, SyntaxError):
            continue
        if mentions_keras(unit):
            units[path] = unit
    return units


def seconds(action: object, *args: object) -> float:
    began = time.perf_counter()
    action(*args)  # type: ignore[operator]
    return time.perf_counter() - began


def parse_all(units: dict[str, Unit]) -> None:
    for unit in units.values():
        parse(unit)


def main(folders: list[str]) -> None:
    """Measure both in turn, so that a drift of the machine meets both."""
    all_rules()
    print(f"{'folder':40} {'files':>6} {'lines':>8} {'parse s':>8} {'all s':>8} {'ratio':>6}")
    for folder in folders:
        units = units_of(Path(folder))
        pairs = [
            (seconds(parse_all, units), seconds(analyse_units, units)) for _ in range(ROUNDS)
        ]
        parsed, analysed = (min(column) for column in zip(*pairs, strict=True))
        lines = sum(len(unit.line_starts) for unit in units.values())
        name = folder[-40:]
        print(
            f"{name:40} {len(units):6} {lines:8} {parsed:8.3f} {analysed:8.3f} "
            f"{analysed / parsed:6.2f}"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
