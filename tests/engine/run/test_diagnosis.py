"""Error texts lead to the rule that explains them. The texts are those of Keras 3 itself."""
from __future__ import annotations

import json
import tomllib

import pytest

from kerashift.engine.run.diagnosis import PATTERNS, explain
from tests.engine.run.record_errors import SNIPPETS, TEXTS

RECORDED = json.loads(TEXTS.read_text(encoding="utf-8"))
SNIPPET = tomllib.loads(SNIPPETS.read_text(encoding="utf-8"))

EXPLAINED = [
    (
        "ValueError",
        "A KerasTensor cannot be used as input to a TensorFlow function. A KerasTensor is a "
        "symbolic placeholder for a shape and dtype, used when constructing Keras models",
        "KS201",
    ),
    ("AttributeError", "module 'keras.backend' has no attribute 'sum'", "KS203"),
    ("AttributeError", "module 'keras.backend' has no attribute 'set_value'", "KS406"),
    (
        "ImportError",
        "cannot import name 'ImageDataGenerator' from 'keras.preprocessing.image'",
        "KS104",
    ),
    ("ModuleNotFoundError", "No module named 'keras.engine'", "KS105"),
    ("ValueError", "Argument(s) not recognized: {'lr': 0.002}", "KS401"),
    ("TypeError", "Layer.add_weight() got multiple values for argument 'shape'", "KS302"),
    (
        "ValueError",
        "For a model with multiple outputs, when providing the `metrics` argument as a list, it "
        "should have as many entries as the model has outputs.",
        "KS403",
    ),
    (
        "ValueError",
        "The filename must end in `.weights.h5`. Received: filepath=digits.h5",
        "KS503",
    ),
    (
        "ValueError",
        "Invalid filepath extension for saving. Please add either a `.keras` extension for the "
        "native Keras format (recommended) or a `.h5` extension.",
        "KS501",
    ),
    (
        "ValueError",
        "File format not supported: filepath=dir. Keras 3 only supports V3 `.keras` files and "
        "legacy H5 format files (`.h5` extension). Note that the legacy SavedModel format is not "
        "supported by `load_model()` in Keras 3.",
        "KS502",
    ),
    ("AttributeError", "'Dense' object has no attribute 'output_shape'", "KS306"),
    ("TypeError", "fit() got an unexpected keyword argument 'workers'", "KS404"),
    (
        "ValueError",
        "Unrecognized keyword arguments passed to LSTM: {'batch_input_shape': (1, 1, 7)}",
        "KS404",
    ),
    (
        "ValueError",
        "Argument `name` must be a string and cannot contain character `/`. Received: name=a/b",
        "KS307",
    ),
    ("AttributeError", "'KerasTensor' object has no attribute 'get_shape'", "KS204"),
    ("AttributeError", "'RobustModel' object has no attribute 'compiled_loss'", "KS304"),
    # Of other versions than the recorded, and of packages that are not installed here.
    ("AttributeError", "'Sequential' object has no attribute '_get_save_spec'", "KS221"),
    (
        "ValueError",
        "Only instances of `keras.Layer` can be added to a Sequential model. Received: "
        "<tensorflow_hub.keras_layer.KerasLayer object at 0x7f> (of type <class "
        "'tensorflow_hub.keras_layer.KerasLayer'>)",
        "KS602",
    ),
    (
        "ValueError",
        "In the dict argument 'metrics', key 'b' does not correspond to any model output.",
        "KS403",
    ),
    (
        "InvalidArgumentError",
        "Detected unsupported operations when trying to compile graph __inference_one_step[] on "
        "XLA_CPU_JIT: EagerPyFunc (No registered 'EagerPyFunc' OpKernel for XLA_CPU_JIT devices)",
        "KS402",
    ),
]
UNEXPLAINED = [
    ("ValueError", "invalid literal for int() with base 10: 'x'"),
    ("FileNotFoundError", "[Errno 2] No such file or directory: 'data.csv'"),
    ("ZeroDivisionError", "division by zero"),
    ("ModuleNotFoundError", "No module named 'pandas'"),
    ("AttributeError", "'NoneType' object has no attribute 'items'"),
]


@pytest.mark.parametrize(("kind", "message", "code"), EXPLAINED)
def test_known_errors_are_explained(kind: str, message: str, code: str) -> None:
    assert explain(kind, message) == code


@pytest.mark.parametrize(("kind", "message"), UNEXPLAINED)
def test_errors_of_another_kind_are_not(kind: str, message: str) -> None:
    assert explain(kind, message) is None


def test_an_error_within_a_train_step_is_explained_by_that_whatever_it_says() -> None:
    assert explain("RuntimeError", "anything", ["<module>", "train_step"]) == "KS304"


def test_every_code_has_the_form_of_a_rule_code() -> None:
    assert {code[:2] for _, code in PATTERNS if code} == {"KS"}


@pytest.mark.parametrize("name", SNIPPET)
def test_every_snippet_fails_somewhere_and_each_backends_words_lead_to_its_rule(name: str) -> None:
    said = RECORDED[name]
    found = {backend: explain(*error) for backend, error in said.items()}
    snippet = SNIPPET[name]
    assert found == {
        backend: snippet.get(backend, snippet["code"]) or None for backend in said
    }, said
