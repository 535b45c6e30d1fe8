"""Every class and function of Keras 2 with every argument once: what changes is reported.

What a call makes and what comes out of using it is the same before and after the fix, on each
backend, or an issue says that it is not. A run takes a share that changes from day to day.
"""

from __future__ import annotations

import zlib
from fnmatch import fnmatch
from typing import Any

import pytest

from kerashift.engine.model import Safety
from tests.backends.compare import difference
from tests.backends.conftest import once
from tests.backends.objects import Made, everything
from tests.backends.share import share_of_the_day
from tests.backends.sides import BACKENDS, KERAS2, Outcome, Task, run_side
from tests.engine.probe.libraries import Libraries, surface
from tests.rewriting import Rewritten, rewritten

pytestmark = pytest.mark.backends

SHARES = 24
RELATIVE, ABSOLUTE = 2e-4, 2e-5
DRIVE = "\nfrom behaviour import behave\nresult = behave(make)\n"
SPELLING = {"KS101", "KS102"}
"""Rules about how Keras is imported and where names went: they tell of no change."""
SAME = {
    ("reduction", "'auto'", "'sum_over_batch_size'"),
    ("ema_overwrite_frequency", "100", "None"),  # without `use_ema` nothing is read
    ("value", "0", "0.0"),
    ("factor", "0.5", "(-0.5, 0.5)"),
    ("factor", "0.5", "(0, 0.5)"),
    ("dtype", "'float32'", "'int64'"),  # IoU metrics count in whole numbers
}
"""Values of configurations that mean the same."""
EXCUSES: dict[str, str] = {
    "keras.layers.InputLayer*": "An input without a shape has no use in Keras 2 either.",
    "keras.layers.Layer": "The base class cannot be called.",
    "keras.layers.Layer(*)": "The base class cannot be called.",
    "keras.layers.Wrapper*": "The base class cannot be called.",
    "keras.layers.Normalization*": "Statistics come from `adapt`, not from weights that are set.",
    "keras.layers.*(stateful=)": "The call that builds the layer leaves another state.",
    "keras.layers.experimental.SyncBatchNormalization*": "JAX and PyTorch lack it, as they say.",
    "keras.saving.custom_object_scope": "Without objects it does nothing.",
}
"""Changes that no issue needs to tell of, by subject, and why."""


class Comparison:
    """The calls of the share, before and after."""

    def __init__(self, folder: Any) -> None:
        calls = everything(Libraries(surface("tf_keras"), surface("keras")))
        number = share_of_the_day(SHARES)
        self.calls: dict[str, Made] = {
            made.subject: made
            for made in calls
            if number is None or zlib.crc32(made.subject.encode()) % SHARES == number
        }
        self.fixed: dict[str, Rewritten] = {s: rewritten(m.source) for s, m in self.calls.items()}
        for fixed in self.fixed.values():
            for name, text in fixed.creates.items():
                (folder / name).write_text(text, encoding="utf-8")
        self.is_whole = number is None

        def outcome(side: str) -> Outcome:
            return run_side(side, [self._task(s, side) for s in self.calls], folder)

        self._side = once(outcome)

    def _task(self, subject: str, side: str) -> Task:
        before = self.calls[subject].source
        source = before if side == KERAS2 else self.fixed[subject].text
        return Task(subject, source + DRIVE, ("variable",), variable="result")

    def changes(self, backend: str) -> dict[str, str]:
        """What no issue tells of, by subject."""
        found = {subject: self._change(subject, backend) for subject in self.calls}
        return {subject: text for subject, text in found.items() if text}

    def ran(self) -> int:
        """How many calls work under Keras 2."""
        return sum(self._result(subject, KERAS2)[0] == "ok" for subject in self.calls)

    def _result(self, subject: str, side: str) -> tuple[str, Any]:
        return self._side(side).results[subject]["variable"]

    def _change(self, subject: str, backend: str) -> str:
        (old, before), (new, after) = (self._result(subject, s) for s in (KERAS2, backend))
        if old != "ok":
            return ""
        told = {i.safety for i in self.fixed[subject].issues if i.code not in SPELLING}
        if Safety.MANUAL in told:
            return ""
        if new != "ok":
            return f"fails: {after}"
        if Safety.REVIEW in told:
            return ""
        configuration = _other_values(before.get("config", {}), after.get("config", {}))
        return configuration or _other_numbers(before.get("does"), after.get("does"))


def _other_values(old: dict[Any, Any], new: dict[Any, Any]) -> str:
    """What a configuration says otherwise, of the keys that both have."""
    for key in old.keys() & new.keys():
        before, after = old[key], new[key]
        if isinstance(before, tuple) and isinstance(after, tuple) and len(before) == len(after):
            before, after = dict(enumerate(before)), dict(enumerate(after))
        if isinstance(before, dict) and isinstance(after, dict) and before.keys() & after.keys():
            text = _other_values(before, after)
            if text:
                return f"{key}.{text}"
        elif repr(before) != repr(after) and (key, repr(before), repr(after)) not in SAME:
            return f"{key}: {before!r} became {after!r}"
    return ""


def _other_numbers(old: Any, new: Any) -> str:
    """What using it gives otherwise, of the inputs that both took."""
    if isinstance(old, dict) and isinstance(new, dict):
        old = {key: value for key, value in old.items() if key in new}
        new = {key: new[key] for key in old}
    return difference(old, new, RELATIVE, ABSOLUTE)


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    return Comparison(tmp_path_factory.mktemp("objects"))


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_call_does_what_it_did_or_an_issue_tells(backend: str, comparison: Comparison) -> None:
    changes = comparison.changes(backend)
    untold = {
        subject: text
        for subject, text in changes.items()
        if not any(fnmatch(subject, pattern) for pattern in EXCUSES)
    }
    assert untold == {}


def test_most_calls_work_under_keras_2(comparison: Comparison) -> None:
    assert comparison.ran() > 0.8 * len(comparison.calls)


def test_every_excuse_is_needed(comparison: Comparison) -> None:
    if not comparison.is_whole:
        pytest.skip("only a share of the calls was run")
    changed = {subject for backend in BACKENDS for subject in comparison.changes(backend)}
    for pattern in EXCUSES:
        assert any(fnmatch(subject, pattern) for subject in changed), pattern
