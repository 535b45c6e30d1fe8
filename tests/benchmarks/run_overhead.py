"""What a test on a backend costs beside the bare script, and three backends beside the slowest.

    python tests/benchmarks/run_overhead.py [BACKEND …] [--rounds N] [-o FILE.md]

Trains one network for the same steps: by `python script.py`, and as a run until its training has
been judged (imports, builds, trains) and until its whole verdict. Gives, for each backend, seconds
and ratios, by the clock and by the processor's time, which others on the machine disturb less; what
the harness itself takes before and beside the import of the backend; and for several backends the
whole matrix against the slowest of them alone. Each number is the best of several, in turn.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kerashift.engine.run.machine import Machine
from kerashift.engine.run.plan import BACKENDS, LIBRARY_NAMES, RunPlan
from kerashift.engine.run.suite import run_suite

STEPS = 300
GOAL, START_GOAL = 1.15, 0.3
SCRIPT = f"""
import keras
import numpy as np

rng = np.random.RandomState(0)
x = rng.rand(32 * {STEPS}, 28, 28, 1).astype("float32")
y = rng.randint(0, 10, 32 * {STEPS})
model = keras.Sequential([
    keras.Input((28, 28, 1)),
    keras.layers.Conv2D(32, 3, activation="relu"),
    keras.layers.MaxPooling2D(),
    keras.layers.Conv2D(64, 3, activation="relu"),
    keras.layers.GlobalAveragePooling2D(),
    keras.layers.Dense(10, activation="softmax"),
])
model.compile("adam", "sparse_categorical_crossentropy")
model.fit(x, y, batch_size=32, epochs=1, verbose=0)
"""


class Clock:
    """Notes when the events of a run come, by its first appearance."""

    def __init__(self) -> None:
        self.started = time.perf_counter()
        self.seconds: dict[str, float] = {}

    def on_log(self, backend: str, text: str) -> None:
        """Not looked at."""

    def on_event(self, backend: str, event: Mapping[str, Any]) -> None:
        name = "ready" if event["event"] == "stage" else str(event.get("name"))
        if event["event"] in ("check", "stage"):
            self.seconds.setdefault(name, time.perf_counter() - self.started)

    def cancelled(self) -> bool:
        return False


@dataclass
class Times:
    """Seconds by the clock and of the processor, one for each round."""

    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def take(self, action: Callable[[], object]) -> None:
        began, used = time.perf_counter(), _used()
        action()
        self.clock.append(time.perf_counter() - began)
        self.processor.append(_used() - used)


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def bare(folder: Path, backend: str, *code: str) -> None:
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment |= {"CUDA_VISIBLE_DEVICES": "-1"}
    command = [sys.executable, *(code or ("script.py",))]
    subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)


def run(folder: Path, backends: tuple[str, ...]) -> Clock:
    plan = RunPlan("script.py", sys.executable, device="cpu", steps=STEPS, data="real")
    clock = Clock()
    result = run_suite(folder, {}, plan, backends, False, clock)
    assert result.passed, result.to_json()
    return clock


def compare(folder: Path, backend: str, rounds: int) -> tuple[str, float]:
    """The table's row of one backend, and the seconds of its whole run."""
    script, verdict, library = Times(), Times(), Times()
    clocks: list[Clock] = []
    for _ in range(rounds):
        script.take(lambda: bare(folder, backend))
        verdict.take(lambda: clocks.append(run(folder, (backend,))))
        library.take(lambda: bare(folder, backend, "-c", "import numpy"))
    trained, ready = (min(clock.seconds[n] for clock in clocks) for n in ("trains", "ready"))
    clock, used = min(verdict.clock), min(verdict.processor)
    # NumPy is a part of the backend's own import.
    start = max(0.0, ready - min(library.clock))
    cells = (
        LIBRARY_NAMES[backend],
        f"{min(script.clock):.1f} s",
        f"{trained:.1f} s ({trained / min(script.clock):.2f})",
        f"{clock:.1f} s ({clock / min(script.clock):.2f})",
        f"{used / min(script.processor):.2f}",
        f"{start:.2f} s",
    )
    return f"| {' | '.join(cells)} |", clock


def table(backends: tuple[str, ...], rounds: int) -> Iterator[str]:
    """The lines of the document, as they become known."""
    yield "# What a run costs\n\n"
    yield (
        f"Made by `python tests/benchmarks/run_overhead.py`: {STEPS} steps of a small convolutional"
        f" network, the best of {rounds} in turn, on {_machine()}.\n\n"
        "| backend | `python script.py` | training judged | verdict | by processor time | start |\n"
        "|---|---|---|---|---|---|\n"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "script.py").write_text(SCRIPT, encoding="utf-8")
        alone = []
        for backend in backends:
            row, seconds = compare(folder, backend, rounds)
            alone.append(seconds)
            yield f"{row}\n"
        yield (
            "\nIn brackets and by processor time: the ratio to the bare script, whose goal is"
            f" {GOAL} at most. The verdict takes more steps than the script does: it trains on one"
            " repeated batch, saves, loads and compares. *Start* is what the harness takes before"
            " the backend's import begins, beside a bare `python -c 'import numpy'`; the goal is"
            f" {START_GOAL} s.\n"
        )
        if len(backends) > 1:
            matrix = Times()
            for _ in range(rounds):
                matrix.take(lambda: run(folder, backends))
            whole = min(matrix.clock)
            yield (
                f"\nAll {len(backends)} in one go: {whole:.1f} s, {whole / max(alone):.2f} times"
                f" the slowest alone and {whole / sum(alone):.2f} of one after the other.\n"
            )


def _machine() -> str:
    cores = Machine().cores()
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return (
        f"{cores} cores ({platform.machine()}) without a GPU, Python {platform.python_version()},"
        f" with a load of {load} at the start"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("backends", nargs="*", default=BACKENDS, metavar="BACKEND")
    parser.add_argument("-o", "--output", type=Path, help="write the document here too")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="take the best of N")
    options = parser.parse_args()
    lines = []
    for line in table(tuple(options.backends), options.rounds):
        print(line, end="", flush=True)
        lines.append(line)
    if options.output:
        options.output.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
