"""Files that Keras 2 has written become files of Keras 3 with the same predictions."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kerashift.engine.convert.convert import convert_models
from kerashift.engine.convert.discover import saved_model
from kerashift.engine.convert.plan import ConversionPlan, ConversionResult, Outcome

pytestmark = pytest.mark.backends

HERE = Path(__file__).parent
FILES = {
    "h5/lstm.h5": "",
    "h5/hard_sigmoid.h5": "",
    "h5/nested.h5": "",
    "keras/operations.keras": "",
    "keras/many_ends.keras": "",
    "savedmodel/attention": "",
    "h5/slashed.h5": "",
    "lambda.h5": "",
    "own_layer.h5": "",
    "own_layer.h5 by code": "keras2_edges.py::own_layer",
    "own_model by code": "keras2_edges.py::own_model",
    "checkpoint/hard_sigmoid/weights by code": "keras2_models.py::hard_sigmoid",
    "checkpoint/conv_lstm/weights by code": "keras2_models.py::conv_lstm",
    "ragged.h5": "",
    "compiled.h5": "",
    "weights_only.h5": "",
    "wider by code": "keras2_edges.py::plain",
}
"""Files of the folder, some with the code that builds the model."""
CONVERTED = [name for name in FILES if "/" in name or name.startswith(("compiled", "own_"))]
CONVERTED.remove("own_layer.h5")
CONVERTED.remove("checkpoint/conv_lstm/weights by code")


class Silent:
    """Hears nothing."""

    def on_log(self, side: str, text: str) -> None:
        sys.stderr.write(text)

    def on_progress(self, done: int, total: int, text: str) -> None:
        assert done < total
        assert text

    def cancelled(self) -> bool:
        return False


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files written by Keras 2."""
    folder = tmp_path_factory.mktemp("saved")
    environment = {**os.environ, "TF_USE_LEGACY_KERAS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    for form in ("h5", "keras", "savedmodel", "checkpoint"):
        names = [Path(name).parts[1].partition(".")[0] for name in FILES if name.startswith(form)]
        command = [sys.executable, str(HERE / "keras2_models.py"), str(folder), form, *names]
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=300)
    (folder / "edges").mkdir()
    command = [sys.executable, str(HERE / "keras2_edges.py"), str(folder / "edges")]
    subprocess.run(command, env=environment, check=True, capture_output=True, timeout=300)
    return folder


@pytest.fixture(scope="module")
def results(folder: Path) -> Iterator[dict[str, ConversionResult]]:
    """All of them, converted in one go."""
    before = {path: digest(path) for path in folder.rglob("*") if path.is_file()}
    plans = []
    for number, (name, code) in enumerate(FILES.items()):
        place = name.partition(" ")[0]
        saved = saved_model(folder / ("" if "/" in place else "edges") / place)
        assert saved is not None
        plans.append(ConversionPlan(saved, folder / f"out-{number}.keras", code, HERE))
    yield dict(zip(FILES, convert_models(plans, Silent()), strict=True))
    assert {path: digest(path) for path in before} == before, "an original was changed"


@pytest.mark.parametrize("name", CONVERTED)
def test_the_predictions_are_the_same_on_every_backend(
    name: str, results: dict[str, ConversionResult]
) -> None:
    result = results[name]
    assert result.outcome is Outcome.EQUAL, result
    assert sorted(result.proofs) == ["jax", "tensorflow", "torch"]
    assert result.plan.output.exists()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("lambda.h5", "Python code, which is not run"),
        ("own_layer.h5", "--code FILE::callable"),
        ("ragged.h5", "ragged"),
        ("weights_only.h5", "weights alone"),
        ("wider by code", "incompatible tensor"),
    ],
)
def test_what_cannot_be_converted_says_why_and_writes_nothing(
    name: str, words: str, results: dict[str, ConversionResult]
) -> None:
    result = results[name]
    assert result.outcome is Outcome.FAILED
    assert words in result.problem
    assert not result.plan.output.exists()


def test_code_that_means_another_model_is_found_out(results: dict[str, ConversionResult]) -> None:
    result = results["checkpoint/conv_lstm/weights by code"]
    assert result.outcome is Outcome.DIFFERENT
    assert any("hard sigmoid" in note for note in result.notes)
    assert not result.plan.output.exists()


def test_how_the_file_is_to_be_loaded_is_told(results: dict[str, ConversionResult]) -> None:
    assert any("1.2 times" in note for note in results["h5/hard_sigmoid.h5"].notes)
    by_weights = results["checkpoint/hard_sigmoid/weights by code"]
    assert any("load_weights" in note for note in by_weights.notes)
    # The migrated class takes what its file says of it.
    assert results["own_model by code"].notes == ()


def test_what_is_not_carried_is_said(results: dict[str, ConversionResult]) -> None:
    assert any("optimizer" in note for note in results["compiled.h5"].notes)


def test_a_difference_on_any_backend_counts(results: dict[str, ConversionResult]) -> None:
    known = [p.difference for p in results["h5/lstm.h5"].proofs.values()]
    assert results["h5/lstm.h5"].difference == max(d for d in known if d is not None)
