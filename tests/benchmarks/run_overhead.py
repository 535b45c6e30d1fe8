"""What a test on a backend costs beside the bare script, and three backends beside the slowest.

    python tests/benchmarks/run_overhead.py [BACKEND …]

Trains one network for the same steps: by `python script.py`, and as a run until its training has
been judged (imports, builds, trains) and until its whole verdict. Prints, for each backend, seconds
and ratios (the best of three, in turn), what the harness itself takes before the backend's import,
and for several backends the whole matrix against the slowest of them alone.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kerashift.engine.run.plan import BACKENDS, RunPlan
from kerashift.engine.run.suite import run_suite

ROUNDS = 3
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
    """Notes when the events of a run come."""

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


def bare(folder: Path, backend: str) -> float:
    environment = {**os.environ, "KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment |= {"CUDA_VISIBLE_DEVICES": "-1"}
    started = time.perf_counter()
    subprocess.run(
        [sys.executable, "script.py"], cwd=folder, env=environment, capture_output=True, check=True
    )
    return time.perf_counter() - started


def run(folder: Path, backends: tuple[str, ...]) -> Clock:
    plan = RunPlan("script.py", sys.executable, device="cpu", steps=STEPS, data="real")
    clock = Clock()
    result = run_suite(folder, {}, plan, backends, False, clock)
    clock.seconds["verdict"] = time.perf_counter() - clock.started
    assert result.passed, result.to_json()
    return clock


def best(seconds: list[float]) -> float:
    return min(seconds)


def main() -> None:
    backends = tuple(sys.argv[1:]) or BACKENDS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "script.py").write_text(SCRIPT, encoding="utf-8")
        alone = {backend: compare(folder, backend) for backend in backends}
        if len(backends) > 1:
            whole = run(folder, backends).seconds["verdict"]
            ratio = whole / max(alone.values())
            print(f"{len(backends)} backends {whole:.1f} s: {ratio:.2f} of the slowest alone")


def compare(folder: Path, backend: str) -> float:
    """Print the ratios of one backend; gives the seconds of its whole run."""
    scripts, clocks = [], []
    for _ in range(ROUNDS):
        scripts.append(bare(folder, backend))
        clocks.append(run(folder, (backend,)))
    script = best(scripts)
    trained, verdict = (best([c.seconds[n] for c in clocks]) for n in ("trains", "verdict"))
    start = best([clock.seconds["ready"] for clock in clocks])
    print(
        f"{backend}: script {script:.2f} s, training judged {trained:.2f} s "
        f"({trained / script:.2f}), verdict {verdict:.2f} s ({verdict / script:.2f}, goal {GOAL}), "
        f"harness ready after {start:.2f} s (goal {START_GOAL})",
        flush=True,
    )
    return verdict


if __name__ == "__main__":
    main()
