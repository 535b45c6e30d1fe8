"""Several backends in one go: side by side, each with its own fate, stopped as one."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from kerashift.engine.run.history import records, run_and_keep
from kerashift.engine.run.plan import BACKENDS, RunPlan, Verdict
from kerashift.engine.run.suite import SuiteResult, run_suite
from tests.engine.run.children import Heard, Roomy, quick_plan, write_project

MEETING = """
import os, pathlib, time

print("here is", os.environ["KERAS_BACKEND"], flush=True)
place = pathlib.Path({place!r})
(place / os.environ["KERAS_BACKEND"]).touch()
while len(list(place.iterdir())) < {count}:
    time.sleep(0.02)
"""
FATES = """
import os, signal, time

backend = os.environ["KERAS_BACKEND"]
if backend == "tensorflow":
    raise ValueError("no luck")
if backend == "jax":
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    time.sleep(600)
print("torch is through")
"""
KILLED_ONCE = """
import os, pathlib, signal, time

place = pathlib.Path({place!r})
backend = os.environ["KERAS_BACKEND"]
tries = len(list(place.glob(backend + "*")))
(place / (backend + str(tries))).touch()
if backend == "tensorflow" and tries == 0:
    while not ((place / "jax0").exists() and (place / "torch0").exists()):
        time.sleep(0.02)
    os.kill(os.getpid(), signal.SIGKILL)
while not (place / "tensorflow1").exists():
    time.sleep(0.02)
print(backend, "is through")
"""


def run(
    tmp_path: Path, text: str, *, machine: Roomy | None = None, **options: Any
) -> tuple[SuiteResult, Heard]:
    root = write_project(tmp_path / "project", {"train.py": text})
    heard = options.pop("heard", None) or Heard()
    plan = quick_plan(tmp_path, "train.py", **options)
    return run_suite(root, {}, plan, BACKENDS, False, heard, machine or Roomy()), heard


def order(heard: Heard) -> list[tuple[str, str]]:
    told = ("started", "ended", "again")
    return [(backend, e["event"]) for backend, e in heard.events if e["event"] in told]


def folder(path: Path) -> str:
    path.mkdir()
    return str(path)


def test_all_backends_run_at_the_same_time_where_there_is_room(tmp_path: Path) -> None:
    place = folder(tmp_path / "meeting")
    result, heard = run(tmp_path, MEETING.format(place=place, count=3), timeout=30)
    assert Verdict.TIMEOUT not in [one.verdict for one in result.runs]
    assert [one.backend for one in result.runs] == list(BACKENDS)
    assert {event for _, event in order(heard)[:3]} == {"started"}


@pytest.mark.parametrize("machine", [Roomy(cores=1), Roomy(memory=0)], ids=["core", "memory"])
def test_with_one_core_or_little_memory_they_run_one_after_the_other(
    tmp_path: Path, machine: Roomy
) -> None:
    place = folder(tmp_path / "meeting")
    _, heard = run(tmp_path, MEETING.format(place=place, count=1), machine=machine)
    expected = [(backend, event) for backend in BACKENDS for event in ("started", "ended")]
    assert order(heard) == expected


def test_one_that_fails_and_one_that_hangs_do_not_keep_the_third_from_its_end(
    tmp_path: Path,
) -> None:
    result, heard = run(tmp_path, FATES, timeout=6)
    verdicts = {one.backend: one.verdict for one in result.runs}
    assert verdicts["tensorflow"] is Verdict.FAILED
    assert verdicts["jax"] is Verdict.TIMEOUT
    assert "torch is through" in heard.log
    assert order(heard)[-1] == ("jax", "ended")
    assert [e["verdict"] for b, e in heard.events if (b, e["event"]) == ("jax", "ended")] == [
        "timeout"
    ]


def test_stop_ends_all_within_three_seconds(tmp_path: Path) -> None:
    stubborn = """
    import signal, time
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, signal.SIG_IGN)
    print("here we go", flush=True)
    time.sleep(600)
    """
    stopped: list[float] = []

    def cancel() -> bool:
        if heard.log.count("here we go") == 3 and not stopped:
            stopped.append(time.monotonic())
        return bool(stopped)

    heard = Heard(cancel)
    result, _ = run(tmp_path, stubborn, heard=heard)
    assert time.monotonic() - stopped[0] < 3
    assert result.cancelled
    assert [one.error.type for one in result.runs if one.error] == ["Stopped"] * 3
    assert not psutil.Process().children(recursive=True)
    assert [t.name for t in threading.enumerate() if t.name.startswith("kerashift")] == []


def test_one_that_is_killed_beside_others_runs_again_alone(tmp_path: Path) -> None:
    place = folder(tmp_path / "tries")
    result, heard = run(tmp_path, KILLED_ONCE.format(place=place), timeout=120)
    assert "tensorflow is through" in heard.log
    first = next(one for one in result.runs if one.backend == "tensorflow")
    assert any("a second time" in note for note in first.notes)


def test_a_matrix_is_kept_as_one_run_with_the_logs_one_after_the_other(tmp_path: Path) -> None:
    place = folder(tmp_path / "meeting")
    text = MEETING.format(place=place, count=1)
    root = write_project(tmp_path / "project", {"train.py": text})
    plan = quick_plan(tmp_path, "train.py", timeout=120)
    run_and_keep(root, {}, plan, BACKENDS, False, Heard())
    (record,) = records(root)
    assert record.backends == BACKENDS
    log = record.log()
    assert log.count("== ") == 3
    for backend in BACKENDS:
        part = log.partition(f"== {backend}\n")[2].partition("== ")[0]
        assert f"here is {backend}\n" in part
        assert not [b for b in BACKENDS if b != backend and f"here is {b}" in part]


MODEL = """
import keras


def build():
    inputs = keras.Input((6,))
    x = keras.layers.Dense(5, activation="tanh")(inputs)
    return keras.Model(inputs, keras.layers.Dense(2)(keras.layers.BatchNormalization()(x)))
"""


@pytest.mark.backends
def test_what_is_found_does_not_depend_on_how_many_run_at_once(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project", {"model.py": MODEL})
    plan = RunPlan("model.py::build", device="cpu", steps=5, timeout=200)
    found = []
    for cores in (1, 8):
        heard = Heard()
        result = run_suite(root, {}, plan, ("jax", "torch"), False, heard, Roomy(cores))
        assert result.passed, heard.log[-3000:]
        found.append([(one.backend, one.checks, one.losses, one.notes) for one in result.runs])
    assert found[0] == found[1]
