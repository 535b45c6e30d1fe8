"""How many uses of TensorFlow's operations in real Keras code have a fix.

    .venv/bin/python tests/benchmarks/op_coverage.py

`op_usage.csv` has the number of calls of each function in the files of public projects that use
Keras, tests left out: the 150 most used ones. A name whose third column says what it is instead
(input pipelines, files, devices …) has no counterpart in a model and does not count. The fix is
asked of the engine, for a call in a layer.
"""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

from kerashift.engine.tables import api  # noqa: E402
from kerashift.engine.tables.oprows import find  # noqa: E402
from tests.rewriting import rewritten  # noqa: E402

USAGE = Path(__file__).with_name("op_usage.csv")
_LAYER = """import tensorflow as tf
from tensorflow import keras


class L(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        {init}

{decorator}    def call(self, x):
        {body}
"""
_OTHER = {
    "tf.Variable": {"init": "self.w = tf.Variable(1.0)"},
    "tf.constant_initializer": {
        "init": "self.w = self.add_weight(initializer=tf.constant_initializer(1.0))"
    },
    "tf.function": {"decorator": "    @tf.function\n"},
    "tf.control_dependencies": {"body": "with tf.control_dependencies([x]):\n            pass"},
    "tf.random.uniform": {"body": "return x + tf.random.uniform([3])"},
    "tf.random.normal": {"body": "return x + tf.random.normal([3])"},
}
"""Where names stand that rules of their own rewrite."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Calls that count, those that get a fix, and the names without one with their calls."""

    calls: int
    fixed: int
    left: dict[str, int]

    @property
    def share(self) -> float:
        return self.fixed / self.calls


def coverage() -> Coverage:
    """Of the calls in `op_usage.csv`."""
    with USAGE.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if not row["no op but"]]
    used = {row["name"]: int(row["calls"]) for row in rows}
    left = {name: calls for name, calls in used.items() if calls and not has_fix(name)}
    total = sum(used.values())
    return Coverage(total, total - sum(left.values()), left)


def has_fix(name: str) -> bool:
    """Whether the engine offers a fix for a usual call of a function in a layer."""
    issues = rewritten(_source(name)).issues
    return any(issue.fixable and f"`{name}" in issue.message.replace("@", "") for issue in issues)


def what_to_do(name: str) -> str:
    """What the engine says of a usual call that it does not rewrite."""
    found = rewritten(_source(name)).issues
    return next((i.message for i in found if i.code in ("KS201", "KS205") and not i.fixable), "")


def _source(name: str) -> str:
    parts = {"init": "pass", "decorator": "", "body": "return x"} | _OTHER.get(name, {})
    if name not in _OTHER:
        parts["body"] = f"return {_case(name)}"
    return _LAYER.format(**parts)


def _case(name: str) -> str:
    """The first case of the function's row, as an expression."""
    row = find("ops.toml", name)
    for names, raw in api.load("op_cases.toml").items():
        assert isinstance(raw, dict)
        if row is not None and row.name in names.split():
            return str(raw["cases"][0]).replace("f(", f"{name}(", 1)
    return f"{name}(x)"


def main() -> None:
    found = coverage()
    for name, calls in sorted(found.left.items(), key=lambda item: -item[1]):
        print(f"{calls:6} {name}")
    print(f"{found.fixed} of {found.calls} calls have a fix: {found.share:.2%}")


if __name__ == "__main__":
    main()
