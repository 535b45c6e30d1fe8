"""Child process of one side: runs a plan of cases and writes what came out.

Usage: `worker.py SIDE PLAN.json OUT.pickle`. A side is `keras2`, or a backend of Keras 3. Under
`keras2` every spelling of Keras is tf_keras. Stand-alone: imports nothing of the engine.
"""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import json
import linecache
import os
import pickle
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from inputs import AS_NUMPY, INPUTS
from modes import MODES, plain
from training import Case, train

Outcomes = dict[str, tuple[str, Any]]
TOGETHER = {"compiled", "gradient"}
"""Modes that all cases are run in at once, in one training step."""


def prepare(side: str) -> None:
    """What must hold before Keras is imported for the first time."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    if side == "keras2":
        os.environ["TF_USE_LEGACY_KERAS"] = "1"
        sys.modules["keras"] = importlib.import_module("tf_keras")
    else:
        os.environ.pop("TF_USE_LEGACY_KERAS", None)
        os.environ["KERAS_BACKEND"] = side


def run(side: str, task: dict[str, Any]) -> Outcomes:
    """Outcome of each mode that a task is run in alone: `("ok", value)` or `("error", text)`."""
    outcome: Outcomes = {}
    for mode in task["modes"]:
        if mode in TOGETHER:
            continue
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                outcome[mode] = ("ok", _value(side, task, mode))
        except Exception as error:
            outcome[mode] = ("error", f"{type(error).__name__}: {error}"[:600])
    return outcome


def run_together(side: str, tasks: list[dict[str, Any]]) -> dict[str, Outcomes]:
    """Outcome of the modes that need a training step, by the task's id."""
    cases = []
    for task in tasks:
        if TOGETHER & set(task["modes"]):
            function, arguments = _function(task)
            learns, predicts = "gradient" in task["modes"], "compiled" in task["modes"]
            cases.append(Case(task["id"], function, arguments, learns, predicts))
    with contextlib.redirect_stdout(io.StringIO()):
        return train(side, cases)


def _value(side: str, task: dict[str, Any], mode: str) -> Any:
    if mode == "variable":
        with _tidied():
            return plain(_namespace(task)[task["variable"]])
    return plain(MODES[mode](side, *_function(task)))


@contextlib.contextmanager
def _tidied() -> Iterator[None]:
    """Takes away the files that a source leaves, so that none finds those of another."""
    there = set(Path.cwd().iterdir())
    try:
        yield
    finally:
        for path in set(Path.cwd().iterdir()) - there:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _namespace(task: dict[str, Any]) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "case"}
    source, name = task["source"], f"<{task['id']}>"
    # AutoGraph, which Keras 2 runs over `call` and losses, reads the source.
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    exec(compile(source, name, "exec"), namespace)
    return namespace


def _function(task: dict[str, Any]) -> tuple[Callable[..., Any], dict[str, np.ndarray]]:
    """The function of a task, and the arguments that become tensors."""
    function = _namespace(task)[task["function"]]
    given = {n: INPUTS[n] for n in task["inputs"] if n not in AS_NUMPY}
    fixed = {n: INPUTS[n] for n in task["inputs"] if n in AS_NUMPY}
    return (lambda **arguments: function(**arguments, **fixed)), given


def signature(path: str) -> list[str] | None:
    """Parameter names of a function; None where it does not exist or does not say."""
    root, *rest = path.split(".")
    value: Any = importlib.import_module("tensorflow" if root == "tf" else root)
    for name in rest:
        value = getattr(value, name, None)
    try:
        return list(inspect.signature(value).parameters)
    except (TypeError, ValueError):
        return None


def main() -> None:
    side, plan_path, out_path = sys.argv[1:]
    sys.path.append(str(Path.cwd()))  # files that a fix puts beside the code
    prepare(side)
    np.random.seed(0)
    plan = json.loads(Path(plan_path).read_text(encoding="utf-8"))
    done: dict[str, Outcomes] = {}
    results = {}
    for task in plan["tasks"]:
        key = json.dumps({name: value for name, value in task.items() if name != "id"})
        if key not in done:
            done[key] = run(side, task)
        results[task["id"]] = dict(done[key])
    for id, outcome in run_together(side, plan["tasks"]).items():
        results[id] |= outcome
    signatures = {path: signature(path) for path in plan["signatures"]}
    Path(out_path).write_bytes(pickle.dumps((results, signatures)))


if __name__ == "__main__":
    main()
